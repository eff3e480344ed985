//! The report for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::Report;
use crate::requirement::{Checked, Shortfall};
use crate::words::{Language, Words, words};

/// How many characters are shown of a line of XML. A message may be of many thousands.
const LINE: usize = 400;

/// The width to which the id is filled.
const ID: usize = 24;

impl Report {
    /// The report as text; with `wire`, the calls of each finding as XML.
    pub fn text(&self, language: Language, wire: bool) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write(&mut text, language, wire);
        text
    }

    fn write(&self, text: &mut String, language: Language, wire: bool) -> fmt::Result {
        let say = |words: Words| words.of(language).to_owned();
        let profile = format!("{:?}", self.profile).to_lowercase();
        let subject = &self.subject;
        writeln!(
            text,
            "{}\n",
            say(words!(
                "{subject}, profile {profile}",
                "{subject}, perfil {profile}"
            ))
        )?;
        let mut groups: BTreeMap<_, Vec<&Checked>> = BTreeMap::new();
        for checked in &self.checked {
            groups
                .entry(checked.requirement.group)
                .or_default()
                .push(checked);
        }
        for (group, all) in groups {
            let met = all.iter().filter(|checked| checked.outcome.is_ok()).count();
            writeln!(text, "{} ({met}/{})", say(group.heading()), all.len())?;
            for checked in all {
                requirement(text, checked, language, wire)?;
            }
            writeln!(text)?;
        }
        let counts = self.counts();
        let (met, failed, blocked, absent, percentage) = (
            counts.met,
            counts.failed,
            counts.blocked,
            counts.not_offered,
            counts.percentage(),
        );
        writeln!(
            text,
            "{}",
            say(words!(
                "{percentage} %: {met} met, {failed} not met, {blocked} not checked, {absent} not offered",
                "{percentage} %: {met} cumpridos, {failed} não cumpridos, {blocked} não verificados, {absent} não oferecidos"
            ))
        )?;
        if let Some(first) = self.first_to_mend() {
            let id = &first.requirement.id;
            writeln!(
                text,
                "{}",
                say(words!("First to mend: {id}", "Primeiro a consertar: {id}"))
            )?;
            requirement(text, first, language, false)?;
        }
        Ok(())
    }
}

fn requirement(
    text: &mut String,
    checked: &Checked,
    language: Language,
    wire: bool,
) -> fmt::Result {
    let required = &checked.requirement;
    let mark = match &checked.outcome {
        Ok(()) => "✓",
        Err(Shortfall::Failed(_)) => "✗",
        Err(Shortfall::NotOffered(_) | Shortfall::Blocked(_)) => "–",
    };
    writeln!(
        text,
        "  {mark} {:ID$} {}",
        required.id,
        required.sentence.of(language)
    )?;
    let finding = match &checked.outcome {
        Ok(()) => return Ok(()),
        Err(Shortfall::NotOffered(reason) | Shortfall::Blocked(reason)) => {
            return writeln!(text, "      {}", reason.of(language));
        }
        Err(Shortfall::Failed(finding)) => finding,
    };
    let mut line = |label: [&str; 2], words: &Words| {
        let [english, portuguese] = label;
        let label = Words::new(english, portuguese);
        writeln!(text, "      {} {}", label.of(language), words.of(language))
    };
    line(["why:", "por quê:"], &required.why)?;
    if let Some(how) = &finding.provoked {
        line(["provoked by:", "provocado por:"], how)?;
    }
    line(["expected:", "esperado:"], &finding.expected)?;
    line(["came:", "veio:"], &finding.came)?;
    if let Some(diagnosis) = &finding.diagnosis {
        line(["cause:", "causa:"], &diagnosis.cause)?;
        line(["in Python:", "em Python:"], &diagnosis.change)?;
    }
    if !checked.calls.is_empty() && finding.provoked.is_none() {
        let label = Words::new("provoked by the calls:", "provocado pelas chamadas:");
        writeln!(text, "      {}", label.of(language))?;
    }
    for call in &checked.calls {
        writeln!(text, "      · {call}")?;
        if wire {
            let (request, answer) = &call.xml;
            for document in request.lines().chain(answer.lines()) {
                let shown: String = document.chars().take(LINE).collect();
                writeln!(text, "          {shown}")?;
            }
        }
    }
    Ok(())
}
