//! The lane for costly work: one piece at a time, on a thread of low priority.
//!
//! A body of 3 KiB may unpack to a mebibyte that takes 30 ms to read, and a call of 242 bytes may ask for
//! 50 MB. On the threads that serve the connections, two such peers would make every other call wait. Here
//! they wait for each other, address by address. There is one lane in a process, because all servers in it
//! share the processors.
//!
//! Costly is what may take longer than about a millisecond. How long work takes is known by its size only, so each kind
//! of work has a bound up to which it is done at once.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::turns::Turns;

/// Bytes of a body that is read at once in any form: that takes some 100 µs at most.
pub(super) const READ_AT_ONCE: usize = 4 << 10;

/// Bytes of a body that is read at once if it has the form for the fast path: the longest message fits, even with each
/// character escaped.
pub(super) const READ_AT_ONCE_ON_FAST_PATH: usize = 100 << 10;

/// Entries of an array that dxr encodes at once: that takes about half a millisecond.
pub(super) const ENCODED_AT_ONCE: usize = 500;

/// Bytes of an answer that is compressed at once: that takes about a millisecond.
pub(super) const COMPRESSED_AT_ONCE: usize = 64 << 10;

/// Added to the process's own niceness, so that ordinary calls come first. It is no more, because on a
/// machine that is busy with other programs costly calls would wait for all of them: this is two fifths of
/// an equal share.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 4;

type Work = Box<dyn FnOnce() + Send>;

static TURNS: Turns = Turns::new();

/// Runs costly work for a peer when it is the turn of its address; `None` when it panicked.
pub async fn run<T: Send + 'static>(
    address: IpAddr,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let turn = TURNS.wait(address).await;
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        // Ends with the work, even when the caller is gone meanwhile.
        let _turn = turn;
        if let Ok(result) = std::panic::catch_unwind(AssertUnwindSafe(work)) {
            // What is not received any more is dropped here, and not on the thread of a connection.
            let _ = sender.send(result);
        }
    };
    let work: Work = Box::new(work);
    match thread() {
        Some(thread) => thread.send(work).unwrap_or_else(|unsent| (unsent.0)()),
        // Without a thread it is done here.
        None => work(),
    }
    receiver.await.ok()
}

/// The queue of the thread, which is started when it is first needed. The queue has one piece at most.
fn thread() -> Option<&'static mpsc::Sender<Work>> {
    static THREAD: OnceLock<Option<mpsc::Sender<Work>>> = OnceLock::new();
    let start = || {
        let (sender, receiver) = mpsc::channel::<Work>();
        let work = move || {
            lower_priority();
            for work in receiver {
                work();
            }
        };
        let started = std::thread::Builder::new()
            .name("costly".into())
            .spawn(work);
        started
            .inspect_err(|error| tracing::error!(%error, "cannot start the thread for costly work"))
            .ok()
            .map(|_| sender)
    };
    THREAD.get_or_init(start).as_ref()
}

/// On Linux a niceness belongs to a thread; elsewhere it would be that of the process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        let thread = Some(rustix::thread::gettid());
        let lowered = getpriority_process(thread)
            .and_then(|niceness| setpriority_process(thread, niceness + NICENESS));
        if let Err(error) = lowered {
            tracing::debug!(%error, "costly work has the priority of everything else");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn a_panic_is_no_result_and_the_lane_goes_on() {
        let address = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(run(address, || panic!("a bug")).await, None::<()>);
        assert_eq!(run(address, || 1).await, Some(1));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_piece_is_done_at_a_time_on_a_thread_of_low_priority() {
        let at_work = Arc::new(Mutex::new(()));
        let pieces = (0..50_u8).map(|number| {
            let at_work = Arc::clone(&at_work);
            tokio::spawn(run(IpAddr::from([192, 0, 2, number % 3]), move || {
                let _alone = at_work.try_lock().unwrap();
                std::thread::yield_now();
                #[cfg(target_os = "linux")]
                assert!(
                    rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap()
                        >= NICENESS
                );
            }))
        });
        for piece in pieces.collect::<Vec<_>>() {
            assert_eq!(piece.await.unwrap(), Some(()));
        }
    }
}
