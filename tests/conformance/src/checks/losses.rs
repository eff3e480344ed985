//! Which messages a reader misses, and where they are missing: that shows how they were lost.

use std::collections::HashMap;
use std::ops::Range;

/// What is missing between the messages of a reader, whose writers number theirs from 0.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// How many messages each answer had.
    sizes: Vec<usize>,
    /// The highest number of each writer so far, and how many answers there were with the one that had it.
    highest: HashMap<String, (usize, usize)>,
    /// Whether a message is missing between two of one answer.
    is_inside: bool,
    /// The answers before or with which messages of a writer were lost: those since the one with its message before.
    gaps: Vec<Range<usize>>,
}

impl Losses {
    /// Notes the messages of an answer: their writers and numbers.
    pub(super) fn note(&mut self, answer: &[(String, usize)]) {
        self.sizes.push(answer.len());
        let mut messages = answer.to_vec();
        messages.sort_unstable();
        let mut here: HashMap<String, usize> = HashMap::new();
        for (writer, number) in messages {
            let (next, since) = self.next_of(&writer);
            match here.insert(writer, number) {
                Some(before) => self.is_inside |= number > before + 1,
                None if number > next => self.gaps.push(since..self.sizes.len()),
                None => {}
            }
        }
        for (writer, number) in here {
            let highest = self.highest.entry(writer).or_default();
            *highest = (*highest).max((number, self.sizes.len()));
        }
    }

    /// The number of a writer's next message, and how many answers there were with the one that had the last.
    fn next_of(&self, writer: &str) -> (usize, usize) {
        match self.highest.get(writer) {
            Some((seen, answers)) => (seen + 1, *answers),
            None => (0, 0),
        }
    }

    /// Whether all that is missing may have been dropped from a list of at most this length: an answer was as long
    /// after what was seen before it.
    fn are_of(&self, limit: usize, sent: &HashMap<String, usize>) -> bool {
        let last = sent
            .iter()
            .map(|(writer, &count)| (count, self.next_of(writer)))
            .filter(|(count, (next, _))| next < count)
            .map(|(_, (_, since))| since..self.sizes.len());
        let mut gaps = self.gaps.iter().cloned().chain(last);
        let is_full = |gap: Range<usize>| {
            let sizes = self.sizes.get(gap).unwrap_or_default();
            sizes.contains(&limit)
        };
        !self.is_inside && gaps.all(is_full)
    }
}

/// How many messages a list has at most, where that is how these readers lost some.
pub(super) fn limit<'a>(
    readers: impl IntoIterator<Item = &'a Losses> + Clone,
    sent: &HashMap<String, usize>,
) -> Option<usize> {
    let sizes = readers.clone().into_iter().flat_map(|losses| &losses.sizes);
    let largest = *sizes.max()?;
    readers
        .into_iter()
        .all(|losses| losses.are_of(largest, sent))
        .then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limit that is seen in answers of these numbers of one writer, who sent 10.
    fn limit_of(answers: &[&[usize]]) -> Option<usize> {
        let mut losses = Losses::default();
        for answer in answers {
            let messages: Vec<_> = answer.iter().map(|&n| ("ana".to_owned(), n)).collect();
            losses.note(&messages);
        }
        limit(&[losses], &HashMap::from([("ana".to_owned(), 10)]))
    }

    #[test]
    fn a_list_of_limited_length_drops_the_oldest_of_what_was_not_fetched() {
        assert_eq!(limit_of(&[&[2, 3, 4], &[7, 8, 9]]), Some(3));
        assert_eq!(limit_of(&[&[0, 1], &[4, 5, 6], &[7, 8, 9], &[]]), Some(3));
        // The whole list each time.
        assert_eq!(limit_of(&[&[0, 1, 2], &[4, 5, 6], &[7, 8, 9]]), Some(3));
        assert_eq!(limit_of(&[&[0, 1, 2], &[1, 2, 3], &[7, 8, 9]]), Some(3));
    }

    /// One that has sent all may be the oldest.
    #[test]
    fn the_last_messages_of_one_writer_may_be_dropped() {
        let message = |writer: &str, number| (writer.to_owned(), number);
        let sent = HashMap::from([("ana".to_owned(), 2), ("bia".to_owned(), 3)]);
        let mut losses = Losses::default();
        losses.note(&[message("ana", 0)]);
        assert_eq!(limit([&losses], &sent), None);
        losses.note(&[message("bia", 0), message("bia", 1)]);
        losses.note(&[message("bia", 2)]);
        assert_eq!(limit([&losses], &sent), Some(2));
        // As is the first one of a writer that is seen later.
        let sent = HashMap::from([
            ("ana".to_owned(), 1),
            ("bia".to_owned(), 3),
            ("caio".to_owned(), 2),
        ]);
        losses.note(&[message("caio", 1)]);
        assert_eq!(limit([&losses], &sent), Some(2));
    }

    #[test]
    fn other_losses_are_not_those_of_a_limit() {
        assert_eq!(
            limit_of(&[&[0, 1, 2, 3], &[6, 7], &[8, 9]]),
            None,
            "others were larger"
        );
        assert_eq!(
            limit_of(&[&[0, 1, 2], &[4, 5, 6, 8, 9]]),
            None,
            "in the middle"
        );
        assert_eq!(limit_of(&[&[0, 1, 2], &[4, 5, 6]]), None, "at the end");
        assert_eq!(limit_of(&[]), None, "nothing came");
    }
}
