//! The requirements of each kind of program, collected from the checks without running one.

use crate::chat::Profile;
use crate::report::Target;
use crate::requirement::Requirement;
use crate::{checks, client, system};

/// What a program is checked for, in the order of the checks; of a system, what is required of all three
/// together.
pub fn requirements(target: Target, profile: Profile) -> Vec<Requirement> {
    match target {
        Target::Binder => checks::requirements_of_binder(profile),
        Target::Server => checks::requirements_of_chat(profile),
        Target::Client => client::requirements(),
        Target::System => system::requirements(),
    }
}
