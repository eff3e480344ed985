//! A throwaway machine: the files of this one, under a layer that takes all changes, with processes, a network and a
//! systemd of its own. Dropping it removes everything.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use support::{Program, binaries, eventually};

/// Puts the machine's files together below the folder `$1`, and becomes its systemd.
const BOOT: &str = r#"
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1"/upper "$1"/work "$1"/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
# What belongs to all machines on this kernel cannot be changed.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# As on a machine that was not made from an image for containers, packages may start and stop services.
rm -f usr/sbin/policy-rc.d
: > etc/fstab
echo 0123456789abcdef0123456789abcdef > etc/machine-id
ip link set lo up
# Not chroot, in which no user namespaces can be made, as PrivateUsers= does.
mkdir before
pivot_root . before
umount --lazy before
rmdir before
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=basic.target --show-status=no
"#;

pub(crate) struct Machine {
    systemd: Program,
}

impl Machine {
    /// Starts one. None, with a line that says so, where this is not allowed.
    pub(crate) fn boot(name: &str) -> Option<Self> {
        if !rustix::process::getuid().is_root() {
            eprintln!("not root: nothing is installed and started");
            return None;
        }
        let files = binaries::temporary().join(format!("machine-{name}"));
        std::fs::create_dir_all(&files).unwrap();
        let mut unshare = Command::new("unshare");
        unshare
            .args("--mount --pid --fork --net --ipc --uts --cgroup --kill-child".split(' '))
            .args(["--propagation", "private", "bash", "-c", BOOT, "boot"])
            .arg(&files);
        let machine = Self {
            systemd: Program::start(format!("the machine {name}"), &mut unshare),
        };
        eventually("systemd runs", || {
            let active = machine.output(&["systemctl", "is-active", "basic.target"]);
            active.status.success().then_some(())
        });
        Some(machine)
    }

    /// A command that runs on the machine, as root.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let id = self.systemd.id();
        let children = format!("/proc/{id}/task/{id}/children");
        let systemd = eventually("the machine has a first process", || {
            let children = std::fs::read_to_string(&children).ok()?;
            children.split_whitespace().next().map(str::to_owned)
        });
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &systemd])
            .args("--mount --pid --net --ipc --uts --cgroup --root --wd --".split(' '))
            .args(words)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8");
        command
    }

    fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it printed.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> String {
        crate::succeed(&mut self.command(words))
    }

    /// Runs a line of Bash.
    #[track_caller]
    pub(crate) fn shell(&self, line: &str) -> String {
        self.run(&["bash", "-euo", "pipefail", "-c", line])
    }

    /// Whether a line of Bash succeeds.
    pub(crate) fn holds(&self, line: &str) -> bool {
        self.output(&["bash", "-c", line]).status.success()
    }

    /// Starts a program that goes on.
    pub(crate) fn start(&self, words: &[&str]) -> Program {
        Program::start(words.join(" "), &mut self.command(words))
    }

    /// Writes a file.
    #[track_caller]
    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let mut tee = self
            .command(&["tee", path])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        tee.stdin.take().unwrap().write_all(content).unwrap();
        assert!(tee.wait().unwrap().success(), "{path} cannot be written");
    }

    /// What a client in plain mode prints when these lines are typed.
    #[track_caller]
    pub(crate) fn chat(&self, client: &str, lines: &[&str]) -> String {
        let input = lines.join("\\n");
        // A binder that has just started knows the chat server as soon as that has asked it.
        eventually(&format!("{client} finds the chat"), || {
            let output = self.output(&["bash", "-c", &format!("printf '{input}\\n' | {client}")]);
            let said = String::from_utf8(output.stdout).unwrap();
            output.status.success().then_some(said)
        })
    }
}
