//! Who is compared, each in a process of its own: [`ours`], [`bare`], [`plain_dxr`], [`original`].

pub(crate) mod bare;
mod contestant;
pub(crate) mod on_etcd;
pub(crate) mod original;
pub(crate) mod ours;
pub(crate) mod plain_dxr;
pub(crate) mod process;
mod role;

use std::io::Read as _;

pub(crate) use contestant::{Call, Contestant};
pub(crate) use role::Role;

/// Plays a role until the parent ends this process.
pub(crate) async fn play(role: Role) -> anyhow::Result<()> {
    let mut answer = Vec::new();
    std::io::stdin().read_to_end(&mut answer)?;
    match role {
        Role::Bare => bare::serve(answer.into()).await,
        Role::PlainDxr { call } => plain_dxr::serve(call, &answer).await,
    }
}
