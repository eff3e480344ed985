//! The package, from its making to its purge.

use support::eventually;

use crate::machine::Machine;
use crate::{make, succeed};

const SERVICES: [&str; 2] = ["chat-binder", "chat-server"];
const PROGRAMS: [&str; 4] = ["binder", "chat-server", "chat-client", "chat-conformance"];

/// A machine with the package; its services have not been started.
fn installed(name: &str) -> Option<Machine> {
    let machine = Machine::boot(name)?;
    let package = std::fs::read(package()).unwrap();
    machine.write("/tmp/distributed-chat.deb", &package);
    machine.shell("dpkg -i /tmp/distributed-chat.deb 2>&1");
    Some(machine)
}

/// Makes the package of the programs under test.
fn package() -> std::path::PathBuf {
    static PACKAGE: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    let made = PACKAGE.get_or_init(|| {
        let binder = support::binaries::command("binder");
        let programs = std::path::Path::new(binder.get_program()).parent().unwrap();
        make(&["deb", "--programs", programs.to_str().unwrap()])
    });
    made.clone()
}

/// A property of a unit, as systemd says it.
fn property(machine: &Machine, service: &str, name: &str) -> String {
    let said = machine.run(&["systemctl", "show", "--value", "--property", name, service]);
    said.trim_end().to_owned()
}

fn restarts(machine: &Machine, service: &str) -> u32 {
    property(machine, service, "NRestarts").parse().unwrap()
}

/// Waits until systemd has started a service once more than `before`.
fn wait_for_restart(machine: &Machine, service: &str, before: u32) {
    eventually(&format!("{service} is started again"), || {
        let is_active = property(machine, service, "ActiveState") == "active";
        (is_active && restarts(machine, service) > before).then_some(())
    });
}

#[test]
fn it_is_installed_started_used_removed_and_purged() {
    let Some(machine) = installed("package") else {
        return;
    };
    for program in PROGRAMS {
        machine.run(&[program, "--version"]);
        for file in [
            format!("/usr/share/man/man1/{program}.1.gz"),
            format!("/usr/share/bash-completion/completions/{program}"),
            format!("/usr/share/zsh/vendor-completions/_{program}"),
            format!("/usr/share/fish/vendor_completions.d/{program}.fish"),
        ] {
            machine.run(&["test", "-s", &file]);
        }
    }
    // The page of a program names the pages of its commands.
    machine.run(&["test", "-s", "/usr/share/man/man1/binder-lookup.1.gz"]);
    // Most machines of a class run no server.
    for service in SERVICES {
        assert_eq!(property(&machine, service, "ActiveState"), "inactive");
        assert_eq!(property(&machine, service, "UnitFileState"), "disabled");
    }

    machine.run(&["systemctl", "enable", "--now", "chat-binder", "chat-server"]);
    let client = "runuser -u nobody -- env HOME=/tmp chat-client --plain";
    let said = machine.chat(client, &["ana", "create", "geral", "exit"]);
    assert!(said.contains("Sala 'geral' criada."), "{said}");
    machine.run(&["binder", "ping"]);
    let kept = "/var/lib/distributed-chat/chat-server-9000";
    let owner = machine.run(&["stat", "--format", "%U %a", "/var/lib/distributed-chat"]);
    assert_eq!(owner.trim_end(), "distributed-chat 700");
    machine.run(&["test", "-f", &format!("{kept}/chat.db")]);
    let log = machine.run(&["chat-server", "log", "--data", kept]);
    assert!(log.contains("geral"), "{log}");

    // Settings are in the file of the service.
    machine.shell("echo CHAT_SERVER_LISTEN=127.0.0.1:9100 >> /etc/default/chat-server");
    machine.run(&["systemctl", "restart", "chat-server"]);
    eventually("the server serves port 9100", || {
        machine
            .holds("binder lookup create_room | grep -q 9100")
            .then_some(())
    });

    // One that is wrong is said once, and not tried again and again.
    machine.shell("echo BINDER_LISTEN=nowhere:port >> /etc/default/chat-binder");
    assert!(!machine.holds("systemctl restart chat-binder"));
    assert_eq!(restarts(&machine, "chat-binder"), 0);
    let journal = machine.run(&["journalctl", "--unit", "chat-binder"]);
    assert!(
        journal.contains("invalid value 'nowhere:port'"),
        "{journal}"
    );
    machine.shell("sed -i /nowhere/d /etc/default/chat-binder; systemctl start chat-binder");

    // An upgrade starts what runs again.
    let before = SERVICES.map(|service| property(&machine, service, "MainPID"));
    machine.shell("dpkg -i /tmp/distributed-chat.deb 2>&1");
    for (service, before) in SERVICES.iter().zip(before) {
        assert_eq!(property(&machine, service, "ActiveState"), "active");
        assert_ne!(property(&machine, service, "MainPID"), before);
    }

    machine.run(&["dpkg", "--remove", "distributed-chat"]);
    assert!(!machine.holds("grep -qxE 'binder|chat-server' /proc/[0-9]*/comm"));
    assert!(
        machine.holds("test ! -e /usr/bin/binder -a ! -e /lib/systemd/system/chat-binder.service")
    );
    assert!(machine.holds(&format!(
        "test -f {kept}/chat.db -a -f /etc/default/chat-server"
    )));
    machine.run(&["dpkg", "--purge", "distributed-chat"]);
    assert!(machine.holds("test ! -e /var/lib/distributed-chat -a ! -e /etc/default/chat-server"));
    let left = machine.shell("find /etc/systemd/system -name 'chat-*'");
    assert_eq!(left, "", "links that enabled the services");
}

