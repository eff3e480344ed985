//! The archive of static programs: they run where there is no file but them, and find the machines of a network by
//! name.

use std::path::PathBuf;
use std::sync::OnceLock;

use support::eventually;

use crate::machine::Machine;
use crate::make;

/// A name server that knows one machine, which is the one it runs on.
const NAME_SERVER: &str = r"
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', 53))
print('ready', flush=True)
while True:
    query, peer = server.recvfrom(512)
    end = query.index(b'\0', 12)
    name, kind = query[12:end + 1], query[end + 1:end + 3]
    is_known = name == b'\x05lab-1\x03lan\0'
    has_answer = is_known and kind == b'\0\x01'
    answer = query[:2] + (b'\x81\x80' if is_known else b'\x81\x83') + b'\0\x01'
    answer += b'\0\x01' if has_answer else b'\0\0'
    answer += b'\0\0\0\0' + query[12:end + 5]
    if has_answer:
        answer += b'\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01'
    server.sendto(answer, peer)
";

/// Makes the archive, and the folder of static programs beside it.
pub(crate) fn archive() -> PathBuf {
    static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
    ARCHIVE
        .get_or_init(|| make(&["tarball", "--profile", "dev"]))
        .clone()
}

/// Waits until a program listens on a port of the machine.
pub(crate) fn listens(machine: &Machine, port: u16) {
    eventually(&format!("something listens on port {port}"), || {
        machine
            .holds(&format!("exec 3<>/dev/tcp/127.0.0.1/{port}"))
            .then_some(())
    });
}

#[test]
fn they_run_in_an_empty_root_and_resolve_names_of_the_network() {
    let archive = archive();
    let Some(machine) = Machine::boot("static") else {
        return;
    };
    machine.write("/tmp/archive.tar.gz", &std::fs::read(archive).unwrap());
    machine.shell(
        "mkdir -p /srv/empty/etc
         tar -C /srv/empty --strip-components=1 -xzf /tmp/archive.tar.gz
         echo 'nameserver 127.0.0.1' > /srv/empty/etc/resolv.conf",
    );
    for program in ["binder", "chat-server", "chat-client", "chat-conformance"] {
        machine.run(&["test", "-s", &format!("/srv/empty/man/{program}.1")]);
        // What a program needs besides itself.
        let needed = machine.shell(&format!("ldd /srv/empty/bin/{program} 2>&1 || true"));
        let is_static = ["statically linked", "not a dynamic executable"]
            .iter()
            .any(|said| needed.contains(said));
        assert!(is_static, "{program}: {needed}");
    }
    let mut name_server = machine.start(&["python3", "-c", NAME_SERVER]);
    name_server.wait_for("ready");
    let enter = ["chroot", "/srv/empty"];
    let binder = [&enter[..], &["/bin/binder", "--listen=0.0.0.0:5000"]].concat();
    let _binder = machine.start(&binder);
    listens(&machine, 5000);
    let server = [
        "/bin/chat-server",
        "--listen=0.0.0.0:9000",
        "--data=/chat",
        "--binder=lab-1.lan",
        "--advertise=lab-1.lan",
    ];
    let _server = machine.start(&[&enter[..], &server].concat());
    let client = "chroot /srv/empty /bin/chat-client --plain --binder lab-1.lan";
    let said = machine.chat(client, &["ana", "create", "geral", "exit"]);
    assert!(said.contains("Sala 'geral' criada."), "{said}");
    // Without any file this machine is found.
    machine.run(&[&enter[..], &["/bin/binder", "ping"]].concat());
    // No name is taken for another.
    assert!(!machine.holds("chroot /srv/empty /bin/binder list --binder lab-2.lan"));
}
