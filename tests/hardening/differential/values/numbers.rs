//! Numbers of all types.

use super::super::Row;
use super::super::Verdict::{OnlyPythons, Same};
use super::row;

const NUMBERS: &str =
    "a number with underscores is Python's own notation; its client never sends one";
const LARGE: &str = "no procedure takes a number of more than 64 bits";

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("an int", "<value><int>42</int></value>", Same),
        row("an i4", "<value><i4>-42</i4></value>", Same),
        row("an i8", "<value><i8>9223372036854775807</i8></value>", Same),
        row(
            "an i8 at the other end",
            "<value><i8>-9223372036854775808</i8></value>",
            Same,
        ),
        row("an i1 and its like", "<value><i1>1</i1></value>", Same),
        row("an i2", "<value><i2>300</i2></value>", Same),
        row(
            "an int of 64 bits",
            "<value><int>5000000000</int></value>",
            Same,
        ),
        row(
            "an i4 that does not fit",
            "<value><i4>2147483648</i4></value>",
            Same,
        ),
        row(
            "a biginteger",
            "<value><biginteger>12345678901</biginteger></value>",
            Same,
        ),
        row(
            "a biginteger that does not fit",
            "<value><biginteger>99999999999999999999</biginteger></value>",
            OnlyPythons(LARGE),
        ),
        row("an int with spaces", "<value><int> 7\n</int></value>", Same),
        row("an int with a plus", "<value><int>+7</int></value>", Same),
        row("an int with zeros", "<value><int>-007</int></value>", Same),
        row("minus zero", "<value><int>-0</int></value>", Same),
        row(
            "an int with an underscore",
            "<value><int>1_000</int></value>",
            OnlyPythons(NUMBERS),
        ),
        row(
            "an int in other digits",
            "<value><int>٣</int></value>",
            OnlyPythons(NUMBERS),
        ),
        row(
            "an int with a space inside",
            "<value><int>1 000</int></value>",
            Same,
        ),
        row("an int with a point", "<value><int>1.0</int></value>", Same),
        row(
            "an int in hexadecimal",
            "<value><int>0x10</int></value>",
            Same,
        ),
        row("an empty int", "<value><int></int></value>", Same),
        row("an int that is a text", "<value><int>a</int></value>", Same),
        row(
            "an int in two pieces",
            "<value><int>1<!-- --><![CDATA[2]]></int></value>",
            Same,
        ),
        row("true", "<value><boolean>1</boolean></value>", Same),
        row("false", "<value><boolean>0</boolean></value>", Same),
        row(
            "true in a word",
            "<value><boolean>true</boolean></value>",
            Same,
        ),
        row(
            "true with a space",
            "<value><boolean> 1</boolean></value>",
            Same,
        ),
        row(
            "a boolean of 2",
            "<value><boolean>2</boolean></value>",
            Same,
        ),
        row("an empty boolean", "<value><boolean/></value>", Same),
        row("a double", "<value><double>-1.5</double></value>", Same),
        row(
            "a double with an exponent",
            "<value><double>1.5e-3</double></value>",
            Same,
        ),
        row(
            "a double with spaces",
            "<value><double> 1.5\n</double></value>",
            Same,
        ),
        row(
            "a double with a plus",
            "<value><double>+.5</double></value>",
            Same,
        ),
        row(
            "a double without a fraction",
            "<value><double>1.</double></value>",
            Same,
        ),
        row(
            "a double that is a whole number",
            "<value><double>2</double></value>",
            Same,
        ),
        row("a float", "<value><float>2.5</float></value>", Same),
        row(
            "a double that no double holds exactly",
            "<value><double>0.1</double></value>",
            Same,
        ),
        row(
            "a double beyond all doubles",
            "<value><double>1e999</double></value>",
            Same,
        ),
        row("not a number", "<value><double>nan</double></value>", Same),
        row("infinity", "<value><double>-inf</double></value>", Same),
        row(
            "infinity in full",
            "<value><double>Infinity</double></value>",
            Same,
        ),
        row(
            "a double with a comma",
            "<value><double>1,5</double></value>",
            Same,
        ),
        row(
            "a double with an underscore",
            "<value><double>1_0.5</double></value>",
            OnlyPythons(NUMBERS),
        ),
        row("an empty double", "<value><double></double></value>", Same),
    ]
}
