//! The search for the parameters that would have been best.

use crate::Calibration;
use crate::figures::as_float;
use crate::space::{Assignments, draw, settings, vary};
use fastrand::Rng;
use scaling::HOURS_OF_A_MONTH;
use serde::Serialize;
use simulator::{Model, Scenario, Summary, Trace, Trial};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Objective {
    /// The parameters that are given, as `Name=value`: bounds, and what the application is.
    pub given: Vec<String>,
    /// The parameters that are in force, to be compared. They may be none, which are the defaults.
    pub present: Vec<String>,
    /// The share of time that may be out of the lag objective, in percent.
    pub allowed_percent: f64,
    /// The metric of the lag, if the application publishes one.
    pub lag: Option<&'static str>,
    /// How many policies are tried.
    pub policies: usize,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// A policy that was tried, and what came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Its parameters that are not the defaults, as `Name=value`.
    pub set: Vec<String>,
    /// Dollars a month, on the days by which it was chosen.
    pub dollars: f64,
    /// The share of time out of the lag objective, in percent, on the same days.
    pub missed_percent: f64,
    /// Restarts a day.
    pub rescales_per_day: f64,
    /// What it is worth: the less the better.
    pub score: f64,
}

/// What the search has found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tuned {
    /// The parameters to put into the template.
    pub recommended: Vec<String>,
    /// The parameters that are in force.
    pub present: Vec<String>,
    /// Whether the recommended ones are better on days that were not used to choose them.
    pub is_better: bool,
    /// Every policy that was tried, on the days by which it was chosen: the best first.
    pub tried: Vec<Candidate>,
    /// The recommended, the present and the default parameters, on the other days.
    pub unseen: Vec<Compared>,
    /// The same on all days, if a restart took another time.
    pub restarts: Vec<(f64, Vec<Compared>)>,
    /// How many days were used to choose, and how many to judge.
    pub days: (f64, f64),
    /// How many days were played in all.
    pub played_days: f64,
}

/// What a policy came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// Whose it is.
    pub label: &'static str,
    /// Dollars a month.
    pub dollars_a_month: f64,
    /// What came of it.
    #[serde(flatten)]
    pub summary: Summary,
}

/// The seeds of chance under which each policy is tried, so that none is chosen for its luck.
const SEEDS: [u64; 2] = [1, 2];

/// The restart times that are swept, in seconds: little state, much, and very much.
const SWEEP: [f64; 3] = [30.0, 300.0, 1_200.0];

/// The share of the policies that are drawn freely; the others vary the best of these.
const FREE: f64 = 0.6;

/// How many of the best are varied.
const VARIED: usize = 12;

/// By how much a policy must be better to be worth a change, on the days by which it is chosen.
const MARGIN: f64 = 0.03;

/// Searches the parameters, by the rule called directly; `progress` is told how many policies were tried.
///
/// The first half of the days chooses, the second half judges. The defaults are recommended unless something is clearly better on the
/// days that choose.
#[must_use]
pub fn tune(calibration: &Calibration, objective: &Objective, progress: &(dyn Fn(usize) + Sync)) -> Tuned {
    let (seen, unseen) = halves(&calibration.trace);
    let (count, played) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let tried = Tried { calibration, objective, progress, count, played };
    let defaults = objective.given.clone();
    let present: Assignments = objective.given.iter().chain(&objective.present).cloned().collect();

    let mut rng = Rng::with_seed(objective.seed);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let free = (as_float(objective.policies) * FREE) as usize;
    let mut policies = vec![defaults.clone(), present.clone()];
    policies.extend((0..free).map(|_| draw(&mut rng, &objective.given, objective.lag)));
    let mut candidates = tried.all(&policies, &seen);
    let best: Vec<Assignments> =
        candidates.iter().take(VARIED).map(|candidate| candidate.set.clone()).collect();
    let varied: Vec<_> =
        (free..objective.policies).map(|index| vary(&mut rng, &best[index % best.len()])).collect();
    candidates.extend(tried.all(&varied, &seen));
    sort(&mut candidates);

    let by_default =
        candidates.iter().find(|candidate| candidate.set == defaults).map(|candidate| candidate.score);
    let is_worth_it =
        |candidate: &&Candidate| by_default.is_none_or(|score| candidate.score < score - MARGIN);
    let recommended =
        candidates.first().filter(is_worth_it).map_or(defaults.clone(), |best| best.set.clone());

    let compare = |trace: &Trace, model: &Model| -> Vec<Compared> {
        let policies = [("recommended", &recommended), ("present", &present), ("defaults", &defaults)];
        policies.into_iter().filter_map(|(label, policy)| tried.one(label, policy, trace, model)).collect()
    };
    let judged = compare(&unseen, &calibration.model);
    let score = |compared: &Compared| worth(objective, compared.dollars_a_month, &compared.summary);
    let is_better = match judged.as_slice() {
        [recommended, present, ..] => score(recommended) < score(present),
        _ => false,
    };
    let restarts = SWEEP.map(|seconds| {
        let model = Model { downtime_seconds: seconds, ..calibration.model.clone() };
        (seconds, compare(&calibration.trace, &model))
    });
    let days = |trace: &Trace| as_float(trace.minutes()) / 1_440.0;
    Tuned {
        recommended,
        present,
        is_better,
        tried: candidates,
        unseen: judged,
        restarts: restarts.to_vec(),
        days: (days(&seen), days(&unseen)),
        played_days: as_float(tried.played.load(Ordering::Relaxed)) / 1_440.0,
    }
}

