//! An account that calls from another address than the one from which it logged in.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use protocol::accounts::procedures::LOGIN_USER;
use protocol::binder::Endpoint;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;

use super::*;
use crate::network::support::{accepting, next_text, soon};

const HOME: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// A way to the server that begins at an address which can change, as that of a laptop does.
#[derive(Clone)]
struct Laptop {
    address: watch::Sender<Ipv4Addr>,
    /// What was sent, from all addresses.
    sent: Arc<Mutex<Vec<u8>>>,
    /// Whether it moves when the server answers the next message, which is lost then.
    moves_at_answer: Arc<AtomicBool>,
}

impl Laptop {
    /// One that is at home; gives where it is to call.
    async fn calling(server: Endpoint) -> (Self, Endpoint) {
        let laptop = Self {
            address: watch::Sender::new(HOME),
            sent: Arc::default(),
            moves_at_answer: Arc::default(),
        };
        let ways = laptop.clone();
        let endpoint = accepting(move |client| {
            let (laptop, server) = (ways.clone(), server.clone());
            async move { drop(laptop.carry(client, server).await) }
        });
        (laptop, endpoint.await)
    }

    /// All connections end, and later ones come from there.
    fn moves_to(&self, address: Ipv4Addr) {
        self.address.send_replace(address);
    }

    fn logins(&self) -> usize {
        let sent = String::from_utf8_lossy(&self.sent.lock()).into_owned();
        let call = format!("<methodName>{}</methodName>", LOGIN_USER.name);
        sent.matches(&call).count()
    }

    async fn carry(&self, client: TcpStream, server: Endpoint) -> std::io::Result<()> {
        let mut address = self.address.subscribe();
        let from = *address.borrow_and_update();
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let server: std::net::SocketAddr = server.to_string().parse().unwrap();
        let mut to_server = socket.connect(server).await?;
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = to_server.split();
        let is_message = AtomicBool::new(false);
        let questions = async {
            let mut buffer = vec![0; 65_536];
            loop {
                let length = from_client.read(&mut buffer).await?;
                if length == 0 {
                    return std::io::Result::Ok(());
                }
                let question = &buffer[..length];
                self.sent.lock().extend_from_slice(question);
                if String::from_utf8_lossy(question).contains("<methodName>send_message") {
                    is_message.store(true, Ordering::SeqCst);
                }
                to_server.write_all(question).await?;
            }
        };
        let answers = async {
            let mut buffer = vec![0; 65_536];
            loop {
                let length = from_server.read(&mut buffer).await?;
                let is_lost = is_message.load(Ordering::SeqCst)
                    && self.moves_at_answer.swap(false, Ordering::SeqCst);
                if is_lost {
                    self.moves_to(ELSEWHERE);
                }
                if is_lost || length == 0 {
                    return std::io::Result::Ok(());
                }
                to_client.write_all(&buffer[..length]).await?;
            }
        };
        tokio::select! {
            ended = questions => ended,
            ended = answers => ended,
            _ = address.changed() => Ok(()),
        }
    }
}

/// Ana, in the room `geral` of a server that wants a login from each address.
async fn ana_on_a_laptop(receiving: Receiving) -> (Servers, Laptop, Chat, Arrivals) {
    let servers = Servers::start_with(|settings| settings.account_from_login_address = true).await;
    let place = servers.place(Dialect::Accounts).clone();
    let offers = servers
        .finder(Dialect::Accounts)
        .find()
        .await
        .unwrap()
        .offers();
    let (laptop, way) = Laptop::calling(place).await;
    let server = ChatServer::at(Dialect::Accounts, &way, Observers::none()).unwrap();
    let finder = servers.finder(Dialect::Accounts);
    let (chat, mut arrivals) = Chat::with(finder, server.offering(offers));
    chat.sign_in(identity(Dialect::Accounts, "ana"))
        .await
        .unwrap();
    chat.create_room("geral").await.unwrap();
    let joined = chat.join_room("geral", receiving).await.unwrap();
    arrivals.listen(joined.feed);
    assert_eq!(laptop.logins(), 1);
    (servers, laptop, chat, arrivals)
}

/// The next message. That the server was silent may be said before it, and nothing else.
async fn next_message(arrivals: &mut Arrivals) -> String {
    loop {
        match soon(arrivals.next()).await {
            Event::Lost { .. } | Event::Back => {}
            Event::Message(message) => return message.text,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_laptop_that_has_another_address_logs_in_again_by_itself() {
    for receiving in [Receiving::AtOnce, OFTEN] {
        let (servers, laptop, chat, mut arrivals) = ana_on_a_laptop(receiving).await;
        let bia = servers.user_in("bia", "geral").await;
        bia.says("antes", None).await;
        assert_eq!(next_text(&mut arrivals).await, "antes");
        // Receiving notices it.
        laptop.moves_to(ELSEWHERE);
        bia.says("depois", None).await;
        assert_eq!(next_message(&mut arrivals).await, "depois");
        assert_eq!(laptop.logins(), 2, "one for the new address");
        chat.send("geral", "daqui", None).await.unwrap();
        assert_eq!(next_message(&mut arrivals).await, "daqui");
        // Back at an address from which it logged in before, nothing is needed.
        laptop.moves_to(HOME);
        chat.send("geral", "em casa", None).await.unwrap();
        assert_eq!(next_message(&mut arrivals).await, "em casa");
        assert_eq!(laptop.logins(), 2);
        assert_eq!(
            bia.reads().await,
            ["bia: antes", "bia: depois", "ana: daqui", "ana: em casa"]
        );
    }
}

#[tokio::test]
async fn whatever_is_called_first_from_the_new_address_succeeds() {
    // Polls an hour apart leave it to the other calls to notice.
    let seldom = Receiving::Every(Duration::from_secs(3_600));
    for call in ["send", "join", "messages", "leave"] {
        let (servers, laptop, chat, _arrivals) = ana_on_a_laptop(seldom).await;
        let _bia = servers.user_in("bia", "geral").await;
        chat.create_room("jogos").await.unwrap();
        laptop.moves_to(ELSEWHERE);
        match call {
            "send" => chat.send("geral", "oi", None).await.unwrap(),
            "join" => drop(chat.join_room("jogos", seldom).await.unwrap()),
            "messages" => drop(chat.messages("geral").await.unwrap()),
            _ => chat.leave_room("geral").await.unwrap(),
        }
        assert_eq!(laptop.logins(), 2, "{call}");
        let is_there = chat
            .users("geral")
            .await
            .unwrap()
            .contains(&"ana".to_owned());
        assert_eq!(is_there, call != "leave", "{call}");
    }
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_with_the_address_is_there_once() {
    let seldom = Receiving::Every(Duration::from_secs(3_600));
    let (servers, laptop, chat, _arrivals) = ana_on_a_laptop(seldom).await;
    let bia = servers.user_in("bia", "geral").await;
    laptop.moves_at_answer.store(true, Ordering::SeqCst);
    soon(chat.send("geral", "uma vez", None)).await.unwrap();
    assert_eq!(laptop.logins(), 2);
    assert_eq!(bia.reads().await, ["ana: uma vez"]);
}

#[tokio::test]
async fn an_account_is_seen_to_exist_from_an_address_without_a_login() {
    let (_servers, laptop, chat, _arrivals) = ana_on_a_laptop(OFTEN).await;
    laptop.moves_to(ELSEWHERE);
    assert_eq!(chat.account("ana").await, crate::network::Account::Exists);
}
