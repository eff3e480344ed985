//! The extensions of dialect classic.

use serde_json::json;

use crate::table::{Row, message, refusal, rows, text, value, wrong_parameters};

/// The extension `leave_room`.
pub fn leave_room() -> Vec<Row> {
    rows! {
        "leave_room of a room that does not exist" / "leave_room de uma sala que não existe":
            leave_room("geral", "ana") => text("Sala não existe.");
        "a room" / "uma sala": create_room("geral") => text("Sala 'geral' criada.");
        "leave_room of an unregistered name" / "leave_room de um nome não registrado":
            leave_room("geral", "ana") => text("Usuário não está na sala.");
        "ana is there" / "ana está lá": register_user("ana") => text("Usuário registrado com sucesso.");
        "leave_room of a user outside the room" / "leave_room de um usuário fora da sala":
            leave_room("geral", "ana") => text("Usuário não está na sala.");
        "ana joins" / "ana entra": join_room("ana", "geral")
            => value(json!({"users": ["ana"], "messages": []}));
        "leave_room leaves" / "leave_room sai":
            leave_room("geral", "ana") => text("Usuário saiu da sala 'geral'.");
        "a user who left is not listed" / "quem saiu não é listado":
            list_users("geral") => value(json!([]));
        "a user who left keeps the name" / "quem saiu mantém o nome":
            register_user("ana") => refusal("O nome de usuário já está em uso. Escolha outro.");
    }
}

/// The extension `send_message_once`.
pub fn send_message_once() -> Vec<Row> {
    rows! {
        "ana is there" / "ana está lá": register_user("ana") => text("Usuário registrado com sucesso.");
        "a room" / "uma sala": create_room("geral") => text("Sala 'geral' criada.");
        "ana joins" / "ana entra": join_room("ana", "geral")
            => value(json!({"users": ["ana"], "messages": []}));
        "send_message_once alone in the room" / "send_message_once sozinho na sala":
            send_message_once("ana", "geral", "oi", "", "0") => text("Você está sozinho na sala");
        "bia is there" / "bia está lá": register_user("bia") => text("Usuário registrado com sucesso.");
        "bia joins" / "bia entra": join_room("bia", "geral")
            => value(json!({"users": ["ana", "bia"], "messages": []}));
        "what was refused is tried again under the same message_id" / "o que foi recusado é tentado de novo com o mesmo message_id":
            send_message_once("ana", "geral", "agora sim", "", "0") => text("Mensagem enviada.");
        "send_message_once sends" / "send_message_once envia":
            send_message_once("ana", "geral", "uma vez", "", "1") => text("Mensagem enviada.");
        "a repeated message_id is answered as the first time" / "um message_id repetido é respondido como da primeira vez":
            send_message_once("ana", "geral", "uma vez", "", "1") => text("Mensagem enviada.");
        "the same message_id of another user is another message" / "o mesmo message_id de outro usuário é outra mensagem":
            send_message_once("bia", "geral", "eu também", null, "1") => text("Mensagem enviada.");
        "what was repeated is stored once" / "o que foi repetido é guardado uma vez":
            receive_messages("ana", "geral") => value(json!([
                message("ana", json!(""), "agora sim"),
                message("ana", json!(""), "uma vez"),
                message("bia", json!(null), "eu também"),
            ]));
        "an empty message_id" / "um message_id vazio":
            send_message_once("ana", "geral", "oi", "", "") => wrong_parameters(&["message_id"]);
    }
}

/// What the extension `wait_messages` refuses, with faults.
pub fn wait_messages() -> Vec<Row> {
    rows! {
        "wait_messages of an unregistered name" / "wait_messages de um nome não registrado":
            wait_messages("ana", "geral", "", 0) => refusal("Usuário não registrado.");
        "ana is there" / "ana está lá": register_user("ana") => text("Usuário registrado com sucesso.");
        "wait_messages in no room" / "wait_messages em sala nenhuma":
            wait_messages("ana", "geral", "", 0) => refusal("Sala não existe.");
        "a room" / "uma sala": create_room("geral") => text("Sala 'geral' criada.");
        "wait_messages outside the room" / "wait_messages fora da sala":
            wait_messages("ana", "geral", "", 0) => refusal("Usuário não está na sala.");
    }
}
