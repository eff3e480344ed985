//! Documents that differ in the one value they hold.

use super::Row;
use super::Verdict::{self, OnlyOurs, OnlyPythons, Same};

const NUMBERS: &str =
    "a number with underscores is Python's own notation; its client never sends one";
const LARGE: &str = "no procedure takes a number of more than 64 bits";
const NOBODY: &str = "no client sends it; a value has one meaning or none";

/// A call whose only parameter is this.
fn row(name: &'static str, value: &str, verdict: Verdict) -> Row {
    let document = format!(
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>m</methodName>\n<params>\n<param>\n{value}\n</param>\n</params>\n</methodCall>\n"
    );
    Row {
        name,
        document: document.into_bytes(),
        verdict,
    }
}

pub(super) fn rows() -> Vec<Row> {
    [texts(), numbers(), others(), nested()]
        .into_iter()
        .flatten()
        .collect()
}

fn texts() -> Vec<Row> {
    vec![
        row("a text", "<value><string>olá</string></value>", Same),
        row("a text without a type", "<value>olá</value>", Same),
        row("an empty text", "<value><string></string></value>", Same),
        row("an empty text in one tag", "<value><string/></value>", Same),
        row("an empty value", "<value></value>", Same),
        row("an empty value in one tag", "<value/>", Same),
        row("spaces", "<value><string>  </string></value>", Same),
        row("spaces without a type", "<value>  </value>", Same),
        row(
            "spaces around a text",
            "<value><string> a  b </string></value>",
            Same,
        ),
        row(
            "line breaks of all kinds",
            "<value><string>a\nb\r\nc\rd&#13;e&#10;f\tg</string></value>",
            Same,
        ),
        row(
            "the five entities",
            "<value><string>&lt;&gt;&amp;&quot;&apos;</string></value>",
            Same,
        ),
        row(
            "references",
            "<value><string>&#225;&#xe1;&#128512;&#x1F600;</string></value>",
            Same,
        ),
        row(
            "characters of all lengths",
            "<value><string>a á € 😀 \u{fffd} \u{10fffd}</string></value>",
            Same,
        ),
        row(
            "control characters that XML has",
            "<value><string>\u{7f}\u{80}\u{9b}\u{85}\u{2028}</string></value>",
            Same,
        ),
        row(
            "a byte order mark inside",
            "<value><string>a\u{feff}b</string></value>",
            Same,
        ),
        row(
            "directions and joiners",
            "<value><string>\u{202e}a\u{200d}b</string></value>",
            Same,
        ),
        row(
            "a section",
            "<value><string><![CDATA[<a> & ]] >]]></string></value>",
            Same,
        ),
        row(
            "sections and texts",
            "<value><string>a<![CDATA[b]]>c<![CDATA[]]>d</string></value>",
            Same,
        ),
        row(
            "a section without a type",
            "<value><![CDATA[a]]></value>",
            Same,
        ),
        row(
            "a bracket after a section's end",
            "<value><string><![CDATA[a]]]]><![CDATA[>]]></string></value>",
            Same,
        ),
        row(
            "a comment inside",
            "<value><string>a<!-- b -->c</string></value>",
            Same,
        ),
        row(
            "a comment inside, without a type",
            "<value>a<!-- b -->c</value>",
            Same,
        ),
        row(
            "an instruction inside",
            "<value><string>a<?pi b?>c</string></value>",
            Same,
        ),
        row(
            "quotes and brackets",
            "<value><string>'\">]] ></string></value>",
            Same,
        ),
        row(
            "an element inside a text",
            "<value><string>a<b>c</b>d</string></value>",
            OnlyPythons(NOBODY),
        ),
        row(
            "text before the type",
            "<value>a<string>b</string></value>",
            Same,
        ),
        row(
            "text after the type",
            "<value><string>b</string>a</value>",
            Same,
        ),
        row(
            "spaces around the type",
            "<value> <string>b</string>\n</value>",
            Same,
        ),
        row(
            "two types",
            "<value><string>a</string><string>b</string></value>",
            OnlyPythons(NOBODY),
        ),
        row("an unknown type", "<value><text>a</text></value>", Same),
        row(
            "a type in capital letters",
            "<value><STRING>a</STRING></value>",
            Same,
        ),
        row(
            "attributes on the value",
            "<value a='b'><string>c</string></value>",
            Same,
        ),
        row(
            "attributes on the type",
            "<value><string a='b' c='d'>e</string></value>",
            Same,
        ),
    ]
}

fn numbers() -> Vec<Row> {
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

fn others() -> Vec<Row> {
    const DATES: &str = "no procedure takes a date; Python's server keeps any text as one";
    vec![
        row("nil", "<value><nil/></value>", Same),
        row("nil in two tags", "<value><nil></nil></value>", Same),
        row(
            "nil with something in it",
            "<value><nil>a</nil></value>",
            Same,
        ),
        row(
            "nil with the prefix of the extensions",
            "<value><ex:nil xmlns:ex='http://ws.apache.org/xmlrpc/namespaces/extensions'/></value>",
            Same,
        ),
        row(
            "nil with a prefix that is not declared",
            "<value><ex:nil/></value>",
            OnlyPythons("a prefix must be declared; Python does not look at namespaces"),
        ),
        row("bytes", "<value><base64>b2zDoQ==</base64></value>", Same),
        row(
            "bytes in lines",
            "<value><base64>\nb2zD\noQ==\n</base64></value>",
            Same,
        ),
        row(
            "bytes as Python's client wraps them",
            "<value><base64>\nQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\nQUE=\n</base64></value>",
            Same,
        ),
        row("no bytes", "<value><base64></base64></value>", Same),
        row(
            "bytes with what is no base64",
            "<value><base64>b2z*DoQ==</base64></value>",
            Same,
        ),
        row(
            "bytes without their padding",
            "<value><base64>b2zDoQ</base64></value>",
            Same,
        ),
        row(
            "a date",
            "<value><dateTime.iso8601>20240229T23:59:58</dateTime.iso8601></value>",
            Same,
        ),
        row(
            "a date with spaces",
            "<value><dateTime.iso8601> 20240229T23:59:58\n</dateTime.iso8601></value>",
            OnlyOurs(DATES),
        ),
        row(
            "a date with hyphens",
            "<value><dateTime.iso8601>2024-02-29T23:59:58</dateTime.iso8601></value>",
            Same,
        ),
        row(
            "a date with a zone",
            "<value><dateTime.iso8601>20240229T23:59:58Z</dateTime.iso8601></value>",
            Same,
        ),
        row(
            "a date without a time",
            "<value><dateTime.iso8601>20240229</dateTime.iso8601></value>",
            Same,
        ),
        row(
            "a date that there is not",
            "<value><dateTime.iso8601>20230229T00:00:00</dateTime.iso8601></value>",
            Same,
        ),
        row("an empty date", "<value><dateTime.iso8601/></value>", Same),
        row(
            "a date with a leap second",
            "<value><dateTime.iso8601>20161231T23:59:60</dateTime.iso8601></value>",
            Same,
        ),
        row(
            "a date of one digit",
            "<value><dateTime.iso8601>2024 1 2T 3: 4: 5</dateTime.iso8601></value>",
            Same,
        ),
    ]
}

fn nested() -> Vec<Row> {
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
