//! What a history tells of the application: how much a KPU processes, how busy it looks, how long it is down.

use crate::figures::{as_float, line, median};
use crate::observed::{Sized, WAITING, calm, saturated, sized};
use crate::restarts::{learn_restart, restarts};
use crate::{History, Recorded};
use scaling::quantile;
use serde::Serialize;
use simulator::{Model, Trace};
use std::collections::BTreeMap;

/// The application as it was learned, and how sure that is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calibration {
    /// How the application behaves.
    pub model: Model,
    /// What could not be learned, each with what was assumed instead. If there is anything, the confidence is low.
    pub doubts: Vec<String>,
    /// The load, to be played again.
    #[serde(skip)]
    pub trace: Trace,
    /// How many minutes told the capacity, because records waited all the while.
    pub saturated_minutes: usize,
    /// How many restarts told how long it is down.
    pub restarts: usize,
}

/// How many values tell something.
const ENOUGH: usize = 10;

/// The size should be known at least once in so many minutes.
const FEW_SIZES: usize = 15;

/// The share of the minutes that may lack a load.
const GAPS: f64 = 0.1;

/// Learns from a history how the application behaves.
///
/// While records waited, what was processed *was* the capacity; how the capacity grows with the KPUs is seen in how the CPU falls. The
/// form is that of the model: `n` KPUs work like `n / (1 + contention (n - 1))`.
///
/// # Errors
/// If the history has neither a load nor a CPU from which it could be rebuilt, or no size.
pub fn calibrate(history: &History) -> Result<Calibration, String> {
    let mut doubts = Vec::new();
    let rebuilt;
    let has_load = history.minutes().iter().any(|minute| minute.load.is_some());
    let history = if has_load {
        history
    } else {
        rebuilt = from_cpu(history)?;
        doubts.push(
            "there is no load in the history: it was rebuilt from CPU and KPUs, in which nothing shows that waited; have IncomingRecords imported as well".to_owned(),
        );
        &rebuilt
    };
    let trace = history.trace().ok_or("the history has no load, and no CPU of which it could be rebuilt")?;
    let minutes = sized(history)?;
    let sizes = history.minutes().iter().filter(|minute| minute.kpus.is_some()).count();
    if sizes * FEW_SIZES < minutes.len() {
        doubts.push(format!(
            "the KPUs are known in {sizes} of {} minutes only, and may have changed in between; import Kpus, which this autoscaler writes at every look",
            minutes.len()
        ));
    }
    let missing = history.minutes().iter().filter(|minute| minute.load.is_none()).count();
    if as_float(missing) > GAPS * as_float(minutes.len()) {
        doubts
            .push(format!("the load of {missing} of {} minutes is missing and was filled in", minutes.len()));
    }

    let mut model = Model::default();
    let saturated = saturated(&minutes, &trace);
    if has_load {
        let cpu = cpu_of(&calm(&minutes));
        learn_capacity(&mut model, &saturated, &cpu, &minutes, &mut doubts);
    }
    let restarts = restarts(&minutes);
    learn_restart(&mut model, &restarts, &mut doubts);
    Ok(Calibration { model, doubts, trace, saturated_minutes: saturated.len(), restarts: restarts.len() })
}

/// How the CPU follows the load at each size: what it is without any, and by how much it rises with a record per second; and how
/// many minutes say so.
#[derive(Debug, Default)]
struct Cpu {
    idle: Option<f64>,
    rises: BTreeMap<u32, (f64, f64)>,
}

fn cpu_of(calm: &[(u32, f64, f64)]) -> Cpu {
    let mut sizes: BTreeMap<u32, Vec<(f64, f64, f64)>> = BTreeMap::new();
    for (kpus, load, cpu) in calm {
        sizes.entry(*kpus).or_default().push((*load, *cpu, 1.0));
    }
    sizes.retain(|_, points| points.len() >= ENOUGH);
    let lines: Vec<_> =
        sizes.values().filter_map(|points| Some((line(points)?, as_float(points.len())))).collect();
    let weight: f64 = lines.iter().map(|(_, weight)| weight).sum();
    // Each size tells what an idle job shows; the minutes decide how much it counts.
    let idle = lines.iter().map(|((idle, _), weight)| idle * weight).sum::<f64>() / weight;
    let idle = Some(idle).filter(|idle| idle.is_finite()).map(|idle| idle.clamp(0.0, 30.0));
    // A load that never varies does not tell.
    let at_rest = idle.unwrap_or(Model::default().idle_cpu);
    let rise = |(kpus, points): (&u32, &Vec<(f64, f64, f64)>)| {
        let (load, cpu): (f64, f64) =
            points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        let count = as_float(points.len());
        let rise = (cpu / count - at_rest) / (load / count);
        (rise.is_finite() && rise > 0.0).then_some((*kpus, (rise, count)))
    };
    Cpu { idle, rises: sizes.iter().filter_map(rise).collect() }
}

