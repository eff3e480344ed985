//! The binder.

use serde_json::{Value as Json, json};

use crate::table::{Row, rows, text, value, wrong_parameters};

/// Both procedures answer as the originals' do; `prefix` keeps the names of several runs with one binder
/// apart.
pub fn procedures(prefix: &str) -> Vec<Row> {
    let (name, other) = (format!("{prefix}_chat"), format!("{prefix}_outro <&> 'é'"));
    let (name, other) = (name.as_str(), other.as_str());
    let registered = |name: &str| text(&format!("Procedimento '{name}' registrado com sucesso."));
    rows! {
        "lookup_procedure of a name that is not registered is nil" / "lookup_procedure de um nome não registrado é nil":
            lookup_procedure(name) => value(json!(null));
        "register_procedure confirms the name" / "register_procedure confirma o nome":
            register_procedure(name, "localhost", 9000) => registered(name);
        "lookup_procedure answers address and port" / "lookup_procedure responde com endereço e porta":
            lookup_procedure(name) => value(json!(["localhost", 9000]));
        "registering a name again is confirmed the same way" / "registrar um nome de novo é confirmado da mesma forma":
            register_procedure(name, "chat.example", 65535) => registered(name);
        "registering a name again replaces address and port" / "registrar um nome de novo substitui endereço e porta":
            lookup_procedure(name) => value(json!(["chat.example", 65535]));
        "any name can be registered" / "qualquer nome pode ser registrado":
            register_procedure(other, "127.0.0.1", 1) => registered(other);
        "names do not touch each other" / "um nome não altera outro":
            lookup_procedure(other) => value(json!(["127.0.0.1", 1]));
        "the first name is still there" / "o primeiro nome continua lá":
            lookup_procedure(name) => value(json!(["chat.example", 65535]));
    }
}

/// Parameters that lead nowhere are refused.
pub fn wrong_places(prefix: &str) -> Vec<Row> {
    let far = "h".repeat(256);
    let name = format!("{prefix}_x");
    #[rustfmt::skip]
    let calls: [([&str; 2], &str, Json, [&str; 2]); 13] = [
        (["port 0", "porta 0"], "register_procedure", json!([name, "localhost", 0]), ["port", "got 0"]),
        (["port 65536", "porta 65536"], "register_procedure", json!([name, "localhost", 65_536]), ["port", "got 65536"]),
        (["port -1", "porta -1"], "register_procedure", json!([name, "localhost", -1]), ["port", "got -1"]),
        (["a port that is text", "uma porta que é texto"], "register_procedure", json!([name, "localhost", "9000"]), ["port", "got string"]),
        (["an empty address", "um endereço vazio"], "register_procedure", json!([name, "", 9000]), ["address", "got 0"]),
        (["an address of 256 characters", "um endereço de 256 caracteres"], "register_procedure", json!([name, far, 9000]), ["address", "got 256"]),
        (["an address that is nil", "um endereço que é nil"], "register_procedure", json!([name, null, 9000]), ["address", "got nil"]),
        (["a name that is a number", "um nome que é número"], "register_procedure", json!([1, "localhost", 9000]), ["name", "got int"]),
        (["two parameters", "dois parâmetros"], "register_procedure", json!([name, "localhost"]), ["register_procedure", "got 2"]),
        (["four parameters", "quatro parâmetros"], "register_procedure", json!([name, "a", 1, 1]), ["register_procedure", "got 4"]),
        (["a number", "um número"], "lookup_procedure", json!([1]), ["name", "got int"]),
        (["nothing", "nada"], "lookup_procedure", json!([]), ["lookup_procedure", "got 0"]),
        (["two names", "dois nomes"], "lookup_procedure", json!([name, "y"]), ["lookup_procedure", "got 2"]),
    ];
    let mut rows: Vec<Row> = calls
        .into_iter()
        .map(|([english, portuguese], method, parameters, parts)| {
            let Json::Array(parameters) = parameters else {
                unreachable!("every row above has an array");
            };
            Row::new(
                [
                    format!("{method} with {english}"),
                    format!("{method} com {portuguese}"),
                ],
                method,
                parameters,
                wrong_parameters(&parts),
            )
        })
        .collect();
    rows.extend(rows! {
        "nothing of it is registered" / "nada disso é registrado":
            lookup_procedure(name) => value(json!(null));
    });
    rows
}

/// The extension: leases, which are given back.
pub fn leases(prefix: &str) -> Vec<Row> {
    let (one, two) = (format!("{prefix}_um"), format!("{prefix}_dois"));
    let (one, two) = (one.as_str(), two.as_str());
    rows! {
        "register_lease registers every name" / "register_lease registra todos os nomes":
            register_lease([one, two], "localhost", 9000, 30) => value(json!([]));
        "the first is found" / "o primeiro é encontrado":
            lookup_procedure(one) => value(json!(["localhost", 9000]));
        "the second is found" / "o segundo é encontrado":
            lookup_procedure(two) => value(json!(["localhost", 9000]));
        "unregister_procedure of another place" / "unregister_procedure de outro lugar":
            unregister_procedure(one, "localhost", 9001) => value(json!(false));
        "it is still there" / "ele continua lá":
            lookup_procedure(one) => value(json!(["localhost", 9000]));
        "unregister_procedure" / "unregister_procedure":
            unregister_procedure(one, "localhost", 9000) => value(json!(true));
        "it is gone" / "ele sumiu": lookup_procedure(one) => value(json!(null));
        "the second is given back too" / "o segundo também é devolvido":
            unregister_procedure(two, "localhost", 9000) => value(json!(true));
        "a lease of no time at all" / "um lease de tempo nenhum":
            register_lease([one], "localhost", 9000, 0) => wrong_parameters(&["seconds", "0"]);
        "names that are numbers" / "nomes que são números":
            register_lease([1], "localhost", 9000, 30) => wrong_parameters(&["names", "int"]);
    }
}