/// The first half and the second, by whole days if there are enough.
fn halves(trace: &Trace) -> (Trace, Trace) {
    let rates = trace.records_per_second();
    let half = match rates.len() / 2 {
        half if half >= 1_440 => half / 1_440 * 1_440,
        half => half.max(1),
    };
    (
        Trace::new(trace.name(), rates[..half].to_vec()),
        Trace::new(trace.name(), rates[half.min(rates.len() - 1)..].to_vec()),
    )
}

fn sort(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|one, other| one.score.total_cmp(&other.score));
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| seen.insert(candidate.set.clone()));
}

/// What a policy is worth: its dollars a month in proportion to the smallest size, a tenth more for each point of time out of the
/// objective above what is allowed, and two hundredths for each restart a day above six. A declared convention.
fn worth(objective: &Objective, dollars: f64, summary: &Summary) -> f64 {
    let logarithm = dollars.max(1e-6).ln();
    logarithm
        + 0.1 * (summary.missed_percent - objective.allowed_percent).max(0.0)
        + 0.02 * (summary.rescales_per_day - 6.0).max(0.0)
}

fn dollars_a_month(summary: &Summary, trace: &Trace) -> f64 {
    summary.dollars / (as_float(trace.minutes()) / 60.0) * HOURS_OF_A_MONTH
}

/// How policies are tried.
struct Tried<'a> {
    calibration: &'a Calibration,
    objective: &'a Objective,
    progress: &'a (dyn Fn(usize) + Sync),
    count: AtomicUsize,
    /// The minutes that were played.
    played: AtomicUsize,
}

impl Tried<'_> {
    /// What policies come to, the best first. Those that contradict themselves are left out.
    fn all(&self, policies: &[Assignments], trace: &Trace) -> Vec<Candidate> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut trials: Vec<Trial> =
                SEEDS.iter().map(|seed| self.trial(trace, &self.calibration.model, *seed)).collect();
            let mut found = Vec::new();
            while let Some(policy) = policies.get(next.fetch_add(1, Ordering::Relaxed)) {
                found.extend(self.mean(policy, trace, &mut trials));
                (self.progress)(self.count.fetch_add(1, Ordering::Relaxed) + 1);
            }
            found
        };
        let mut candidates: Vec<Candidate> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let joined =
                workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
            joined.flatten().collect()
        });
        // Whoever was faster must not matter.
        candidates.sort_by(|one, other| one.set.cmp(&other.set));
        sort(&mut candidates);
        candidates
    }

    fn mean(&self, policy: &Assignments, trace: &Trace, trials: &mut [Trial]) -> Option<Candidate> {
        let settings = settings(policy)?;
        let count = as_float(trials.len());
        let (mut dollars, mut missed, mut rescales, mut score) = (0.0, 0.0, 0.0, 0.0);
        for trial in trials {
            let summary = trial.run(&settings);
            self.played.fetch_add(trace.minutes(), Ordering::Relaxed);
            let month = dollars_a_month(&summary, trace);
            dollars += month / count;
            missed += summary.missed_percent / count;
            rescales += summary.rescales_per_day / count;
            score += worth(self.objective, month, &summary) / count;
        }
        Some(Candidate {
            set: policy.clone(),
            dollars,
            missed_percent: missed,
            rescales_per_day: rescales,
            score,
        })
    }

    fn one(
        &self,
        label: &'static str,
        policy: &Assignments,
        trace: &Trace,
        model: &Model,
    ) -> Option<Compared> {
        let summary = self.trial(trace, model, self.objective.seed).run(&settings(policy)?);
        Some(Compared { label, dollars_a_month: dollars_a_month(&summary, trace), summary })
    }

    fn trial(&self, trace: &Trace, model: &Model, seed: u64) -> Trial {
        let bounds = settings(&self.objective.given).map_or((1, 32), |settings| settings.bounds());
        let (trace, model) = (trace.clone(), model.clone());
        Trial::new(Scenario { trace, model, bounds, seed, faults: Vec::new() })
    }
}
