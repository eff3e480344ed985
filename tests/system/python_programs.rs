//! The Python programs of `tests/python/` among themselves: only if they are right do they say anything
//! about ours.

use support::{DEADLINE, python};

#[test]
fn the_python_programs_agree_with_each_other() {
    let check = python::start("selfcheck.py", &[]);
    let ended = check.wait_for_end(DEADLINE);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
}
