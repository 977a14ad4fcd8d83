//! Searches the best parameters for a history.

use crate::Calibration;
use crate::figures::as_float;
use crate::space::{Assignments, draw, settings, vary};
use fastrand::Rng;
use jiff::SignedDuration;
use scaling::HOURS_OF_A_MONTH;
use serde::Serialize;
use simulator::{Model, Scenario, Summary, Trace, Trial};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The goal of a search.
#[derive(Debug, Clone)]
pub struct Objective {
    /// The fixed parameters, as `Name=value`: bounds, and properties of the application.
    pub given: Vec<String>,
    /// The present parameters, for the comparison. Empty means the defaults.
    pub present: Vec<String>,
    /// The allowed share of time out of the lag objective, in percent.
    pub allowed_percent: f64,
    /// The metric of the lag, if the application publishes one.
    pub lag: Option<&'static str>,
    /// The number of policies to try.
    pub policies: usize,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// A tried policy, and its result.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Its parameters that differ from the defaults, as `Name=value`.
    pub set: Vec<String>,
    /// Dollars a month, on the days of the choice.
    pub dollars: f64,
    /// The share of time out of the lag objective, in percent, on the same days.
    pub missed_percent: f64,
    /// Restarts a day.
    pub rescales_per_day: f64,
    /// The score; smaller is better.
    pub score: f64,
}

/// The result of a search.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tuned {
    /// The recommended parameters.
    pub recommended: Vec<String>,
    /// The present parameters.
    pub present: Vec<String>,
    /// Whether the recommended parameters are better than the present ones on days that were not used for the choice.
    pub is_better: bool,
    /// Every tried policy with its result on the days of the choice, the best first.
    pub tried: Vec<Candidate>,
    /// The results of the recommended, the present and the default parameters on the other days.
    pub unseen: Vec<Compared>,
    /// The same on all days, for other downtimes of a restart in seconds.
    pub restarts: Vec<(f64, Vec<Compared>)>,
    /// The number of days for the choice, and for the comparison.
    pub days: (f64, f64),
    /// The number of simulated days in total.
    pub played_days: f64,
}

/// The result of a policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// `recommended`, `present` or `defaults`.
    pub label: &'static str,
    /// Dollars a month.
    pub dollars_a_month: f64,
    /// The figures of the simulation.
    #[serde(flatten)]
    pub summary: Summary,
}

/// The seeds with which each policy is tried. More than one, so that no policy is chosen by chance.
const SEEDS: [u64; 2] = [1, 2];

/// Downtimes of a restart for the sensitivity analysis: little state, much state, and very much state.
const SWEPT_DOWNTIMES_SECONDS: [f64; 3] = [30.0, 300.0, 1_200.0];

/// The share of the policies that are drawn at random. The others vary the best of these.
const RANDOM_SHARE: f64 = 0.6;

/// The number of best policies that are varied.
const VARIED_POLICIES: usize = 12;

/// The least difference of the score to the defaults for a recommendation, on the days of the choice.
const MIN_IMPROVEMENT: f64 = 0.03;

/// Searches the parameters with direct calls of the rule. Calls `progress` with the number of tried policies.
///
/// Policies are chosen on the first half of the days and compared on the second half. The defaults are recommended unless a policy is
/// clearly better on the first half.
#[must_use]
pub fn tune(calibration: &Calibration, objective: &Objective, progress: &(dyn Fn(usize) + Sync)) -> Tuned {
    let (seen, unseen) = halves(&calibration.trace);
    let (count, played) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let tried = Trials { calibration, objective, progress, count, played };
    let defaults = objective.given.clone();
    let present: Assignments = objective.given.iter().chain(&objective.present).cloned().collect();

    let mut rng = Rng::with_seed(objective.seed);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let free = (as_float(objective.policies) * RANDOM_SHARE) as usize;
    let mut policies = vec![defaults.clone(), present.clone()];
    policies.extend((0..free).map(|_| draw(&mut rng, &objective.given, objective.lag)));
    let mut candidates = tried.all(&policies, &seen);
    let best: Vec<Assignments> =
        candidates.iter().take(VARIED_POLICIES).map(|candidate| candidate.set.clone()).collect();
    let varied: Vec<_> =
        (free..objective.policies).map(|index| vary(&mut rng, &best[index % best.len()])).collect();
    candidates.extend(tried.all(&varied, &seen));
    sort(&mut candidates);

    let by_default =
        candidates.iter().find(|candidate| candidate.set == defaults).map(|candidate| candidate.score);
    let is_clearly_better =
        |candidate: &&Candidate| by_default.is_none_or(|score| candidate.score < score - MIN_IMPROVEMENT);
    let recommended =
        candidates.first().filter(is_clearly_better).map_or(defaults.clone(), |best| best.set.clone());

    let compare = |trace: &Trace, model: &Model| -> Vec<Compared> {
        let policies = [("recommended", &recommended), ("present", &present), ("defaults", &defaults)];
        policies.into_iter().filter_map(|(label, policy)| tried.one(label, policy, trace, model)).collect()
    };
    let judged = compare(&unseen, &calibration.model);
    let score = |compared: &Compared| score_of(objective, compared.dollars_a_month, &compared.summary);
    let is_better = match judged.as_slice() {
        [recommended, present, ..] => score(recommended) < score(present),
        _ => false,
    };
    let restarts = SWEPT_DOWNTIMES_SECONDS.map(|seconds| {
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

/// Returns the two halves of a trace, by whole days if it has at least two.
fn halves(trace: &Trace) -> (Trace, Trace) {
    let rates = trace.records_per_second();
    let half = match rates.len() / 2 {
        half if half >= 1_440 => half / 1_440 * 1_440,
        half => half.max(1),
    };
    let second = half.min(rates.len() - 1);
    let minutes = SignedDuration::from_mins(i64::try_from(second).unwrap_or(0));
    let start = trace.start().and_then(|start| start.checked_add(minutes).ok());
    (
        Trace::new(trace.name(), rates[..half].to_vec()).starting_at(trace.start()),
        Trace::new(trace.name(), rates[second..].to_vec()).starting_at(start),
    )
}

fn sort(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|one, other| one.score.total_cmp(&other.score));
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| seen.insert(candidate.set.clone()));
}

/// Returns the score of a policy: the logarithm of its dollars a month, plus 0.1 for each percentage point of time out of the objective
/// above the allowed share, plus 0.02 for each restart a day above six. The weights are a convention.
fn score_of(objective: &Objective, dollars: f64, summary: &Summary) -> f64 {
    let logarithm = dollars.max(1e-6).ln();
    logarithm
        + 0.1 * (summary.missed_percent - objective.allowed_percent).max(0.0)
        + 0.02 * (summary.rescales_per_day - 6.0).max(0.0)
}

fn dollars_a_month(summary: &Summary, trace: &Trace) -> f64 {
    summary.dollars / (as_float(trace.minutes()) / 60.0) * HOURS_OF_A_MONTH
}

/// Runs the trials of policies.
struct Trials<'a> {
    calibration: &'a Calibration,
    objective: &'a Objective,
    progress: &'a (dyn Fn(usize) + Sync),
    count: AtomicUsize,
    /// The number of simulated minutes.
    played: AtomicUsize,
}

impl Trials<'_> {
    /// Runs policies, and returns their results, the best first. Policies that contradict themselves are left out.
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
        // The order must not depend on the speed of the threads.
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
            score += score_of(self.objective, month, &summary) / count;
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
