//! The files for containers, without an engine: each path, each flag, and the commands themselves.

use std::process::Command;

use serde_json::Value as Json;
use support::binaries::command;

use crate::machine::Machine;
use crate::{file, project, static_programs, succeed};

/// What the variables in the files are in the tests.
const VARIABLES: [(&str, &str); 5] = [
    ("NUMBER", "1"),
    ("ADDRESS", "127.0.0.1"),
    ("FIRST", "127.0.0.1"),
    ("SECOND", "127.0.0.2"),
    ("THIRD", "127.0.0.3"),
];

/// A file for `compose`, read by Python: there is no YAML in Rust's standard library or this project.
fn compose(name: &str) -> Json {
    let read = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let mut python = Command::new("python3");
    python
        .args(["-c", read])
        .stdin(std::fs::File::open(project().join("packaging").join(name)).unwrap());
    serde_json::from_str(&succeed(&mut python)).unwrap()
}

/// `text` with the variables in their places: `${NAME}`, `${NAME:?what it is}`, `${NAME:-default}`.
fn substituted(text: &str) -> String {
    let mut pieces = text.split("${");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (variable, rest) = piece.split_once('}').unwrap();
        let name = variable.split(':').next().unwrap();
        let value = VARIABLES.iter().find(|(known, _)| *known == name);
        let (_, value) = value.unwrap_or_else(|| panic!("{text}: {name} is not explained"));
        whole.push_str(value);
        whole.push_str(rest);
    }
    whole
}

fn words(list: &Json) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("{list}"));
    let word = |word: &Json| substituted(word.as_str().unwrap());
    list.iter().map(word).collect()
}

/// The services of a file that run our programs, with their commands.
fn services(name: &str) -> Vec<(String, Vec<String>)> {
    let read = compose(name);
    let services = read["services"].as_object().unwrap();
    let ours = services
        .iter()
        .filter(|(_, service)| service["image"] == "distributed-chat");
    ours.map(|(name, service)| (name.clone(), words(&service["command"])))
        .collect()
}

/// The lines of the Containerfile that begin with this instruction, without it.
fn instructions(instruction: &str) -> Vec<String> {
    let container = file("Containerfile");
    let lines = container.lines();
    lines
        .filter_map(|line| line.strip_prefix(instruction)?.strip_prefix(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_flag_in_a_command_is_one_of_the_program() {
    for (name, count) in [("compose.yaml", 2), ("compose-etcd.yaml", 2)] {
        let services = services(name);
        assert_eq!(services.len(), count, "{name}");
        for (service, words) in services {
            let (program, flags) = words.split_first().unwrap();
            // All flags are read before the manual page is printed.
            let mut command = command(program);
            command
                .env_remove("CHAT_SERVER_DATA")
                .args(flags)
                .arg("man");
            assert!(succeed(&mut command).contains(".SH"), "{name}: {service}");
        }
    }
}

#[test]
fn every_flag_of_etcd_is_one_of_etcd() {
    let file = compose("compose-etcd.yaml");
    let words = words(&file["services"]["etcd"]["command"]);
    // With this flag it prints its version and ends, after it has read all of them.
    succeed(Command::new(&words[0]).args(&words[1..]).arg("--version"));
    // A member of the cluster is what the command says it is.
    let cluster = words
        .iter()
        .find_map(|word| word.strip_prefix("--initial-cluster="))
        .unwrap();
    assert!(cluster.contains("chat1=http://127.0.0.1:2380"), "{cluster}");
}

#[test]
fn the_commands_run_in_the_image_as_its_user_and_are_a_chat() {
    let made = static_programs::archive();
    let Some(machine) = Machine::boot("containers") else {
        return;
    };
    // As the engine would build it: the files of the folder, and nothing else.
    let folder = made.parent().unwrap().join("static");
    machine.run(&["mkdir", "-p", "/srv/image/etc"]);
    for line in instructions("COPY") {
        let mut words: Vec<&str> = line.split(' ').collect();
        let owner = words[0].strip_prefix("--chown=").map(str::to_owned);
        if owner.is_some() {
            words.remove(0);
        }
        let [from, to] = words[..] else {
            panic!("{line}");
        };
        let to = format!("/srv/image{to}");
        machine.run(&["mkdir", "-p", &to]);
        for entry in std::fs::read_dir(folder.join(from)).unwrap() {
            let entry = entry.unwrap();
            let target = format!("{to}{}", entry.file_name().to_str().unwrap());
            machine.write(&target, &std::fs::read(entry.path()).unwrap());
            machine.run(&["chmod", "755", &target]);
        }
        if let Some(owner) = owner {
            machine.run(&["chown", &owner, &to]);
        }
    }
    // What an engine adds: the addresses of the services.
    machine.shell("echo '127.0.0.1 binder localhost' > /srv/image/etc/hosts");
    let user = format!("--userspec={}", instructions("USER")[0]);
    let environment = instructions("ENV");
    let within = |words: &[String]| -> Vec<String> {
        let mut whole = ["env", "-i"].map(str::to_owned).to_vec();
        whole.extend(environment.iter().cloned());
        whole.extend([
            "/usr/sbin/chroot".to_owned(),
            user.clone(),
            "/srv/image".to_owned(),
        ]);
        whole.extend(words.iter().cloned());
        whole
    };
    let services = services("compose.yaml");
    let command_of = |service: &str| {
        let found = services.iter().find(|(name, _)| name == service).unwrap();
        within(&found.1)
    };
    let start = |service: &str| {
        let words = command_of(service);
        machine.start(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let _binder = start("binder");
    static_programs::listens(&machine, 5000);
    let _server = start("chat-server");
    let client = ["chat-client", "--plain", "--binder", "binder"].map(str::to_owned);
    let client = within(&client).join(" ");
    let said = machine.chat(&client, &["ana", "create", "geral", "exit"]);
    assert!(said.contains("Sala 'geral' criada."), "{said}");
    // The chat is where the volume is.
    let file = compose("compose.yaml");
    let volume = file["services"]["chat-server"]["volumes"][0]
        .as_str()
        .unwrap();
    let (_, directory) = volume.split_once(':').unwrap();
    machine.run(&[
        "test",
        "-f",
        &format!("/srv/image{directory}/chat-server-9000/chat.db"),
    ]);
    // The command that checks whether the binder is healthy.
    let health = &file["services"]["binder"]["healthcheck"]["test"];
    let health = within(&words(health)[1..]);
    machine.run(&health.iter().map(String::as_str).collect::<Vec<_>>());
}
