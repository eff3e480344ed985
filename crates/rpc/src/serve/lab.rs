//! The lab: calls broken on purpose, to show a class what networks do to them.
//!
//! A rule names a method, an action, and which calls of the method it affects. A server without a lab accepts
//! no rules.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dxr::Fault;
use parking_lot::RwLock;
use protocol::fault;
use thiserror::Error;
use tokio::sync::watch;

/// Clients wait a few seconds, a class not much longer.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// The default delay: long enough to see, too short for a timeout.
const USUAL_DELAY: Duration = Duration::from_secs(1);

/// A server has some twenty methods.
const MOST_RULES: usize = 100;

/// Characters of the method and of the client in a rule.
const LONGEST_NAME: usize = 80;

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

/// Which calls of a method a rule affects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// Each with this probability, from 0 (never) to 1 (always).
    Chance(f64),
    /// Every n-th, so that a class sees the same each time.
    Every(u32),
    /// The next one; then the rule ends.
    Next,
}

/// The action on calls of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The action.
    pub action: Action,
    /// Which calls it affects, of those that the client makes.
    pub when: When,
    /// The user or the address that makes them; any, if it is not given.
    pub client: Option<String>,
    /// The duration of a delay.
    pub delay: Duration,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) action: Action,
    pub(super) delay: Duration,
}

/// Why a rule is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleError {
    /// Not of the form METHOD=ACTION:WHEN:client=NAME.
    #[error("expected METHOD=ACTION:WHEN, such as send_message=drop-answer:every=3")]
    Shape,
    /// An unknown action.
    #[error("unknown action '{0}'; there are delay, fault, drop-request, drop-answer, twice")]
    Action(String),
    /// Not a probability, and nothing else that says when.
    #[error("expected a probability from 0 to 1, every=N with N from 1 on, or next")]
    When,
    /// Too long a delay.
    #[error("a delay is at most 60 s")]
    Delay,
    /// The limit of rules is reached.
    #[error("there are {MOST_RULES} rules already; remove one first")]
    TooMany,
}

impl When {
    fn is_valid(self) -> bool {
        match self {
            Self::Chance(probability) => (0.0..=1.0).contains(&probability),
            Self::Every(count) => count > 0,
            Self::Next => true,
        }
    }
}

impl FromStr for When {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let when = match text.strip_prefix("every=") {
            Some(count) => count.parse().ok().map(Self::Every),
            None if text == "next" => Some(Self::Next),
            None => text.parse().ok().map(Self::Chance),
        };
        when.filter(|when| when.is_valid()).ok_or(RuleError::When)
    }
}

impl Rule {
    /// A rule from its parts, the action by name.
    pub fn new(
        action: &str,
        when: When,
        client: Option<&str>,
        delay: Option<Duration>,
    ) -> Result<Self, RuleError> {
        let action = Action::ALL
            .into_iter()
            .find(|known| known.name() == action)
            .ok_or_else(|| RuleError::Action(action.chars().take(40).collect()))?;
        if !when.is_valid() {
            return Err(RuleError::When);
        }
        let delay = delay.unwrap_or(USUAL_DELAY);
        if delay > LONGEST_DELAY {
            return Err(RuleError::Delay);
        }
        let client = client.filter(|client| !client.is_empty());
        if client.is_some_and(|client| client.chars().count() > LONGEST_NAME) {
            return Err(RuleError::Shape);
        }
        Ok(Self {
            action,
            when,
            client: client.map(str::to_owned),
            delay,
        })
    }
}

/// A rule with its method, as in a flag: `send_message=drop-answer:every=3:client=ana`.
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
        if method.is_empty() {
            return Err(RuleError::Shape);
        }
        // An IPv6 address has colons of its own, so the client is the last part.
        let (rule, client) = match rule.split_once(":client=") {
            Some((rule, client)) => (rule, Some(client)),
            None => (rule, None),
        };
        let (action, when) = rule.split_once(':').unwrap_or((rule, "1"));
        Ok(Self {
            method: method.to_owned(),
            rule: Rule::new(action, when.parse()?, client, None)?,
        })
    }
}

/// A rule in force.
#[derive(Debug)]
struct Active {
    rule: Rule,
    /// The calls that it could have affected.
    calls: AtomicU64,
}

impl From<Rule> for Active {
    fn from(rule: Rule) -> Self {
        let calls = AtomicU64::new(0);
        Self { rule, calls }
    }
}

impl Active {
    /// Counts a call, and decides whether it is affected.
    fn affects_next(&self) -> bool {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match self.rule.when {
            When::Chance(probability) => fastrand::f64() < probability,
            When::Every(count) => number.is_multiple_of(u64::from(count)),
            When::Next => number == 1,
        }
    }

