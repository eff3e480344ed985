//! A chat with two servers. Here both are fronts of one server, so that each has the whole chat at once; real
//! servers with etcd are in tests/cluster.

use std::time::{Duration, Instant};

use dxr::Value;
use protocol::binder::{Endpoint, REGISTER_LEASE, UNREGISTER_PROCEDURE};
use protocol::classic::procedures::{EXTENSIONS, ORIGINAL};
use rpc::{Caller, Observers};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::*;
use crate::network::support::{DEADLINE, Servers, listener, next_text, nowhere, soon};
use crate::network::{Arrivals, Dialect, Event, Receiving};

/// The promise: how long a user is without a server.
const WITHOUT_SERVER: Duration = Duration::from_secs(8);

/// What a busy machine may add.
const LATE: Duration = Duration::from_secs(2);

/// An address at which the server answers.
struct Front {
    endpoint: Endpoint,
    hangs: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Front {
    async fn of(server: &Endpoint) -> Self {
        let (listener, endpoint) = listener().await;
        let (hangs, hanging) = watch::channel(false);
        let port = server.port;
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let mut hanging = hanging.clone();
                connections.spawn(async move {
                    let passes = async {
                        let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    };
                    let hangs = async { drop(hanging.wait_for(|hangs| *hangs).await) };
                    tokio::pin!(passes);
                    tokio::select! {
                        biased;
                        // The connection stays open.
                        () = hangs => std::future::pending().await,
                        () = &mut passes => {}
                    }
                });
            }
        });
        Self {
            endpoint,
            hangs,
            task,
        }
    }

    fn kill(&self) {
        self.task.abort();
    }

    fn hang(&self) {
        self.hangs.send_replace(true);
    }
}

struct Cluster {
    servers: Servers,
    binder: Caller,
    fronts: [Front; 2],
    dialect: Dialect,
}

impl Cluster {
    async fn start(dialect: Dialect) -> Self {
        let servers = Servers::start().await;
        let server = servers.place(dialect).clone();
        let fronts = [Front::of(&server).await, Front::of(&server).await];
        let cluster = Self {
            binder: Caller::new(servers.binder(), DEADLINE, Observers::none()).unwrap(),
            servers,
            fronts,
            dialect,
        };
        // The server behind them waits in line.
        for name in cluster.names() {
            cluster.unregister(&name, &server).await;
        }
        for front in &cluster.fronts {
            cluster.register(front).await;
        }
        cluster
    }

    fn names(&self) -> Vec<String> {
        match self.dialect {
            Dialect::Classic => ORIGINAL
                .into_iter()
                .chain(EXTENSIONS)
                .map(|procedure| procedure.name.to_owned())
                .collect(),
            Dialect::Accounts => vec![self.dialect.service().to_owned()],
        }
    }

    async fn register(&self, front: &Front) {
        let names = self.names().into_iter().map(Value::String).collect();
        let parameters = vec![
            Value::Array(names),
            Value::String(front.endpoint.address.clone()),
            Value::Integer(front.endpoint.port.into()),
            Value::Integer(600),
            Value::String("one chat".to_owned()),
        ];
        let elsewhere = self.binder.call(&REGISTER_LEASE, parameters).await;
        assert_eq!(elsewhere.unwrap(), Value::Array(Vec::new()));
    }

    async fn unregister(&self, name: &str, at: &Endpoint) {
        let parameters = vec![
            Value::String(name.to_owned()),
            Value::String(at.address.clone()),
            Value::Integer(at.port.into()),
        ];
        let removed = self.binder.call(&UNREGISTER_PROCEDURE, parameters).await;
        assert_eq!(removed.unwrap(), Value::Boolean(true));
    }

    fn front_of(&self, chat: &Chat) -> &Front {
        let at = chat.server();
        let mut fronts = self.fronts.iter();
        fronts.find(|front| front.endpoint == at).unwrap()
    }

