//! The checks of a chat server, whatever its protocol, and of a binder.

pub(crate) mod binder;
mod concurrency;
mod crowd;
mod elsewhere;
pub(crate) mod letter;
mod losses;
mod lost;
mod messages;
mod order;
mod private;
mod raw;
mod reader;
mod robustness;
mod rooms;
mod timestamps;
mod users;

use crate::chat::Profile;
use crate::requirement::Requirement;
use crate::scene::Check;

/// The checks of a chat server in the order in which they are made.
pub(crate) fn of_chat() -> impl Iterator<Item = &'static Check> {
    [
        users::CHECKS,
        rooms::CHECKS,
        messages::CHECKS,
        timestamps::CHECKS,
        concurrency::CHECKS,
        robustness::CHECKS,
        lost::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// What a chat server is checked for.
pub(crate) fn requirements_of_chat(profile: Profile) -> Vec<Requirement> {
    let of_any = of_chat().map(Check::requirement);
    of_any
        .chain(letter::requirements_of_chat(profile))
        .collect()
}

/// What a binder is checked for.
pub(crate) fn requirements_of_binder(profile: Profile) -> Vec<Requirement> {
    let of_any = binder::CHECKS.iter().map(binder::BinderCheck::requirement);
    of_any
        .chain(letter::requirements_of_binder(profile))
        .collect()
}
