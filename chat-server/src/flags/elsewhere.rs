//! The past of a chat that is not in a directory.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};

use super::{Flags, Task};

/// Where a log is that cannot be looked at. These flags are known so that the refusal says what can be done.
#[derive(Debug, Args)]
pub(crate) struct Elsewhere {
    #[arg(long, value_name = "HOST:PORT,...", hide = true)]
    etcd: Option<String>,

    #[arg(long, value_name = "PREFIX", hide = true)]
    etcd_prefix: Option<String>,
}

/// Refuses to look at the past of a chat in etcd. A directory that was typed is meant, even where the environment names
/// an etcd for all servers of the machine.
pub(super) fn check(flags: &Flags, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some(Task::Log { elsewhere, .. } | Task::Replay { elsewhere, .. }) = &flags.task else {
        return Ok(());
    };
    let members: Vec<String> = flags.etcd.iter().map(ToString::to_string).collect();
    let members = elsewhere.etcd.clone().unwrap_or_else(|| members.join(","));
    let task = matches.subcommand();
    let data = task.and_then(|(_, matches)| matches.value_source("data"));
    let is_of_environment =
        elsewhere.etcd.is_none() && matches.value_source("etcd") == Some(ValueSource::EnvVariable);
    if members.is_empty() || (is_of_environment && data == Some(ValueSource::CommandLine)) {
        return Ok(());
    }
    let name = task.map(|(name, _)| name).unwrap_or_default();
    let prefix = elsewhere.etcd_prefix.as_ref();
    let prefix = prefix.unwrap_or(&flags.etcd_prefix).trim_end_matches('/');
    Err(clap::Error::raw(
        ErrorKind::ArgumentConflict,
        format!(
            "{name} reads the log in a directory, and not that of a chat in etcd (--etcd or CHAT_SERVER_ETCD); what \
             was written into etcd since its last snapshot is printed by \"ETCDCTL_API=3 etcdctl --endpoints {members} \
             get --prefix {prefix}/log/ --sort-by=MODIFY\", and --data DIR names a directory\n"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use crate::flags::tests::read;

    #[test]
    fn the_past_of_a_chat_in_etcd_is_refused_with_what_can_be_done_instead() {
        let (etcd, prefix) = (["--etcd", "a:2379"], ["--etcd-prefix", "turma/"]);
        let typed = [&etcd[..], &prefix].concat();
        for line in [
            [&typed, &["log"][..]].concat(),
            [&["log"][..], &typed].concat(),
            [&typed, &["replay", "--data", "x"][..]].concat(),
        ] {
            let error = read(&line).unwrap_err().to_string();
            let instead = "--endpoints a:2379 get --prefix turma/log/ ";
            assert!(error.contains(instead), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        assert!(read(&["replay", "--data", "x"]).is_ok());
    }
}
