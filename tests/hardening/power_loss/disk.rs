//! A disk on which a recorded program has written, as a loss of power may leave it.
//!
//! The rules are those of POSIX, and stricter than those of most file systems: what was written is certain
//! once the file was synced after it, and a name in a directory once the directory was. Until then each sector
//! of a write may be on the disk or not, in any order.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use crate::trace::Call;

pub(super) enum Loss<'random> {
    /// All are lost.
    Unsynced,
    /// All are on the disk.
    Nothing,
    /// Some are on the disk.
    Torn(&'random mut Rng),
}

/// When something was done: begun, and ended. It is synced if a sync that began later has ended.
#[derive(Clone, Copy, Debug)]
struct Time {
    began: usize,
    ended: usize,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug, Default)]
struct File {
    changes: Vec<(Time, Change)>,
    syncs: Vec<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Nothing,
    Directory,
    File(usize),
}

#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    files: Vec<File>,
    /// What became of each name below the root.
    names: BTreeMap<PathBuf, Vec<(Time, Node)>>,
    /// Syncs of directories.
    syncs: HashMap<PathBuf, Vec<Time>>,
}

impl Disk {
    /// An empty disk that begins at this directory.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: Vec::new(),
            names: BTreeMap::new(),
            syncs: HashMap::new(),
        }
    }

    /// Takes the next call of the program.
    pub(super) fn read(&mut self, call: Call) {
        let time = Time {
            began: call.began,
            ended: call.ended,
        };
        let is_done = call.result.is_some() || call.ended == usize::MAX;
        match call.name.as_str() {
            "mkdir" if is_done => self.name(call.path(), time, Node::Directory),
            "unlink" if is_done => self.name(call.path(), time, Node::Nothing),
            "openat" if is_done && call.flags().contains("O_CREAT") => {
                let path = call.path();
                if !matches!(self.node(&path), Node::File(_)) {
                    self.files.push(File::default());
                    self.name(path, time, Node::File(self.files.len() - 1));
                }
            }
            "fsync" | "fdatasync" => {
                let path = self.opened(&call);
                match self.node(&path) {
                    Node::File(file) => self.files[file].syncs.push(time),
                    _ => self.syncs.entry(path).or_default().push(time),
                }
            }
            "pwrite64" | "ftruncate" => {
                let path = self.opened(&call);
                let Node::File(file) = self.node(&path) else {
                    return;
                };
                let number = usize::try_from(call.last_number()).unwrap();
                let change = if call.name == "pwrite64" {
                    Change::Write {
                        at: number,
                        bytes: call.bytes(),
                    }
                } else {
                    Change::Truncate(number)
                };
                self.files[file].changes.push((time, change));
            }
            // Of what is mapped no writes can be seen. SQLite's index is thrown away at a start.
            "mmap" => {
                let flags = call.flags();
                if flags.contains("MAP_SHARED") && flags.contains("PROT_WRITE") {
                    assert!(self.is_index(&flags), "{flags}");
                }
            }
            "write" | "writev" | "pwritev" | "sync_file_range" | "fallocate" | "rename"
            | "renameat2" | "link" | "unlinkat" | "creat" | "open" => {
                let path = self.opened(&call);
                assert!(
                    !path.starts_with(&self.root) || path.starts_with(self.root.join("trace")),
                    "{call:?}"
                );
            }
            _ => {}
        }
    }

    fn is_index(&self, flags: &str) -> bool {
        let escaped: String = "-shm"
            .bytes()
            .map(|byte| format!("\\x{byte:02x}"))
            .collect();
        flags.contains(&format!("{escaped}>"))
    }

    fn opened(&self, call: &Call) -> PathBuf {
        call.descriptor()
            .map(|(_, path)| path.into())
            .unwrap_or_default()
    }

    fn name(&mut self, path: PathBuf, time: Time, node: Node) {
        if path.starts_with(&self.root) && !path.to_string_lossy().ends_with("-shm") {
            self.names.entry(path).or_default().push((time, node));
        }
    }

    fn node(&self, path: &Path) -> Node {
        let last = self.names.get(path).and_then(|nodes| nodes.last());
        last.map_or(Node::Nothing, |(_, node)| *node)
    }

    /// When something was written or synced: before and after.
    pub(super) fn instants(&self) -> Vec<usize> {
        let files = self.files.iter().flat_map(|file| {
            let changes = file.changes.iter().map(|(time, _)| time);
            changes.chain(&file.syncs)
        });
        let times = files.chain(self.syncs.values().flatten());
        let ends = times.flat_map(|time| [time.began, time.ended]);
        ends.filter(|line| *line < usize::MAX).collect()
    }

    /// Writes what is on the disk when the power fails at `at`.
    pub(super) fn replay(&self, at: usize, mut loss: Loss<'_>, into: &Path) {
        // A directory comes before what is in it.
        for (path, nodes) in &self.names {
            let syncs = self.syncs.get(path.parent().unwrap());
            let synced = |time: &Time| is_synced(*time, syncs.map_or(&[], Vec::as_slice), at);
            let done = nodes
                .iter()
                .take_while(|(time, _)| time.began <= at)
                .count();
            let certain = nodes[..done]
                .iter()
                .take_while(|(time, _)| synced(time))
                .count();
            let count = match &mut loss {
                Loss::Unsynced => certain,
                Loss::Nothing => done,
                Loss::Torn(random) => random.usize(certain..=done),
            };
            let node = nodes[..count]
                .last()
                .map_or(Node::Nothing, |(_, node)| *node);
            let path = into.join(path.strip_prefix(&self.root).unwrap());
            if !path.parent().unwrap().exists() {
                continue;
            }
            match node {
                Node::Nothing => {}
                Node::Directory => fs::create_dir(path).unwrap(),
                Node::File(file) => {
                    fs::write(path, self.files[file].replay(at, &mut loss)).unwrap();
                }
            }
        }
    }
}

