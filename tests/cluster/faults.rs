//! What goes wrong, by a seed.

use std::time::Duration;

use crate::hosts::{End, HOSTS, Hosts, Part};

pub(crate) struct Plan {
    random: fastrand::Rng,
    /// The faults that are still to come at least once, before any comes again.
    coming: Vec<Fault>,
    can_cut: bool,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Kill(usize, Part),
    Stop(usize, Part),
    KillLeader,
    KillMajority,
    KillAll,
    /// A machine with everything on it.
    KillHost(usize),
    Cut(End, End),
    /// A host from both others.
    Isolate(usize),
}

impl Plan {
    pub(crate) fn new(seed: u64, can_cut: bool) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            coming: Vec::new(),
            can_cut,
        }
    }

    fn refill(&mut self) {
        let mut all = vec![Fault::KillLeader, Fault::KillMajority, Fault::KillAll];
        for index in 0..HOSTS {
            for part in [Part::Etcd, Part::Chat] {
                all.extend([Fault::Kill(index, part), Fault::Stop(index, part)]);
            }
            all.push(Fault::KillHost(index));
            if self.can_cut {
                let next = End::Host((index + 1) % HOSTS);
                all.push(Fault::Cut(End::Host(index), next));
                all.push(Fault::Cut(End::Host(index), End::Clients));
                all.push(Fault::Isolate(index));
            }
        }
        self.random.shuffle(&mut all);
        self.coming = all;
    }

    /// One fault, for a while.
    pub(crate) fn next(&mut self, hosts: &mut Hosts) {
        if self.coming.is_empty() {
            self.refill();
        }
        let Some(fault) = self.coming.pop() else {
            return;
        };
        let lasts = Duration::from_millis(self.random.u64(200..4_000));
        eprintln!("{fault:?} for {lasts:?}");
        let wait = || std::thread::sleep(lasts);
        match fault {
            Fault::Kill(index, part) => restart(hosts, &[(index, part)], wait),
            Fault::Stop(index, part) => {
                hosts.pause(index, part);
                wait();
                hosts.resume(index, part);
            }
            Fault::KillLeader => {
                let leader = hosts.leader().unwrap_or_default();
                restart(hosts, &[(leader, Part::Etcd)], wait);
            }
            Fault::KillMajority => {
                restart(hosts, &[(0, Part::Etcd), (1, Part::Etcd)], wait);
            }
            Fault::KillAll => {
                let all: Vec<_> = (0..HOSTS).map(|index| (index, Part::Etcd)).collect();
                restart(hosts, &all, wait);
            }
            Fault::KillHost(index) => {
                restart(hosts, &[(index, Part::Etcd), (index, Part::Chat)], wait);
            }
            Fault::Cut(one, other) => cut(hosts, &[(one, other)], wait),
            Fault::Isolate(index) => {
                let others = (1..HOSTS).map(|step| End::Host((index + step) % HOSTS));
                let links: Vec<_> = others.map(|other| (End::Host(index), other)).collect();
                cut(hosts, &links, wait);
            }
        }
        std::thread::sleep(Duration::from_millis(self.random.u64(100..2_000)));
    }
}

fn restart(hosts: &mut Hosts, parts: &[(usize, Part)], wait: impl Fn()) {
    for (index, part) in parts {
        hosts.kill(*index, *part);
    }
    wait();
    for (index, part) in parts {
        hosts.run(*index, *part);
    }
}

fn cut(hosts: &Hosts, links: &[(End, End)], wait: impl Fn()) {
    for (one, other) in links {
        hosts.link(*one, *other, false);
    }
    wait();
    for (one, other) in links {
        hosts.link(*one, *other, true);
    }
}
