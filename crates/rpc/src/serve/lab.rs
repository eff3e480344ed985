//! The lab: calls broken on purpose, to show a class what networks do to them.
//!
//! A rule names a method, an action and a probability. A server without a lab accepts no rules.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use dxr::Fault;
use parking_lot::RwLock;
use protocol::fault;
use thiserror::Error;

/// Clients wait a few seconds, a class not much longer.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// The default delay: long enough to see, too short for a timeout.
const USUAL_DELAY: Duration = Duration::from_secs(1);

/// A server has some twenty methods.
const MOST_RULES: usize = 100;

/// What the lab does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Executed later.
    Delay,
    /// Not executed, and answered with a fault.
    Fault,
    /// Not executed; the connection closes without an answer.
    DropRequest,
    /// Executed; the connection closes without an answer.
    DropAnswer,
    /// Executed twice, as when the network delivers a request twice; the second answer is sent.
    Twice,
}

impl Action {
    const ALL: [Self; 5] = [
        Self::Delay,
        Self::Fault,
        Self::DropRequest,
        Self::DropAnswer,
        Self::Twice,
    ];

    /// The name in flags and on the board.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Fault => "fault",
            Self::DropRequest => "drop-request",
            Self::DropAnswer => "drop-answer",
            Self::Twice => "twice",
        }
    }
}

/// The action on the calls of one method, and its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The action.
    pub action: Action,
    /// From 0 (never) to 1 (always).
    pub probability: f64,
    /// The duration of a delay.
    pub delay: Duration,
}

/// Why a rule is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleError {
    /// Not of the form METHOD=ACTION:PROBABILITY.
    #[error("expected METHOD=ACTION:PROBABILITY, such as send_message=drop-answer:0.3")]
    Shape,
    /// An unknown action.
    #[error("unknown action '{0}'; there are delay, fault, drop-request, drop-answer, twice")]
    Action(String),
    /// Not a probability.
    #[error("a probability is a number from 0 to 1")]
    Probability,
    /// Too long a delay.
    #[error("a delay is at most 60 s")]
    Delay,
    /// The limit of rules is reached.
    #[error("there are {MOST_RULES} rules already; remove one first")]
    TooMany,
}

impl Rule {
    /// A rule from its parts, the action by name.
    pub fn new(action: &str, probability: f64, delay: Option<Duration>) -> Result<Self, RuleError> {
        let action = Action::ALL
            .into_iter()
            .find(|known| known.name() == action)
            .ok_or_else(|| RuleError::Action(action.chars().take(40).collect()))?;
        if !(0.0..=1.0).contains(&probability) {
            return Err(RuleError::Probability);
        }
        let delay = delay.unwrap_or(USUAL_DELAY);
        if delay > LONGEST_DELAY {
            return Err(RuleError::Delay);
        }
        Ok(Self {
            action,
            probability,
            delay,
        })
    }
}

/// A rule with its method, as in a flag: `send_message=drop-answer:0.3`.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedRule {
    /// The method.
    pub method: String,
    /// The rule for its calls.
    pub rule: Rule,
}

impl FromStr for NamedRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (method, rule) = text.split_once('=').ok_or(RuleError::Shape)?;
        let (action, probability) = rule.split_once(':').unwrap_or((rule, "1"));
        if method.is_empty() {
            return Err(RuleError::Shape);
        }
        let probability = probability.parse().map_err(|_| RuleError::Probability)?;
        Ok(Self {
            method: method.to_owned(),
            rule: Rule::new(action, probability, None)?,
        })
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub struct Lab {
    /// Read by every call, written from the board.
    rules: RwLock<BTreeMap<String, Rule>>,
}

impl Lab {
    /// A lab that begins with these rules.
    pub fn with_rules(rules: impl IntoIterator<Item = NamedRule>) -> Self {
        let rules = rules
            .into_iter()
            .map(|named| (named.method, named.rule))
            .collect();
        Self {
            rules: RwLock::new(rules),
        }
    }

    /// Sets or, with `None`, removes the rule for a method.
    pub fn set(&self, method: &str, rule: Option<Rule>) -> Result<(), RuleError> {
        let mut rules = self.rules.write();
        match rule {
            None => {
                rules.remove(method);
            }
            Some(_) if rules.len() >= MOST_RULES && !rules.contains_key(method) => {
                return Err(RuleError::TooMany);
            }
            Some(rule) => {
                rules.insert(method.to_owned(), rule);
            }
        }
        Ok(())
    }

    /// The rules in force, by method.
    pub fn rules(&self) -> BTreeMap<String, Rule> {
        self.rules.read().clone()
    }

    /// Draws whether the rule applies to a call of `method`.
    pub(super) fn draw_effect(&self, method: &str) -> Option<Rule> {
        let rule = *self.rules.read().get(method)?;
        (fastrand::f64() < rule.probability).then_some(rule)
    }
}

/// The fault of [`Action::Fault`].
pub(super) fn refusal() -> Fault {
    fault::application("Recusado pelo laboratório.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_names_method_action_and_probability() {
        let named: NamedRule = "send_message=drop-answer:0.3".parse().unwrap();
        assert_eq!(named.method, "send_message");
        assert_eq!(named.rule.action, Action::DropAnswer);
        assert!((named.rule.probability - 0.3).abs() < f64::EPSILON);
        let always: NamedRule = "list_rooms=twice".parse().unwrap();
        assert!((always.rule.probability - 1.0).abs() < f64::EPSILON);
        for (text, error) in [
            ("send_message", RuleError::Shape),
            ("=twice", RuleError::Shape),
            ("m=explode:1", RuleError::Action("explode".into())),
            ("m=twice:2", RuleError::Probability),
            ("m=twice:-1", RuleError::Probability),
            ("m=twice:NaN", RuleError::Probability),
            ("m=twice:x", RuleError::Probability),
        ] {
            assert_eq!(text.parse::<NamedRule>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_rule_is_in_force_until_it_is_taken_back_and_for_its_method_alone() {
        let lab = Lab::default();
        let rule = |probability| Rule::new("twice", probability, None).unwrap();
        lab.set("m", Some(rule(1.0))).unwrap();
        assert!((0..100).all(|_| lab.draw_effect("m").is_some()));
        assert_eq!(lab.draw_effect("other"), None);
        lab.set("m", Some(rule(0.0))).unwrap();
        assert!((0..100).all(|_| lab.draw_effect("m").is_none()));
        lab.set("m", None).unwrap();
        assert!(lab.rules().is_empty());
        for number in 0..MOST_RULES {
            lab.set(&number.to_string(), Some(rule(0.5))).unwrap();
        }
        assert_eq!(
            lab.set("one more", Some(rule(0.5))),
            Err(RuleError::TooMany)
        );
        assert_eq!(lab.set("0", Some(rule(0.1))), Ok(()));
    }
}
