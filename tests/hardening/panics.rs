//! Handlers with a bug.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread;

use dxr::Value;
use protocol::fault;
use protocol::procedure::{Procedure, Type};
use rpc::{Answer, Methods, Service};
use tokio::net::TcpListener;

use support::{
    in_process::{PING, pong},
    wire::{Connection, call, post},
};

const BREAK_AT_ONCE: Procedure = Procedure {
    name: "break_at_once",
    parameters: &[],
    answers: &[Type::Nil],
    changes_nothing: false,
    help: "Panics.",
};

const BREAK_LATER: Procedure = Procedure {
    name: "break_later",
    ..BREAK_AT_ONCE
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A server on a thread of its own, because a thread is what a log can be kept of.
fn server(methods: Methods) -> (String, Log) {
    let log = Log::default();
    let kept = log.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || kept.clone())
            .with_ansi(false)
            .finish();
        let _logging = tracing::subscriber::set_default(subscriber);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender
                .send(listener.local_addr().unwrap().to_string())
                .unwrap();
            rpc::serve(listener, Service::new(methods), std::future::pending()).await;
        });
    });
    (receiver.recv().unwrap(), log)
}

#[test]
fn a_panic_is_a_fault_of_that_call_and_is_logged() {
    let count = Arc::new(parking_lot::Mutex::new(0));
    let (counting, breaking, breaking_later) = (Arc::clone(&count), Arc::clone(&count), count);
    let methods = Methods::new()
        .immediate(&PING, move |_| {
            *counting.lock() += 1;
            Ok(Answer::text("pong"))
        })
        // Both panic with the lock in their hands.
        .immediate(&BREAK_AT_ONCE, move |_| {
            let _held = breaking.lock();
            panic!("a bug that answers at once");
        })
        .waiting(&BREAK_LATER, move |_| {
            let lock = Arc::clone(&breaking_later);
            Box::pin(async move {
                tokio::task::yield_now().await;
                let _held = lock.lock();
                panic!("a bug that takes its time");
            })
        });
    let (address, log) = server(methods);
    let mut connection = Connection::open(&address);
    for method in ["break_at_once", "break_later"] {
        let refusal = connection.ask(post(call(method, &[]))).fault();
        assert_eq!(refusal.code(), fault::INTERNAL);
        assert!(refusal.string().contains(method), "{}", refusal.string());
        // The reason is in the log alone.
        assert!(!refusal.string().contains("bug"), "{}", refusal.string());
        let log = log.text();
        assert!(log.contains("the handler panicked"), "{log}");
        assert!(log.contains(&format!("method=\"{method}\"")), "{log}");
        // The connection, the lock and all other callers go on.
        assert_eq!(connection.ask(post(call("ping", &[]))).answer(), Ok(pong()));
    }
    let batch = "<param><value><array><data><value><struct>\
         <member><name>methodName</name><value>break_at_once</value></member>\
         <member><name>params</name><value><array><data/></array></value></member>\
         </struct></value></data></array></value></param>";
    let Ok(Value::Array(answers)) = connection
        .ask(post(support::wire::call_with("system.multicall", batch)))
        .answer()
    else {
        panic!("no list of answers");
    };
    assert!(format!("{answers:?}").contains("-32603"), "{answers:?}");
}