    fn is_over(&self) -> bool {
        self.rule.when == When::Next && self.calls.load(Ordering::Relaxed) > 0
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub struct Lab {
    /// Read by every call, written from the board.
    rules: RwLock<BTreeMap<String, Active>>,
    /// Notifies when a rule is set, removed or has ended.
    changes: watch::Sender<()>,
}

impl Lab {
    /// A lab that begins with these rules.
    pub fn with_rules(rules: impl IntoIterator<Item = NamedRule>) -> Self {
        let rules = rules
            .into_iter()
            .map(|named| (named.method, named.rule.into()))
            .collect();
        Self {
            rules: RwLock::new(rules),
            changes: watch::Sender::default(),
        }
    }

    /// Sets or, with `None`, removes the rule for a method.
    pub fn set(&self, method: &str, rule: Option<Rule>) -> Result<(), RuleError> {
        let mut rules = self.rules.write();
        match rule {
            None => {
                rules.remove(method);
            }
            Some(_) if method.chars().count() > LONGEST_NAME => return Err(RuleError::Shape),
            Some(_) if rules.len() >= MOST_RULES && !rules.contains_key(method) => {
                return Err(RuleError::TooMany);
            }
            Some(rule) => {
                rules.insert(method.to_owned(), rule.into());
            }
        }
        drop(rules);
        self.changes.send_replace(());
        Ok(())
    }

    /// Sees from now on whenever the rules change.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The rules in force, by method.
    pub fn rules(&self) -> BTreeMap<String, Rule> {
        let rules = self.rules.read();
        let rules = rules.iter().filter(|(_, active)| !active.is_over());
        rules
            .map(|(method, active)| (method.clone(), active.rule.clone()))
            .collect()
    }

    /// Decides what happens to a call of `method`, which `is_from` the client of a rule or not.
    pub(super) fn draw_effect(
        &self,
        method: &str,
        is_from: impl FnOnce(&str) -> bool,
    ) -> Option<Effect> {
        let rules = self.rules.read();
        let active = rules.get(method)?;
        let Rule { action, delay, .. } = active.rule;
        let is_concerned = active.rule.client.as_deref().is_none_or(is_from);
        let is_affected = is_concerned && active.affects_next();
        if is_affected && active.is_over() {
            self.changes.send_replace(());
        }
        is_affected.then_some(Effect { action, delay })
    }
}

/// Waits for as long as the effect delays the call, and returns its action.
pub(super) async fn delay(effect: Option<Effect>) -> Option<Action> {
    let Effect { action, delay } = effect?;
    if action == Action::Delay {
        tokio::time::sleep(delay).await;
    }
    Some(action)
}

/// The fault of [`Action::Fault`].
pub(super) fn refusal() -> Fault {
    fault::application("Recusado pelo laboratório.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse::<NamedRule>().unwrap().rule
    }

    /// The numbers of the calls that are affected, of ten by this client.
    fn affected(lab: &Lab, client: &str) -> Vec<usize> {
        let is_affected = |_: &usize| lab.draw_effect("m", |wanted| wanted == client).is_some();
        (1..=10).filter(is_affected).collect()
    }

    #[test]
    fn a_flag_names_method_action_and_which_calls() {
        let named: NamedRule = "send_message=drop-answer:0.3".parse().unwrap();
        assert_eq!(named.method, "send_message");
        assert_eq!(named.rule.action, Action::DropAnswer);
        assert_eq!(named.rule.when, When::Chance(0.3));
        assert_eq!(rule("list_rooms=twice").when, When::Chance(1.0));
        assert_eq!(rule("m=twice:every=3").when, When::Every(3));
        assert_eq!(rule("m=twice:next").when, When::Next);
        let of_one = rule("m=delay:every=2:client=::1");
        assert_eq!(of_one.client.as_deref(), Some("::1"));
        assert_eq!(rule("m=delay:client=ana").client.as_deref(), Some("ana"));
        for (text, error) in [
            ("send_message", RuleError::Shape),
            ("=twice", RuleError::Shape),
            ("m=explode:1", RuleError::Action("explode".into())),
            ("m=twice:2", RuleError::When),
            ("m=twice:-1", RuleError::When),
            ("m=twice:NaN", RuleError::When),
            ("m=twice:x", RuleError::When),
            ("m=twice:every=0", RuleError::When),
            ("m=twice:every=x", RuleError::When),
        ] {
            assert_eq!(text.parse::<NamedRule>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_rule_counts_and_the_next_call_ends_one() {
        let lab = Lab::default();
        lab.set("m", Some(rule("m=twice:every=3"))).unwrap();
        assert_eq!(affected(&lab, "ana"), [3, 6, 9]);
        lab.set("m", Some(rule("m=twice:next"))).unwrap();
        let changes = lab.changes();
        assert_eq!(lab.rules().len(), 1);
        assert_eq!(affected(&lab, "ana"), [1]);
        assert!(lab.rules().is_empty());
        assert!(changes.has_changed().unwrap());
        lab.set("m", Some(rule("m=twice:every=2:client=bia")))
            .unwrap();
        assert!(affected(&lab, "ana").is_empty());
        assert_eq!(affected(&lab, "bia"), [2, 4, 6, 8, 10]);
    }

    #[test]
    fn a_rule_is_in_force_until_it_is_taken_back_and_for_its_method_alone() {
        let lab = Lab::default();
        let rule = |chance| Rule::new("twice", When::Chance(chance), None, None).unwrap();
        let effect = |method| lab.draw_effect(method, |_| false);
        lab.set("m", Some(rule(1.0))).unwrap();
        assert!((0..100).all(|_| effect("m").is_some()));
        assert_eq!(effect("other"), None);
        lab.set("m", Some(rule(0.0))).unwrap();
        assert!((0..100).all(|_| effect("m").is_none()));
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
