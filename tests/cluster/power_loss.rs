//! All three machines lose power at the same time: what was acknowledged is there when they start again.
//!
//! Each member of etcd has a disk of its own, an image file mounted as a loop device. While all members stand
//! still the images are copied: what a member has written and not synced is not in its image yet. Members that
//! start on the copies are machines after a loss of power.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use protocol::classic::texts;
use serde_json::json;
use support::{Caller, Etcd, Seen, Server, binaries};

use tempfile::TempDir;

const MEMBERS: usize = 3;

/// How often power is lost.
const TIMES: usize = 4;

/// The size of a disk: etcd sets 64 MB aside for its log, and again before those are full.
const DISK: &str = "320M";

/// The disks of all members. Dropping them unmounts them.
struct Disks {
    mounted: Vec<PathBuf>,
    /// Where they are mounted, a subdirectory for each member.
    directory: Option<TempDir>,
}

impl Disks {
    /// Mounts these images; `None` where that is not allowed.
    fn mount(images: &[PathBuf]) -> Option<Self> {
        let mut disks = Self {
            mounted: Vec::new(),
            directory: Some(tempfile::tempdir_in(binaries::temporary()).unwrap()),
        };
        for (index, image) in images.iter().enumerate() {
            let at = disks
                .directory
                .as_ref()?
                .path()
                .join(format!("chat{}", index + 1));
            std::fs::create_dir(&at).unwrap();
            run("mount", &["-o", "loop", text(image), text(&at)])
                .then(|| disks.mounted.push(at.clone()))?;
            // etcd knows no other directories than its own.
            let _ = std::fs::remove_dir(at.join("lost+found"));
        }
        Some(disks)
    }

    fn new(images: &Path) -> Option<(Self, Vec<PathBuf>)> {
        let paths: Vec<PathBuf> = (0..MEMBERS)
            .map(|index| images.join(format!("disk{index}")))
            .collect();
        for path in &paths {
            if !run("truncate", &["-s", DISK, text(path)])
                || !run("mkfs.ext4", &["-q", "-F", text(path)])
            {
                return None;
            }
        }
        Some((Self::mount(&paths)?, paths))
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        for at in &self.mounted {
            run("umount", &[text(at)]);
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// Clients that send until they are stopped, and remember what was acknowledged.
struct Senders {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<String>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Senders {
    fn start(servers: &[Server], run: usize) -> Self {
        let stop: Arc<AtomicBool> = Arc::default();
        let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut threads = Vec::new();
        for (index, server) in servers.iter().enumerate() {
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            let mut caller = server.caller();
            threads.push(std::thread::spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let text = format!("{run}-{index}-{number}");
                    let message = ["ana", "geral", &text, ""].map(|text| json!(text));
                    if caller.call("send_message", &message)
                        == Seen::Value(json!(texts::MESSAGE_SENT))
                    {
                        acknowledged.lock().push(text);
                    }
                }
            }));
        }
        Self {
            stop,
            acknowledged,
            threads,
        }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }
}

/// All texts of the room.
fn stored(caller: &mut Caller) -> HashSet<String> {
    let (mut texts, mut last) = (HashSet::new(), "2000-01-01 00:00:00".to_owned());
    loop {
        // At most a thousand at a time.
        let page = caller.answer("receive_new_messages", &["bia", "geral", &last]);
        let messages = page.as_array().unwrap();
        let Some(newest) = messages.last() else {
            return texts;
        };
        newest["timestamp"].as_str().unwrap().clone_into(&mut last);
        for message in messages {
            let text = message["content"].as_str().unwrap().to_owned();
            assert!(texts.insert(text.clone()), "stored twice: {text}");
        }
    }
}

fn servers(etcd: &Etcd) -> Vec<Server> {
    let server = |_| Server::unregistered_chat(&["--etcd", &etcd.flag()]);
    (0..2).map(server).collect()
}

#[test]
fn what_was_acknowledged_outlives_a_loss_of_power_of_all_machines() {
    let images = tempfile::tempdir_in(binaries::temporary()).unwrap();
    let Some((disks, mut paths)) = Disks::new(images.path()) else {
        eprintln!("no disks can be mounted here: no loss of power");
        return;
    };
    let mut disks = disks;
    let mut expected: Vec<String> = Vec::new();
    let mut etcd = Etcd::start_on(MEMBERS, &[], disks.directory.take().unwrap());
    for times in 0..=TIMES {
        let servers = servers(&etcd);
        let mut caller = servers[0].caller();
        if times == 0 {
            caller.enter("ana", "geral");
            caller.enter("bia", "geral");
        } else {
            let stored = stored(&mut caller);
            let missing: Vec<_> = expected
                .iter()
                .filter(|text| !stored.contains(*text))
                .collect();
            assert!(missing.is_empty(), "lost after {times} times: {missing:?}");
            eprintln!(
                "{} acknowledged messages after {times} losses of power",
                expected.len()
            );
        }
        if times == TIMES {
            break;
        }
        let senders = Senders::start(&servers, times);
        std::thread::sleep(Duration::from_millis(700 + 300 * times as u64));
        etcd.pause();
        // No member goes on, so nothing is acknowledged any more.
        let sure = senders.acknowledged.lock().clone();
        let copies: Vec<PathBuf> = paths
            .iter()
            .enumerate()
            .map(|(index, path)| {
                let copy = images.path().join(format!("disk{index}-{times}"));
                assert!(run("cp", &["--sparse=always", text(path), text(&copy)]));
                copy
            })
            .collect();
        etcd.resume();
        senders.stop();
        drop(servers);
        etcd.kill_all();
        drop(disks);
        paths
            .iter()
            .for_each(|path| std::fs::remove_file(path).unwrap());
        expected.extend(sure);
        paths = copies;
        disks = Disks::mount(&paths).unwrap();
        etcd.restart_on(disks.directory.take().unwrap());
    }
    etcd.kill_all();
    drop(disks);
}