    /// Ana, who is in a room and waits for messages there.
    async fn ana(&self) -> (Chat, Arrivals) {
        let (chat, mut arrivals) = self.servers.signed_in(self.dialect, "ana").await;
        chat.create_room("geral").await.unwrap();
        let joined = chat.join_room("geral", Receiving::AtOnce).await.unwrap();
        arrivals.listen(joined.feed);
        (chat, arrivals)
    }
}

/// Ana goes on at the other server after `fails`, and every message is there once.
async fn goes_on_after(dialect: Dialect, fails: impl Fn(&Front)) {
    let cluster = Cluster::start(dialect).await;
    let (ana, mut arrivals) = cluster.ana().await;
    let rui = cluster.servers.user_in("rui", "geral").await;
    rui.says("before", None).await;
    assert_eq!(next_text(&mut arrivals).await, "before");
    let before = ana.server();
    fails(cluster.front_of(&ana));
    let failed = Instant::now();
    let sent = tokio::spawn({
        let ana = ana.clone();
        async move { ana.send("geral", "meanwhile", None).await }
    });
    rui.says("news", None).await;
    let (mut texts, mut moves) = (Vec::new(), 0);
    while texts.len() < 2 {
        match soon(arrivals.next()).await {
            Event::Message(message) => texts.push(message.text),
            Event::Restored(restored) => {
                assert!(restored.moved && !restored.registered, "{restored:?}");
                assert_eq!((restored.joined, restored.created), (vec![], vec![]));
                moves += 1;
                let after = failed.elapsed();
                assert!(after < WITHOUT_SERVER + LATE, "{after:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    soon(sent).await.unwrap().unwrap();
    assert_ne!(ana.server(), before);
    texts.sort();
    assert_eq!((texts.join(" "), moves), ("meanwhile news".to_owned(), 1));
    rui.says("after", None).await;
    assert_eq!(next_text(&mut arrivals).await, "after");
    let mut stored = rui.reads().await;
    stored.sort();
    assert_eq!(
        stored,
        ["ana: meanwhile", "rui: after", "rui: before", "rui: news"]
    );
}

#[tokio::test]
async fn after_the_death_of_a_server_the_client_goes_on_at_another() {
    tokio::join!(
        goes_on_after(Dialect::Classic, Front::kill),
        goes_on_after(Dialect::Accounts, Front::kill),
    );
}

#[tokio::test]
async fn when_a_server_hangs_the_client_goes_on_at_another() {
    tokio::join!(
        goes_on_after(Dialect::Classic, Front::hang),
        goes_on_after(Dialect::Accounts, Front::hang),
    );
}

#[tokio::test]
async fn a_server_that_the_binder_does_not_name_any_more_is_left() {
    let cluster = Cluster::start(Dialect::Classic).await;
    let (ana, mut arrivals) = cluster.ana().await;
    let front = cluster.front_of(&ana);
    for name in cluster.names() {
        cluster.unregister(&name, &front.endpoint).await;
    }
    match soon(arrivals.next()).await {
        Event::Restored(restored) => assert!(restored.moved, "{restored:?}"),
        other => panic!("{other:?}"),
    }
    assert_ne!(ana.server(), front.endpoint);
    // The other one is named, and kept.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(arrivals.ready().is_none());
}

#[tokio::test]
async fn the_next_binder_is_asked_when_one_does_not_answer() {
    let servers = Servers::start().await;
    let binders = vec![nowhere().await, servers.binder().clone()];
    let (chat, _) = Chat::find(Dialect::Classic, binders, Observers::none())
        .await
        .unwrap();
    assert_eq!(&chat.server(), servers.place(Dialect::Classic));
    let nobody = vec![nowhere().await, nowhere().await];
    let failure = Chat::find(Dialect::Classic, nobody.clone(), Observers::none()).await;
    let failure = failure.unwrap_err().to_string();
    assert!(
        failure.starts_with(&format!("no binder at {}", nobody[0])),
        "{failure}"
    );
}
