//! Values in values.

use super::super::Row;
use super::super::Verdict::{OnlyPythons, Same};
use super::{NOBODY, row};

pub(super) fn rows() -> Vec<Row> {
    let array = |inner: &str| format!("<value><array><data>{inner}</data></array></value>");
    let structure = |inner: &str| format!("<value><struct>{inner}</struct></value>");
    let member = |name: &str, value: &str| format!("<member><name>{name}</name>{value}</member>");
    let one = "<value><int>1</int></value>";
    let deep = |depth: usize| (1..depth).fold(one.to_owned(), |inner, _| array(&inner));
    vec![
        row(
            "an array",
            &array(&format!("{one}<value>a</value><value><nil/></value>")),
            Same,
        ),
        row("an empty array", &array(""), Same),
        row(
            "an empty array in one tag",
            "<value><array><data/></array></value>",
            Same,
        ),
        row(
            "an array without data",
            "<value><array></array></value>",
            OnlyPythons(NOBODY),
        ),
        row(
            "an array with two data",
            &format!("<value><array><data>{one}</data><data>{one}</data></array></value>"),
            OnlyPythons(NOBODY),
        ),
        row(
            "an array without the data tag",
            &format!("<value><array>{one}</array></value>"),
            OnlyPythons(NOBODY),
        ),
        row(
            "white space in an array",
            &array(&format!("\n {one}\n {one}\n")),
            Same,
        ),
        row("text in an array", &array(&format!("a{one}b")), Same),
        row("arrays in arrays", &array(&array(&array(one))), Same),
        row(
            "an array with what is no value",
            &array("<int>1</int>"),
            OnlyPythons(NOBODY),
        ),
        row(
            "a struct",
            &structure(&(member("a", one) + &member("b", "<value>c</value>"))),
            Same,
        ),
        row("an empty struct", &structure(""), Same),
        row(
            "an empty struct in one tag",
            "<value><struct/></value>",
            Same,
        ),
        row(
            "a struct with one name twice",
            &structure(&(member("a", one) + &member("a", "<value>b</value>"))),
            Same,
        ),
        row(
            "a struct with an empty name",
            &structure(&member("", one)),
            Same,
        ),
        row(
            "a struct with spaces in a name",
            &structure(&member(" a ", one)),
            Same,
        ),
        row(
            "a struct with a name in two pieces",
            &structure(&member("a<!-- -->b&amp;", one)),
            Same,
        ),
        row(
            "a struct with the value first",
            &structure(&format!("<member>{one}<name>a</name></member>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "a member without a value",
            &structure("<member><name>a</name></member>"),
            Same,
        ),
        row(
            "a member without a name",
            &structure(&format!("<member>{one}</member>")),
            Same,
        ),
        row(
            "a member with two values",
            &structure(&format!("<member><name>a</name>{one}{one}</member>")),
            Same,
        ),
        row(
            "white space in a struct",
            &structure(&format!("\n<member>\n<name>a</name>\n{one}\n</member>\n")),
            Same,
        ),
        row(
            "structs in structs",
            &structure(&member("a", &structure(&member("b", one)))),
            Same,
        ),
        row(
            "a struct in an array in a struct",
            &structure(&member("a", &array(&structure("")))),
            Same,
        ),
        row("32 levels", &deep(32), Same),
        row(
            "33 levels",
            &deep(33),
            OnlyPythons("the limit of depth; no call needs more than four levels"),
        ),
    ]
}
