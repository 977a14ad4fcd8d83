//! The check of a learned model: the recorded sizes play the recorded load again, and the result is compared with the record.

use crate::figures::as_float;
use crate::{Calibration, History, Recorded};
use serde::Serialize;
use simulator::{ComparedPolicy, Metric, Scenario, Statistic};

/// The replay of a record by the learned model, beside the record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    /// The share of time with a lag above the objective, if the record has a lag.
    pub missed_percent: Option<Figure>,
    /// The mean CPU utilization in percent, if the record has it.
    pub cpu_percent: Option<Figure>,
    /// The differences that the model does not explain. Each lowers the confidence.
    pub contradictions: Vec<String>,
}

/// A figure of the replay and of the record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// In the replay.
    pub replayed: f64,
    /// In the record.
    pub recorded: f64,
}

/// The largest difference of the time out of the objective, in percentage points, and as a share of the larger figure. Learned models were
/// within 0.58 points in nine of ten predictions.
const MISSED_TOLERANCE: (f64, f64) = (1.0, 0.5);

/// The largest difference of the CPU in half an hour, in percentage points, on average.
const CPU_TOLERANCE: f64 = 10.0;

/// The minutes whose mean CPU is compared. Single minutes differ by noise and by the time of a restart.
const CPU_MINUTES: usize = 30;

/// Replays a record with its sizes on the learned model. `None` if the record has no size.
#[must_use]
pub fn replay(history: &History, calibration: &Calibration) -> Option<Replay> {
    let sizes = history.sizes()?;
    let steps: Vec<(usize, u32)> = sizes
        .iter()
        .enumerate()
        .filter(|(minute, kpus)| *minute == 0 || sizes[minute - 1] != **kpus)
        .map(|(minute, kpus)| (minute, *kpus))
        .collect();
    let least = sizes.iter().copied().min()?;
    let most = sizes.iter().copied().max()?;
    let model = &calibration.model;
    let scenario = Scenario {
        trace: calibration.trace.clone(),
        model: model.clone(),
        bounds: (least, most),
        seed: 1,
        faults: Vec::new(),
    };
    let run = scenario.run(&ComparedPolicy::Recorded(steps), &mut |_| ()).ok()?;
    let objective = model.lag_objective_seconds;
    let mut contradictions = Vec::new();

    let lags: Vec<Recorded> =
        history.minutes().iter().filter(|minute| minute.shown_lag().is_some()).copied().collect();
    let missed_percent = (!lags.is_empty()).then(|| {
        let missed = lags.iter().filter(|minute| minute.shown_lag() > Some(objective)).count();
        Figure {
            replayed: run.summary.missed_percent,
            recorded: 100.0 * as_float(missed) / as_float(lags.len()),
        }
    });
    if let Some(Figure { replayed, recorded }) = missed_percent {
        let (points, share) = MISSED_TOLERANCE;
        let difference = (replayed - recorded).abs();
        if difference > points && difference > share * replayed.max(recorded) {
            contradictions.push(format!(
                "the replay contradicts the record: with the recorded sizes, the lag of the model is above {objective} s for {replayed:.1} % of the time, and the recorded lag was for {recorded:.1} %"
            ));
        }
    }

    let played = run.metric(Metric::ContainerCpuUtilization, Statistic::Average);
    let pairs: Vec<Option<(f64, f64)>> = played
        .iter()
        .zip(history.minutes())
        .map(|(played, minute)| Some(((*played)?, minute.cpu?)))
        .collect();
    let means: Vec<(f64, f64)> = pairs.chunks(CPU_MINUTES).filter_map(mean).collect();
    let cpu_percent = mean(&means.iter().copied().map(Some).collect::<Vec<_>>());
    let cpu_percent = cpu_percent.map(|(replayed, recorded)| Figure { replayed, recorded });
    if let Some(Figure { replayed, recorded }) = cpu_percent {
        let off = means.iter().map(|(one, other)| (one - other).abs()).sum::<f64>() / as_float(means.len());
        if off > CPU_TOLERANCE {
            contradictions.push(format!(
                "the replay contradicts the record: the CPU of the model is {replayed:.0} %, and the recorded CPU was {recorded:.0} %; half an hour differs by {off:.0} points on average"
            ));
        }
    }
    Some(Replay { missed_percent, cpu_percent, contradictions })
}

fn mean(pairs: &[Option<(f64, f64)>]) -> Option<(f64, f64)> {
    let known: Vec<(f64, f64)> = pairs.iter().copied().flatten().collect();
    let sum = known.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let count = as_float(known.len());
    (!known.is_empty()).then(|| (sum.0 / count, sum.1 / count))
}
