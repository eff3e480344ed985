//! The parser's path: bytes to a call or an answer, and what is read written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rpc::xml::{read, write};

fuzz_target!(|bytes: &[u8]| {
    match read::call(bytes) {
        Ok(call) => {
            // Plain calls are read in one pass. With a comment after them they are read as a tree, and
            // mean the same.
            if let Ok(text) = std::str::from_utf8(bytes) {
                let commented = read::call(format!("{text}<!-- -->").as_bytes());
                let commented = commented.expect("a comment changes nothing");
                assert_eq!(format!("{call:?}"), format!("{commented:?}"));
            }
            // A method's name that is read can be written, and means the same.
            if let Ok(again) = write::call(&call.method, call.parameters.clone()) {
                let again = read::call(again.as_bytes()).expect("what we write can be read");
                assert_eq!(again.method, call.method);
                assert_eq!(again.parameters.len(), call.parameters.len());
            } else {
                panic!("what was read holds what XML cannot carry");
            }
        }
        Err(error) => {
            let fault = error.fault();
            assert!(fault.string().chars().count() < 500, "{}", fault.string());
            // The refusal itself is an answer that can be read.
            let answer = read::answer(&write::fault(&fault)).expect("a fault can be read");
            assert_eq!(answer.expect_err("it is a fault").code(), fault.code());
        }
    }
    let _ = read::answer(bytes);
});