fn learn_capacity(
    model: &mut Model,
    saturated: &[(u32, f64)],
    cpu: &Cpu,
    minutes: &[Sized],
    doubts: &mut Vec<String>,
) {
    match cpu.idle {
        Some(idle) => model.idle_cpu = idle,
        None => doubts.push(format!(
            "what the CPU is without any load is not known: {:.0} % is assumed",
            model.idle_cpu
        )),
    }
    // The busiest that it can be is what it was while records waited, even while it warmed up.
    let waiting =
        minutes.windows(2).filter(|pair| pair.iter().all(|minute| minute.recorded.lag > Some(WAITING)));
    let waiting: Vec<f64> = waiting.filter_map(|pair| pair[1].recorded.cpu).collect();
    let knows_ceiling = waiting.len() >= ENOUGH;
    if knows_ceiling {
        model.saturated_cpu =
            median(waiting).unwrap_or(model.saturated_cpu).clamp(model.idle_cpu + 5.0, 100.0);
    }
    let span = model.saturated_cpu - model.idle_cpu;
    // The CPU rises by span / capacity, so that n / capacity = (1 + contention (n - 1)) / records a KPU is a line.
    let shape: Vec<(f64, f64, f64)> = cpu
        .rises
        .iter()
        .map(|(kpus, (rise, count))| (f64::from(kpus - 1), f64::from(*kpus) * rise / span, *count))
        .collect();
    let by_cpu = line(&shape).filter(|(start, _)| *start > 0.0);
    match by_cpu {
        Some((start, slope)) => model.contention = (slope / start).clamp(0.0, 0.05),
        None => doubts.push("how much less each further KPU brings is not known, for it had too few sizes: a little less is assumed".to_owned()),
    }
    let per_kpu =
        |kpus: u32, rate: f64| rate * (1.0 + model.contention * f64::from(kpus - 1)) / f64::from(kpus);
    let mut by_lag: Vec<f64> = saturated.iter().map(|(kpus, rate)| per_kpu(*kpus, *rate)).collect();
    if by_lag.len() >= ENOUGH {
        let spread = quantile(&mut by_lag, 0.84).zip(quantile(&mut by_lag, 0.16));
        model.records_per_kpu = median(by_lag).unwrap_or(model.records_per_kpu);
        if let Some((upper, lower)) = spread {
            model.capacity_noise = ((upper - lower) / 2.0 / model.records_per_kpu).clamp(0.0, 0.1);
        }
        return;
    }
    if !knows_ceiling {
        doubts.push(format!(
            "records waited in only {} minutes, so that the most that a KPU processes is extrapolated from the CPU, of which {:.0} % count as all",
            by_lag.len(),
            model.saturated_cpu
        ));
    }
    let flat: f64 = shape.iter().map(|(_, y, weight)| y * weight).sum::<f64>()
        / shape.iter().map(|(.., weight)| weight).sum::<f64>();
    if let Some((start, _)) = by_cpu {
        model.records_per_kpu = 1.0 / start;
    } else if flat.is_finite() && flat > 0.0 {
        model.records_per_kpu = 1.0 / flat;
    } else {
        // Nothing but that it kept up.
        let kept_up =
            minutes.iter().filter_map(|minute| Some(minute.recorded.load? / f64::from(minute.kpus)));
        model.records_per_kpu = kept_up.fold(1e-3, f64::max);
        doubts.push(
            "there is no CPU either: a KPU is taken to process the most that one was seen to".to_owned(),
        );
    }
}

/// A history whose load is as large as the CPU of its KPUs was busy.
fn from_cpu(history: &History) -> Result<History, String> {
    let model = Model::default();
    let minutes = sized(history)?;
    if minutes.iter().all(|minute| minute.recorded.cpu.is_none()) {
        return Err(
            "the history has no load, and no CPU of which it could be rebuilt; import IncomingRecords"
                .to_owned(),
        );
    }
    let load = |minute: &Sized| {
        let busy = (minute.recorded.cpu? - model.idle_cpu) / (model.saturated_cpu - model.idle_cpu);
        Some(busy.clamp(0.0, 1.0) * model.capacity(minute.kpus))
    };
    let minutes = minutes.iter().map(|minute| Recorded { load: load(minute), ..minute.recorded });
    Ok(History::new(history.name(), minutes.collect()))
}
