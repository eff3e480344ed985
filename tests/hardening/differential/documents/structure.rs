//! How a call is put together.

use super::super::Row;
use super::super::Verdict::{OnlyPythons, Otherwise, Same};
use super::{CALL, row};

const NAMESPACES: &str = "a prefix must be declared; Python does not look at namespaces";
const NOBODY: &str = "no client sends it; a call has one meaning or none";

pub(super) fn rows() -> Vec<Row> {
    let call = |inner: &str| format!("<methodCall>{inner}</methodCall>");
    let param = "<param><value><int>1</int></value></param>";
    let method = "<methodName>m</methodName>";
    vec![
        row("no params", call(method), Same),
        row(
            "empty params",
            call(&format!("{method}<params></params>")),
            Same,
        ),
        row(
            "empty params in one tag",
            call(&format!("{method}<params/>")),
            Same,
        ),
        row(
            "params before the name",
            call(&format!("<params>{param}</params>{method}")),
            Same,
        ),
        row(
            "two params",
            call(&format!("{method}<params>{param}{param}</params>")),
            Same,
        ),
        row(
            "white space everywhere",
            call(&format!(
                "\n {method}\r\n\t<params>\n <param>\n <value>\n <int> 1 </int>\n </value>\n </param> </params>\n"
            )),
            Same,
        ),
        row(
            "a method's name with dots, slashes and colons",
            call("<methodName>a.b/c:d_e1</methodName>"),
            Same,
        ),
        row(
            "white space around the method's name",
            call("<methodName> m\n</methodName>"),
            Otherwise("hand-written calls have line breaks there, and no method's name has any"),
        ),
        row(
            "a method's name in two pieces",
            call("<methodName>a<!-- b -->c</methodName>"),
            Same,
        ),
        row(
            "an empty method's name",
            call("<methodName></methodName>"),
            OnlyPythons("no method is called so; Python's server refuses the call later"),
        ),
        row(
            "no method's name",
            call(&format!("<params>{param}</params>")),
            OnlyPythons("it is an answer by its looks; Python's server refuses the call later"),
        ),
        row("nothing in the call", call(""), Same),
        row("nothing at all", "", Same),
        row("white space only", " \n", Same),
        row("a comment only", "<!-- a -->", Same),
        row("another root", "<html><body>hello</body></html>", Same),
        row(
            "an answer",
            "<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>",
            OnlyPythons("Python reads both with one parser; as a call it means nothing"),
        ),
        row(
            "a call in capital letters",
            CALL.replace("methodCall", "METHODCALL"),
            OnlyPythons(NOBODY),
        ),
        row(
            "two method's names",
            call(&format!("{method}{method}")),
            OnlyPythons(NOBODY),
        ),
        row(
            "two params elements",
            call(&format!(
                "{method}<params>{param}</params><params>{param}</params>"
            )),
            OnlyPythons(NOBODY),
        ),
        row(
            "a param without a value",
            call(&format!("{method}<params><param></param></params>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "a param with two values",
            call(&format!(
                "{method}<params><param><value/><value/></param></params>"
            )),
            OnlyPythons(NOBODY),
        ),
        row(
            "a param with a text",
            call(&format!(
                "{method}<params><param>a<value><int>1</int></value>b</param></params>"
            )),
            Same,
        ),
        row(
            "a value outside of a param",
            call(&format!(
                "{method}<params><value><int>1</int></value></params>"
            )),
            OnlyPythons(NOBODY),
        ),
        row(
            "an unknown element among the params",
            call(&format!("{method}<params><extra/>{param}</params>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "an unknown element in the call",
            call(&format!("{method}<id>1</id><params>{param}</params>")),
            OnlyPythons(NOBODY),
        ),
        row(
            "text in the call",
            call(&format!("a{method}b<params>{param}</params>c")),
            Same,
        ),
        row(
            "attributes on everything",
            CALL.replace("<value>", "<value type='a' b=\"c\">")
                .replace("<params>", "<params id='x'>"),
            Same,
        ),
        row(
            "a default namespace",
            CALL.replace("<methodCall>", "<methodCall xmlns='urn:a'>"),
            Same,
        ),
        row(
            "a declared prefix",
            CALL.replace("<methodCall>", "<methodCall xmlns:a='urn:a'>")
                .replace("<string>", "<a:string>")
                .replace("</string>", "</a:string>"),
            Same,
        ),
        row(
            "a prefix that is not declared",
            CALL.replace("<string>", "<a:string>")
                .replace("</string>", "</a:string>"),
            OnlyPythons(NAMESPACES),
        ),
        row(
            "a language on a value",
            CALL.replace("<value>", "<value xml:lang='pt'>"),
            Same,
        ),
    ]
}
