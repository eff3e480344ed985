//! Values that are neither texts nor numbers.

use super::super::Row;
use super::super::Verdict::{OnlyOurs, OnlyPythons, Same};
use super::row;

pub(super) fn rows() -> Vec<Row> {
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
