//! Portuguese.

mod failures;
mod refusals;

use chrono::{Datelike as _, NaiveDate};

use super::{Text, enumeration};
use crate::commands::Command;
use crate::commands::table::Argument;
use crate::network::Restored;

const MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

pub(super) fn say(text: &Text<'_>) -> String {
    match *text {
        Text::AskName => "Seu nome: ".to_owned(),
        Text::AskPassword { user } => format!("Senha de {user}: "),
        Text::AskPasswordAgain => "A mesma senha de novo: ".to_owned(),
        Text::AccountIsNew { user } => {
            format!("{user} é uma conta nova. Escolha a senha; ela é pedida duas vezes.")
        }
        Text::AccountMayBeNew { user } => format!(
            "{user} pode ser uma conta nova; por isso a senha é pedida duas vezes. Ctrl-C volta."
        ),
        Text::PasswordsDiffer => {
            "As duas senhas são diferentes; nenhuma conta foi criada.".to_owned()
        }
        Text::EmptyPassword => "A senha não pode ser vazia.".to_owned(),
        Text::HowToLeave => "Para sair, digite \"exit\" ou tecle Ctrl-D.".to_owned(),
        Text::NotUtf8 { shown } => format!(
            "O byte {shown} não é UTF-8 e vai como aparece. Confira a codificação do terminal."
        ),
        Text::AskRoom => "Nome da sala: ".to_owned(),
        Text::AskMessage => "Mensagem: ".to_owned(),
        Text::AskRecipient => "Para quem (Enter: para todos): ".to_owned(),
        Text::AskMeant { meant, may_be_sent } => {
            let send = if may_be_sent {
                ", n: enviar a linha como está"
            } else {
                ""
            };
            format!("Nada foi enviado. Era «{meant}»? (s: sim{send}, Enter: nada) ")
        }
        Text::AskCreate { room } => {
            format!("A sala {room} não existe. Criar e entrar? (s: sim, Enter: não) ")
        }
        Text::AskEnter { room } => format!("Entrar em {room} agora? (s: sim, Enter: não) "),
        Text::Embedded {
            binder,
            chat_server,
            accounts,
            board,
            join,
            is_kept,
        } => format!(
            "Neste processo: binder em {binder}, servidor de chat em {chat_server},\ncontas em \
             {accounts}. As chamadas, ao vivo: {board}\nOutros entram, em outro terminal, com \
             «{join}».\nQuando você sair, o chat termina para todos.{}",
            if is_kept {
                " Da próxima vez, ele continua."
            } else {
                ""
            }
        ),
        Text::Welcome { user, rooms: [] } => {
            format!(
                "Olá, {user}. Ainda não há salas: crie uma com «create NOME». /help mostra tudo."
            )
        }
        Text::Welcome { user, rooms } => format!(
            "Olá, {user}. Salas: {}. Entre em uma com «join NOME». /help mostra tudo.",
            rooms.join(", ")
        ),
        Text::WelcomeToRoom { user } => format!("Olá, {user}. /help mostra tudo."),
        Text::Entered { room, others: [] } => {
            format!("Você entrou em {room}. Não há mais ninguém aqui.")
        }
        Text::Entered { room, others } => {
            format!("Você entrou em {room}, com {}.", enumeration(others, "e"))
        }
        Text::Left { room } => format!("Você saiu de {room}."),
        Text::CameIn { users: [user] } => format!("→ {user} entrou"),
        Text::CameIn { users } => format!("→ {} entraram", enumeration(users, "e")),
        Text::WentOut { users: [user] } => format!("← {user} saiu"),
        Text::WentOut { users } => format!("← {} saíram", enumeration(users, "e")),
        Text::Goodbye => "Até logo.".to_owned(),
        Text::GoodbyeOfHost => {
            "Até logo. O chat estava neste cliente e terminou para todos.".to_owned()
        }
        Text::RoomCreated { room } => format!("Sala {room} criada. Entre nela com «join {room}»."),
        Text::RoomThere { room } => format!("Sala {room} criada."),
        Text::Rooms { rooms: [], .. } => {
            "Ainda não há salas: crie uma com «create NOME».".to_owned()
        }
        Text::Rooms { rooms, current } => {
            let names: Vec<String> = rooms
                .iter()
                .map(|room| match current {
                    Some(current) if current == room => format!("{room} (você está aqui)"),
                    _ => room.clone(),
                })
                .collect();
            format!("Salas: {}", names.join(", "))
        }
        Text::Users { room, users } => format!("Em {room}: {}", users.join(", ")),
        Text::NoHistory { room } => format!("Ainda não há mensagens em {room}."),
        Text::HelpTitle => "Comandos (a barra é opcional onde não aparece):".to_owned(),
        Text::Typed(command) => {
            let words: Vec<String> = command.words().collect();
            format!("{}{}", words.join(", "), argument(command))
        }
        Text::Help(command) => help(command).to_owned(),
        Text::HelpMessages => {
            "Em uma sala, o que não é comando é enviado a todos, e «@NOME texto» só a NOME; «//» e \
             «@@» no começo enviam uma barra e um @ a todos."
                .to_owned()
        }
        Text::HelpMarks => {
            "«»» e o sinal sonoro: uma mensagem só para você, ou com o seu nome. Cinza: as suas \
             mensagens, mostradas assim que você as digita; a que o servidor não aceitou é dita \
             abaixo. «│»: mais uma linha da mesma mensagem."
                .to_owned()
        }
        Text::HelpKeys => {
            "Tab completa. Ctrl-C limpa a linha, e no nome sai. Ctrl-D sai.".to_owned()
        }
        Text::NoSuchCommand {
            word,
            nearest: Some(nearest),
        } => format!("Comando desconhecido: {word}. Seria «{nearest}»? /help mostra todos."),
        Text::NoSuchCommand {
            word,
            nearest: None,
        } => {
            format!(
                "Comando desconhecido: {word}. /help mostra todos; «/{word}» seria uma mensagem."
            )
        }
        Text::Usage(command) => format!("Use assim: {}", usage(command)),
        Text::NoText { to } => {
            format!("Falta o texto: «@{to} oi» envia «oi» só a {to}.")
        }
        Text::NoName => "Nada foi enviado: depois de @ falta o nome, como em «@bia oi». «@@» no \
                         começo envia um @ a todos."
            .to_owned(),
        Text::NowhereToSayIt { rooms } => format!(
            "Nada foi enviado: você não está em nenhuma sala. {}",
            how_to_enter(rooms)
        ),
        Text::NotInARoom { rooms } => {
            format!("Você não está em nenhuma sala. {}", how_to_enter(rooms))
        }
        Text::PutAside { line } => {
            format!("Nada foi feito com «{line}»; a seta para cima traz a linha de volta.")
        }
        Text::PutAsideMeanwhile => {
            "Nada foi feito com o que você digitou enquanto isso; a seta para cima traz de volta."
                .to_owned()
        }
        Text::NotSent { message } => format!("Não foi enviado: «{message}»."),
        Text::PerhapsSent { message } => format!("Talvez não enviado: «{message}»."),
        Text::Refused { why, words } => refusals::say(why, words),
        Text::Failed(failure) => failures::say(failure),
        Text::Reason(failure) => failures::reason(failure),
        Text::Ended(failure) => failures::ended(failure),
        Text::Lost(failure) => format!(
            "Sem conexão. {} O cliente volta sozinho.",
            failures::reason(failure)
        ),
        Text::Back => "Conectado de novo.".to_owned(),
        Text::Restored(restored) => restored_again(restored),
        Text::NameGone { user } => {
            format!("O nome {user} agora é de outra pessoa, e você não está mais no chat.")
        }
        Text::NameComesFree => {
            "Um nome sem senha fica livre 60 s depois que quem o tem fica em silêncio.".to_owned()
        }
        Text::RoomGone { room } => format!("Não foi possível voltar a {room}."),
        Text::Private => "(privado)".to_owned(),
        Text::You => "você".to_owned(),
        Text::Missed => "enquanto você não estava".to_owned(),
        Text::NewElsewhere { room, count: 1 } => format!("{room}: 1 nova"),
        Text::NewElsewhere { room, count } => format!("{room}: {count} novas"),
        Text::Day(date) => day(date),
    }
}

