//! Texts, and what may stand in them.

use super::super::Row;
use super::super::Verdict::{OnlyPythons, Same};
use super::{NOBODY, row};

pub(super) fn rows() -> Vec<Row> {
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
