//! Documents that differ in the one value they hold.

use super::Verdict::{OnlyOurs, OnlyPythons};
use super::{Row, Verdict};

const NOBODY: &str = "no client sends it; a value has one meaning or none";
const NUMBERS: &str =
    "a number with underscores is Python's own notation; its client never sends one";
const LARGE: &str = "no procedure takes a number of more than 64 bits";
const DATES: &str = "no procedure takes a date; Python's server keeps any text as one";

/// A call with this as its only parameter.
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
    let array = |inner: &str| format!("<value><array><data>{inner}</data></array></value>");
    let structure = |inner: &str| format!("<value><struct>{inner}</struct></value>");
    let member = |name: &str, value: &str| format!("<member><name>{name}</name>{value}</member>");
    let one = "<value><int>1</int></value>";
    let deep = |depth: usize| (1..depth).fold(one.to_owned(), |inner, _| array(&inner));
    rows![
        "a text" => "<value><string>olá</string></value>";
        "a text without a type" => "<value>olá</value>";
        "an empty text" => "<value><string></string></value>";
        "an empty text in one tag" => "<value><string/></value>";
        "an empty value" => "<value></value>";
        "an empty value in one tag" => "<value/>";
        "spaces" => "<value><string>  </string></value>";
        "spaces without a type" => "<value>  </value>";
        "spaces around a text" => "<value><string> a  b </string></value>";
        "line breaks of all kinds" => "<value><string>a\nb\r\nc\rd&#13;e&#10;f\tg</string></value>";
        "the five entities" => "<value><string>&lt;&gt;&amp;&quot;&apos;</string></value>";
        "references" => "<value><string>&#225;&#xe1;&#128512;&#x1F600;</string></value>";
        "characters of all lengths" => "<value><string>a á € 😀 \u{fffd} \u{10fffd}</string></value>";
        "control characters that XML has" => "<value><string>\u{7f}\u{80}\u{9b}\u{85}\u{2028}</string></value>";
        "a byte order mark inside" => "<value><string>a\u{feff}b</string></value>";
        "directions and joiners" => "<value><string>\u{202e}a\u{200d}b</string></value>";
        "a section" => "<value><string><![CDATA[<a> & ]] >]]></string></value>";
        "sections and texts" => "<value><string>a<![CDATA[b]]>c<![CDATA[]]>d</string></value>";
        "a section without a type" => "<value><![CDATA[a]]></value>";
        "a bracket after a section's end" => "<value><string><![CDATA[a]]]]><![CDATA[>]]></string></value>";
        "a comment inside" => "<value><string>a<!-- b -->c</string></value>";
        "a comment inside, without a type" => "<value>a<!-- b -->c</value>";
        "an instruction inside" => "<value><string>a<?pi b?>c</string></value>";
        "quotes and brackets" => "<value><string>'\">]] ></string></value>";
        "an element inside a text" => "<value><string>a<b>c</b>d</string></value>", OnlyPythons(NOBODY);
        "text before the type" => "<value>a<string>b</string></value>";
        "text after the type" => "<value><string>b</string>a</value>";
        "spaces around the type" => "<value> <string>b</string>\n</value>";
        "two types" => "<value><string>a</string><string>b</string></value>", OnlyPythons(NOBODY);
        "an unknown type" => "<value><text>a</text></value>";
        "a type in capital letters" => "<value><STRING>a</STRING></value>";
        "attributes on the value" => "<value a='b'><string>c</string></value>";
        "attributes on the type" => "<value><string a='b' c='d'>e</string></value>";
        "an int" => "<value><int>42</int></value>";
        "an i4" => "<value><i4>-42</i4></value>";
        "an i8" => "<value><i8>9223372036854775807</i8></value>";
        "an i8 at the other end" => "<value><i8>-9223372036854775808</i8></value>";
        "an i1 and its like" => "<value><i1>1</i1></value>";
        "an i2" => "<value><i2>300</i2></value>";
        "an int of 64 bits" => "<value><int>5000000000</int></value>";
        "an i4 that does not fit" => "<value><i4>2147483648</i4></value>";
        "a biginteger" => "<value><biginteger>12345678901</biginteger></value>";
        "a biginteger that does not fit" => "<value><biginteger>99999999999999999999</biginteger></value>",
            OnlyPythons(LARGE);
        "an int with spaces" => "<value><int> 7\n</int></value>";
        "an int with a plus" => "<value><int>+7</int></value>";
        "an int with zeros" => "<value><int>-007</int></value>";
        "minus zero" => "<value><int>-0</int></value>";
        "an int with an underscore" => "<value><int>1_000</int></value>", OnlyPythons(NUMBERS);
        "an int in other digits" => "<value><int>٣</int></value>", OnlyPythons(NUMBERS);
        "an int with a space inside" => "<value><int>1 000</int></value>";
        "an int with a point" => "<value><int>1.0</int></value>";
        "an int in hexadecimal" => "<value><int>0x10</int></value>";
        "an empty int" => "<value><int></int></value>";
        "an int that is a text" => "<value><int>a</int></value>";
        "an int in two pieces" => "<value><int>1<!-- --><![CDATA[2]]></int></value>";
        "true" => "<value><boolean>1</boolean></value>";
        "false" => "<value><boolean>0</boolean></value>";
        "true in a word" => "<value><boolean>true</boolean></value>";
        "true with a space" => "<value><boolean> 1</boolean></value>";
        "a boolean of 2" => "<value><boolean>2</boolean></value>";
        "an empty boolean" => "<value><boolean/></value>";
        "a double" => "<value><double>-1.5</double></value>";
        "a double with an exponent" => "<value><double>1.5e-3</double></value>";
        "a double with spaces" => "<value><double> 1.5\n</double></value>";
        "a double with a plus" => "<value><double>+.5</double></value>";
        "a double without a fraction" => "<value><double>1.</double></value>";
        "a double that is a whole number" => "<value><double>2</double></value>";
        "a float" => "<value><float>2.5</float></value>";
        "a double that no double holds exactly" => "<value><double>0.1</double></value>";
        "a double beyond all doubles" => "<value><double>1e999</double></value>";
        "not a number" => "<value><double>nan</double></value>";
        "infinity" => "<value><double>-inf</double></value>";
        "infinity in full" => "<value><double>Infinity</double></value>";
        "a double with a comma" => "<value><double>1,5</double></value>";
        "a double with an underscore" => "<value><double>1_0.5</double></value>", OnlyPythons(NUMBERS);
        "an empty double" => "<value><double></double></value>";
        "nil" => "<value><nil/></value>";
        "nil in two tags" => "<value><nil></nil></value>";
        "nil with something in it" => "<value><nil>a</nil></value>";
        "nil with the prefix of the extensions" =>
            "<value><ex:nil xmlns:ex='http://ws.apache.org/xmlrpc/namespaces/extensions'/></value>";
        "nil with a prefix that is not declared" => "<value><ex:nil/></value>",
            OnlyPythons("a prefix must be declared; Python does not look at namespaces");
        "bytes" => "<value><base64>b2zDoQ==</base64></value>";
        "bytes in lines" => "<value><base64>\nb2zD\noQ==\n</base64></value>";
        "bytes as Python's client wraps them" =>
            "<value><base64>\nQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\nQUE=\n</base64></value>";
        "no bytes" => "<value><base64></base64></value>";
        "bytes with what is no base64" => "<value><base64>b2z*DoQ==</base64></value>";
        "bytes without their padding" => "<value><base64>b2zDoQ</base64></value>";
        "a date" => "<value><dateTime.iso8601>20240229T23:59:58</dateTime.iso8601></value>";
        "a date with spaces" => "<value><dateTime.iso8601> 20240229T23:59:58\n</dateTime.iso8601></value>",
            OnlyOurs(DATES);
        "a date with hyphens" => "<value><dateTime.iso8601>2024-02-29T23:59:58</dateTime.iso8601></value>";
        "a date with a zone" => "<value><dateTime.iso8601>20240229T23:59:58Z</dateTime.iso8601></value>";
        "a date without a time" => "<value><dateTime.iso8601>20240229</dateTime.iso8601></value>";
        "a date that there is not" => "<value><dateTime.iso8601>20230229T00:00:00</dateTime.iso8601></value>";
        "an empty date" => "<value><dateTime.iso8601/></value>";
        "a date with a leap second" => "<value><dateTime.iso8601>20161231T23:59:60</dateTime.iso8601></value>";
        "a date of one digit" => "<value><dateTime.iso8601>2024 1 2T 3: 4: 5</dateTime.iso8601></value>";
        "an array" => &array(&format!("{one}<value>a</value><value><nil/></value>"));
        "an empty array" => &array("");
        "an empty array in one tag" => "<value><array><data/></array></value>";
        "an array without data" => "<value><array></array></value>", OnlyPythons(NOBODY);
        "an array with two data" => &format!("<value><array><data>{one}</data><data>{one}</data></array></value>"),
            OnlyPythons(NOBODY);
        "an array without the data tag" => &format!("<value><array>{one}</array></value>"), OnlyPythons(NOBODY);
        "white space in an array" => &array(&format!("\n {one}\n {one}\n"));
        "text in an array" => &array(&format!("a{one}b"));
        "arrays in arrays" => &array(&array(&array(one)));
        "an array with what is no value" => &array("<int>1</int>"), OnlyPythons(NOBODY);
        "a struct" => &structure(&(member("a", one) + &member("b", "<value>c</value>")));
        "an empty struct" => &structure("");
        "an empty struct in one tag" => "<value><struct/></value>";
        "a struct with one name twice" => &structure(&(member("a", one) + &member("a", "<value>b</value>")));
        "a struct with an empty name" => &structure(&member("", one));
        "a struct with spaces in a name" => &structure(&member(" a ", one));
        "a struct with a name in two pieces" => &structure(&member("a<!-- -->b&amp;", one));
        "a struct with the value first" => &structure(&format!("<member>{one}<name>a</name></member>")),
            OnlyPythons(NOBODY);
        "a member without a value" => &structure("<member><name>a</name></member>");
        "a member without a name" => &structure(&format!("<member>{one}</member>"));
        "a member with two values" => &structure(&format!("<member><name>a</name>{one}{one}</member>"));
        "white space in a struct" => &structure(&format!("\n<member>\n<name>a</name>\n{one}\n</member>\n"));
        "structs in structs" => &structure(&member("a", &structure(&member("b", one))));
        "a struct in an array in a struct" => &structure(&member("a", &array(&structure(""))));
        "32 levels" => &deep(32);
        "33 levels" => &deep(33), OnlyPythons("the limit of depth; no call needs more than four levels");
    ]
}
