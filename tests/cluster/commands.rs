//! Flags about etcd that cannot be meant.

use support::{Etcd, Server, binaries};

/// Nothing listens there.
const NO_BINDER: &str = "127.0.0.1:1";

#[test]
fn a_prefix_among_the_keys_of_another_chat_is_refused() {
    let etcd = Etcd::start(1, &[]);
    let flags = ["--binder", NO_BINDER, "--etcd", &etcd.flag()];
    let _chat = Server::our_chat(&flags);
    for program in ["chat-server", "binder"] {
        for prefix in ["chat/log/x", "chat/snapshot", "binder/names"] {
            let mut command = binaries::command(program);
            command
                .args(["--listen", "127.0.0.1:0", "--etcd", &etcd.flag()])
                .args(["--etcd-prefix", prefix]);
            let refused = support::Program::start(program, &mut command);
            let ended = refused.wait_for_end(support::DEADLINE);
            assert_eq!(ended.code, Some(2), "{}", ended.err);
            let expected = "both would be mixed; choose a prefix without the part";
            assert!(ended.err.contains(expected), "{}", ended.err);
        }
    }
}
