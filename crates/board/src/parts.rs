//! Long lists, sent in parts.

use serde::Serialize;

use crate::events::{self, Event, MAX_BYTES, Name, Names, Room, Rooms};

/// Entries that are sent at most; the page shows fewer.
const MAX_ENTRIES: usize = 2_000;

/// Bytes of a part beside its entries.
const FRAME: usize = 200;

impl Names {
    /// The events for these names.
    pub fn events(names: Vec<Name>) -> Vec<Event> {
        in_parts(names, |names, part, parts, more| {
            Self {
                more,
                names,
                part,
                parts,
            }
            .into()
        })
    }
}

impl Rooms {
    /// The events for these rooms, of which `more` are left out already.
    pub fn events(rooms: Vec<Room>, more: usize) -> Vec<Event> {
        in_parts(rooms, |rooms, part, parts, more_here| {
            Self {
                more: more + more_here,
                part,
                parts,
                rooms,
            }
            .into()
        })
    }
}

/// Splits `entries`, so that no event is larger than events may be. An entry that is larger itself is left
/// out.
fn in_parts<T: Serialize>(
    entries: Vec<T>,
    event: impl Fn(Vec<T>, usize, usize, usize) -> Event,
) -> Vec<Event> {
    let all = entries.len();
    let mut parts = vec![Vec::new()];
    let (mut bytes, mut sent) = (0, 0);
    for entry in entries.into_iter().take(MAX_ENTRIES) {
        let own = events::json(&entry).len() + 1;
        if own > MAX_BYTES - FRAME {
            continue;
        }
        if bytes + own > MAX_BYTES - FRAME {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += own;
        sent += 1;
        if let Some(part) = parts.last_mut() {
            part.push(entry);
        }
    }
    let count = parts.len();
    let parts = parts.into_iter().enumerate();
    parts
        .map(|(part, entries)| event(entries, part, count, all - sent))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn names(count: usize, length: usize) -> Vec<Event> {
        let name = |number: usize| Name {
            displaced: false,
            group: None,
            stale: None,
            address: "é".repeat(length),
            age: u32::MAX,
            built_in: false,
            lease: Some(u32::MAX),
            name: format!("{number}{}", "é".repeat(length)),
            port: u16::MAX,
        };
        Names::events((0..count).map(name).collect())
    }

    #[test]
    fn a_long_list_comes_in_parts_of_which_each_is_small() {
        let [only] = &names(1, 10)[..] else {
            panic!("one part");
        };
        assert!(
            only.json.contains(r#""part":0,"parts":1}"#),
            "{}",
            only.json
        );
        assert_eq!(names(0, 0).len(), 1);

        let parts = names(5_000, 255);
        let mut listed = 0;
        for (number, event) in parts.iter().enumerate() {
            assert!(event.json.len() <= MAX_BYTES, "{}", event.json.len());
            let part: Value = serde_json::from_str(&event.json).unwrap();
            assert_eq!(part["part"], number);
            assert_eq!(part["parts"], parts.len());
            assert_eq!(part["more"], 3_000);
            listed += part["names"].as_array().unwrap().len();
        }
        assert_eq!(listed, MAX_ENTRIES);
        // One that cannot be sent does not stop the others.
        assert!(names(2, 9_000)[0].json.starts_with(r#"{"more":2,"#));
    }
}