impl File {
    fn replay(&self, at: usize, loss: &mut Loss<'_>) -> Vec<u8> {
        let mut content = Vec::new();
        // How much of the unsynced is there, and in which pieces.
        let (share, sector) = match loss {
            Loss::Torn(random) => (random.f64(), random.choice([512, 4096]).unwrap()),
            _ => (1.0, usize::MAX),
        };
        for (time, change) in &self.changes {
            if time.began > at {
                break;
            }
            let certain = is_synced(*time, &self.syncs, at);
            if !certain && matches!(loss, Loss::Unsynced) {
                continue;
            }
            let mut is_there = || match loss {
                Loss::Torn(random) if !certain => random.f64() < share,
                _ => true,
            };
            match change {
                Change::Truncate(length) => {
                    if is_there() {
                        content.resize(*length, 0);
                    }
                }
                Change::Write { at, bytes } => {
                    let mut from = 0;
                    while from < bytes.len() {
                        let left = sector.saturating_sub((at + from) % sector);
                        let to = bytes.len().min(from.saturating_add(left));
                        if is_there() {
                            let end = at + to;
                            if content.len() < end {
                                content.resize(end, 0);
                            }
                            content[at + from..end].copy_from_slice(&bytes[from..to]);
                        }
                        from = to;
                    }
                }
            }
        }
        content
    }
}

/// Whether a sync that began after this was done had ended by `at`. Syncs are in the order in which they began;
/// of two threads that sync the same file, the second may be done first.
fn is_synced(time: Time, syncs: &[Time], at: usize) -> bool {
    let later = syncs.partition_point(|sync| sync.began <= time.ended);
    let mut begun = syncs[later..].iter().take_while(|sync| sync.began <= at);
    begun.any(|sync| sync.ended <= at)
}

impl fmt::Debug for Loss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsynced => "only what was synced",
            Self::Nothing => "everything",
            Self::Torn(_) => "torn",
        })
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: usize = self.files.iter().map(|file| file.changes.len()).sum();
        let syncs: usize = self.files.iter().map(|file| file.syncs.len()).sum();
        write!(f, "{changes} writes, {syncs} syncs")
    }
}