#[test]
fn the_services_come_back_after_a_kill_and_when_they_hang() {
    let Some(machine) = installed("restarts") else {
        return;
    };
    for service in SERVICES {
        let drop_in = format!("/etc/systemd/system/{service}.service.d");
        machine.run(&["mkdir", "-p", &drop_in]);
        machine.write(
            &format!("{drop_in}/soon.conf"),
            b"[Service]\nWatchdogSec=2s\n",
        );
    }
    machine.run(&["systemctl", "daemon-reload"]);
    machine.run(&["systemctl", "start", "chat-binder", "chat-server"]);
    let client = "env HOME=/tmp chat-client --plain";
    machine.chat(client, &["ana", "create", "geral", "exit"]);
    for service in SERVICES {
        for (signal, result) in [("KILL", "signal"), ("STOP", "watchdog")] {
            let before = restarts(&machine, service);
            let signal = format!("--signal={signal}");
            machine.run(&["systemctl", "kill", &signal, "--kill-whom=main", service]);
            wait_for_restart(&machine, service, before);
            let journal = machine.run(&["journalctl", "--unit", service]);
            assert!(
                journal.contains(&format!("Failed with result '{result}'")),
                "{journal}"
            );
        }
    }
    let said = machine.chat(client, &["bia", "list", "exit"]);
    assert!(said.contains("geral"), "{said}");
    // Without an end by signal a stop is a success, and a new start is no restart.
    machine.run(&["systemctl", "stop", "chat-server", "chat-binder"]);
    for service in SERVICES {
        assert_eq!(property(&machine, service, "Result"), "success");
    }
}

#[test]
fn the_services_are_confined_and_have_what_their_flags_promise() {
    let Some(machine) = installed("confined") else {
        return;
    };
    let units = SERVICES.map(|service| format!("/lib/systemd/system/{service}.service"));
    let verified = machine.shell(&format!(
        "systemd-analyze verify --man=no {} 2>&1",
        units.join(" ")
    ));
    assert_eq!(verified, "");
    machine.run(&["systemctl", "start", "chat-binder", "chat-server"]);
    machine.chat("env HOME=/tmp chat-client --plain", &["ana", "exit"]);
    // The program raises its limit as far as the unit allows, and the unit's is as high as the kernel grants here.
    let granted = if machine.holds("ulimit -Hn 32768") {
        u32::MAX
    } else {
        machine.shell("ulimit -Hn").trim_end().parse().unwrap()
    };
    // The connections of --max-connections to each port, and the 64 that the program keeps for everything else.
    for (service, descriptors) in [("chat-binder", 10_064), ("chat-server", 20_064)] {
        let exposure = ["systemd-analyze", "security", "--threshold=20", service];
        machine.run(&exposure);
        let main = property(&machine, service, "MainPID");
        let limit = machine.shell(&format!("grep 'open files' /proc/{main}/limits"));
        let soft: u32 = limit.split_whitespace().nth(3).unwrap().parse().unwrap();
        assert!(soft >= granted.min(descriptors), "{limit}");
        let owner = machine.run(&["stat", "--format", "%U", &format!("/proc/{main}")]);
        assert_eq!(owner.trim_end(), "distributed-chat");
    }
}

#[test]
fn the_journal_has_the_priority_of_each_line() {
    let Some(machine) = installed("journal") else {
        return;
    };
    machine.shell("echo CHAT_SERVER_BINDER=localhost:5999 >> /etc/default/chat-server");
    machine.run(&["systemctl", "start", "chat-server"]);
    let entries = |priority: &str| {
        let range = format!("{priority}..{priority}");
        let words = [
            "journalctl",
            "--output=cat",
            "--priority",
            &range,
            "_COMM=chat-server",
        ];
        machine.run(&words)
    };
    eventually("a warning that there is no binder", || {
        entries("warning").contains(" WARN ").then_some(())
    });
    let said = entries("info");
    assert!(said.contains(" INFO the chat is kept directory="), "{said}");
    assert!(!said.contains("WARN") && !said.contains('<'), "{said}");
    // The journal has the time.
    let year = succeed(std::process::Command::new("date").arg("+%Y-"));
    assert!(!said.contains(year.trim_end()), "{said}");
}