const fn how_to_enter(rooms: bool) -> &'static str {
    if rooms {
        "Entre em uma com «join NOME»; «list» mostra as que há."
    } else {
        "Ainda não há salas: crie uma com «create NOME»."
    }
}

fn help(command: Command) -> &'static str {
    match command {
        Command::Create => "cria uma sala",
        Command::Join => "entra em uma sala",
        Command::Send => "envia um texto à sala, ou com @NOME só a uma pessoa",
        Command::Message => "envia um texto só a uma pessoa",
        Command::List => "mostra as salas",
        Command::Users => "mostra quem está na sala",
        Command::Leave => "sai da sala",
        Command::History => "mostra de novo as últimas N mensagens",
        Command::Clear => "limpa a tela",
        Command::Help => "mostra estes comandos",
        Command::Exit => "sai do chat",
    }
}

/// What may follow a command; in brackets what may be left out, and is then asked for.
const fn argument(command: Command) -> &'static str {
    match command.argument() {
        Argument::None => "",
        Argument::Room => " [SALA]",
        Argument::Message => " [@NOME] [TEXTO]",
        Argument::Private => " NOME TEXTO",
        Argument::Count => " [N]",
    }
}

/// How a command is typed, with what follows it.
fn usage(command: Command) -> &'static str {
    match command {
        Command::Create => "create SALA",
        Command::Join => "join SALA",
        Command::Send => "send TEXTO, ou send @NOME TEXTO",
        Command::Message => "/msg NOME TEXTO",
        Command::List => "list",
        Command::Users => "users",
        Command::Leave => "/leave",
        Command::History => "/history N, com N de 1 a 1000",
        Command::Clear => "/clear",
        Command::Help => "/help",
        Command::Exit => "exit",
    }
}

fn restored_again(restored: &Restored) -> String {
    if restored.is_only_rejoined() {
        let rooms = restored.joined.join(", ");
        return format!(
            "Você não estava mais em {rooms}, talvez por ter saído com outro cliente, e entrou de novo."
        );
    }
    let mut line = if restored.moved {
        format!("Conectado de novo, agora a {}", restored.server)
    } else {
        "Conectado de novo".to_owned()
    };
    if restored.registered {
        line.push_str("; o servidor tinha esquecido você, e seu nome foi registrado outra vez");
    }
    if !restored.created.is_empty() {
        line.push_str(&format!(
            "; sala criada outra vez: {}",
            restored.created.join(", ")
        ));
    }
    line.push('.');
    line
}

fn day(date: NaiveDate) -> String {
    let month = MONTHS
        .get(date.month0() as usize)
        .copied()
        .unwrap_or_default();
    format!("{} de {month} de {}", date.day(), date.year())
}
