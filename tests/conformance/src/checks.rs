//! The checks of a chat server, whatever its protocol, and of a binder.

pub(crate) mod binder;
mod concurrency;
mod crowd;
pub(crate) mod letter;
mod lost;
mod messages;
mod raw;
mod robustness;
mod rooms;
mod users;

use crate::scene::Check;

/// The checks of a chat server in the order in which they are made.
pub(crate) fn of_chat() -> impl Iterator<Item = &'static Check> {
    [
        users::CHECKS,
        rooms::CHECKS,
        messages::CHECKS,
        concurrency::CHECKS,
        robustness::CHECKS,
        lost::CHECKS,
    ]
    .into_iter()
    .flatten()
}
