//! What is measured in a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::settings::Settings;

/// How often the servers were killed and started again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restarts {
    pub(crate) binder: u32,
    pub(crate) chat: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// How long each answer took, in microseconds, by method.
    pub(crate) answers: BTreeMap<&'static str, Vec<u32>>,
    pub(crate) refused: usize,
    pub(crate) repeated: usize,
    pub(crate) broken: usize,
    pub(crate) disconnected: usize,
    pub(crate) visits: usize,
    pub(crate) noise: usize,
}

impl Measured {
    pub(crate) fn answered(&mut self, method: &'static str, after: Duration) {
        let microseconds = u32::try_from(after.as_micros()).unwrap_or(u32::MAX);
        self.answers.entry(method).or_default().push(microseconds);
    }
}

#[derive(Debug)]
pub(crate) struct Figures {
    settings: Settings,
    restarts: Restarts,
    pub(crate) acknowledged: usize,
    /// Of those, for one client alone.
    pub(crate) private: usize,
    /// Shown, all clients together.
    pub(crate) seen: usize,
    /// The most memory that the chat server has had at one time, in mebibytes, where the system reports it.
    pub(crate) peak_memory: Option<u64>,
    measured: Measured,
}

impl Figures {
    pub(crate) fn new(settings: Settings, restarts: Restarts) -> Self {
        Self {
            settings,
            restarts,
            acknowledged: 0,
            private: 0,
            seen: 0,
            peak_memory: None,
            measured: Measured::default(),
        }
    }

    pub(crate) fn add(&mut self, one: Measured) {
        let all = &mut self.measured;
        for (method, mut taken) in one.answers {
            all.answers.entry(method).or_default().append(&mut taken);
        }
        all.refused += one.refused;
        all.repeated += one.repeated;
        all.broken += one.broken;
        all.disconnected += one.disconnected;
        all.visits += one.visits;
        all.noise += one.noise;
    }

    /// How many times each kind of trouble happened, to be sure that it did.
    pub(crate) fn troubles(&self) -> [(&'static str, usize); 7] {
        let all = &self.measured;
        [
            ("restarts of the binder", self.restarts.binder as usize),
            ("restarts of the chat server", self.restarts.chat as usize),
            ("sends broken off", all.broken),
            ("clients vanished", all.disconnected),
            ("visits", all.visits),
            ("noise", all.noise),
            ("sends refused", all.refused),
        ]
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings {
            time,
            clients,
            seed,
            pause,
        } = self.settings;
        let calls: usize = self.measured.answers.values().map(Vec::len).sum();
        writeln!(
            formatter,
            "{clients} clients for {time:?} (seed {seed}, pause {pause:?}): {calls} calls answered"
        )?;
        writeln!(
            formatter,
            "{} messages acknowledged, {} of them private; shown {} times, each once and in one order",
            self.acknowledged, self.private, self.seen
        )?;
        for (trouble, count) in self.troubles() {
            writeln!(formatter, "{trouble}: {count}")?;
        }
        writeln!(formatter, "calls repeated: {}", self.measured.repeated)?;
        if let Some(peak) = self.peak_memory {
            writeln!(formatter, "memory of the chat server: {peak} MiB at most")?;
        }
        writeln!(
            formatter,
            "{:<24}{:>10}{:>10}{:>10}{:>10}",
            "answered in ms", "calls", "median", "99 %", "slowest"
        )?;
        for (method, taken) in &self.measured.answers {
            let mut taken = taken.clone();
            taken.sort_unstable();
            let at = |part: usize| {
                let place = (taken.len() * part / 100).min(taken.len().saturating_sub(1));
                f64::from(taken.get(place).copied().unwrap_or_default()) / 1_000.0
            };
            writeln!(
                formatter,
                "{method:<24}{:>10}{:>10.2}{:>10.2}{:>10.2}",
                taken.len(),
                at(50),
                at(99),
                at(100)
            )?;
        }
        Ok(())
    }
}
