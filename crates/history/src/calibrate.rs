//! Learns a model of the application from a history: capacity per KPU, CPU under load, and downtime of a restart.

use crate::figures::{as_float, line, median};
use crate::observed::{Sized, has_backlog, saturated, sized, without_backlog};
use crate::restarts::{learn_restart, restarts};
use crate::{Calibration, CapacityBasis, History, KnownFigures, Recorded};
use scaling::quantile;
use simulator::{Model, Trace};
use std::collections::BTreeMap;

/// The least number of values from which a figure is learned.
const MIN_SAMPLES: usize = 10;

/// The largest mean number of minutes between known sizes with high confidence.
const MAX_MINUTES_PER_SIZE: usize = 15;

/// The largest difference between a known and a learned capacity with high confidence, as a share of the known one.
const LARGEST_DIFFERENCE: f64 = 0.25;

/// The largest share of minutes without a load with high confidence.
const MAX_MISSING_LOAD: f64 = 0.1;

/// Learns a model of the application from a history.
///
/// While records waited, the throughput *was* the capacity. The growth of the capacity with the KPUs follows from the fall of the CPU.
/// The form is the model's: `n` KPUs have the capacity of `n / (1 + contention (n - 1))` single ones.
///
/// # Errors
/// If the history has no size and the capacity of a KPU is not known, or if the history has neither a load nor a CPU from which the load can
/// be rebuilt.
pub fn calibrate(history: &History, known: &KnownFigures) -> Result<Calibration, String> {
    if history.sizes().is_none()
        && let (Some(trace), Some(records_per_kpu)) = (history.trace(), known.records_per_kpu)
    {
        return Ok(of_a_load_alone(trace, records_per_kpu, known));
    }
    let mut uncertain = Vec::new();
    let rebuilt;
    let has_load = history.minutes().iter().any(|minute| minute.load.is_some());
    let history = if has_load {
        history
    } else {
        rebuilt = from_cpu(history)?;
        uncertain.push(
            "the history has no load: it was rebuilt from CPU and KPUs, which do not show a backlog; import IncomingRecords as well".to_owned(),
        );
        &rebuilt
    };
    let trace =
        history.trace().ok_or("the history has no load, and no CPU from which it could be rebuilt")?;
    let minutes = sized(history)?;
    let sizes = history.minutes().iter().filter(|minute| minute.kpus.is_some()).count();
    if sizes * MAX_MINUTES_PER_SIZE < minutes.len() {
        uncertain.push(format!(
            "the history has the KPUs in only {sizes} of {} minutes, and they may have changed in between; import Kpus, which the autoscaler writes at every check",
            minutes.len()
        ));
    }
    let missing = history.minutes().iter().filter(|minute| minute.load.is_none()).count();
    if as_float(missing) > MAX_MISSING_LOAD * as_float(minutes.len()) {
        uncertain.push(format!(
            "the load of {missing} of {} minutes is missing and was interpolated",
            minutes.len()
        ));
    }

    let mut model = Model::default();
    let saturated = saturated(&minutes, &trace);
    let cpu = cpu_of(&without_backlog(&minutes));
    // A load that was rebuilt from the CPU shows no capacity.
    let (knows_full_load, capacity_basis) = if has_load {
        learn_capacity(&mut model, &saturated, &cpu, &minutes, known, &mut uncertain)
    } else {
        (false, CapacityBasis::Cpu)
    };
    let restarts = restarts(&minutes);
    let known_downtimes = learn_restart(&mut model, &restarts, known.downtime_seconds, &mut uncertain);
    let (saturated_minutes, restarts) = (saturated.len(), restarts.len());
    Ok(Calibration {
        model,
        uncertain,
        trace,
        saturated_minutes,
        restarts,
        known_downtimes,
        capacity_basis,
        knows_full_load,
    })
}

/// Returns the model of an application with a known load and a known capacity of a KPU.
fn of_a_load_alone(trace: Trace, records_per_kpu: f64, known: &KnownFigures) -> Calibration {
    let mut model = Model { records_per_kpu, ..Model::default() };
    let mut uncertain = vec![format!(
        "the history has a load alone: a CPU of {:.0} % at full load, and a little less capacity for each further KPU are assumed",
        model.saturated_cpu
    )];
    learn_restart(&mut model, &[], known.downtime_seconds, &mut uncertain);
    Calibration {
        model,
        uncertain,
        trace,
        saturated_minutes: 0,
        restarts: 0,
        known_downtimes: 0,
        capacity_basis: CapacityBasis::Given,
        knows_full_load: false,
    }
}

/// The relation of CPU and load: the CPU without load, and for each size its rise with a record per second, with the number of minutes.
#[derive(Debug, Default)]
struct Cpu {
    idle: Option<f64>,
    rises: BTreeMap<u32, (f64, f64)>,
}

fn cpu_of(minutes: &[(u32, f64, f64)]) -> Cpu {
    let mut sizes: BTreeMap<u32, Vec<(f64, f64, f64)>> = BTreeMap::new();
    for (kpus, load, cpu) in minutes {
        sizes.entry(*kpus).or_default().push((*load, *cpu, 1.0));
    }
    sizes.retain(|_, points| points.len() >= MIN_SAMPLES);
    let lines: Vec<_> =
        sizes.values().filter_map(|points| Some((line(points)?, as_float(points.len())))).collect();
    let weight: f64 = lines.iter().map(|(_, weight)| weight).sum();
    // Each size has an estimate of the idle CPU, with its minutes as the weight.
    let idle = lines.iter().map(|((idle, _), weight)| idle * weight).sum::<f64>() / weight;
    let idle = Some(idle).filter(|idle| idle.is_finite()).map(|idle| idle.clamp(0.0, 30.0));
    // A constant load has no slope, and so no estimate of the idle CPU.
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

/// Learns the capacity of a KPU and its growth with further KPUs. Returns whether the CPU at full load was learned, and the source of the
/// capacity.
fn learn_capacity(
    model: &mut Model,
    saturated: &[(u32, f64)],
    cpu: &Cpu,
    minutes: &[Sized],
    known: &KnownFigures,
    uncertain: &mut Vec<String>,
) -> (bool, CapacityBasis) {
    match cpu.idle {
        Some(idle) => model.idle_cpu = idle,
        None => uncertain
            .push(format!("the CPU without load could not be learned: {:.0} % is assumed", model.idle_cpu)),
    }
    // The CPU at full load is the CPU while records waited, including the warm-up.
    let waiting = minutes.windows(2).filter(|pair| pair.iter().all(|minute| has_backlog(&minute.recorded)));
    let waiting: Vec<f64> = waiting.filter_map(|pair| pair[1].recorded.cpu).collect();
    let knows_saturated_cpu = waiting.len() >= MIN_SAMPLES;
    if knows_saturated_cpu {
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
        None => uncertain.push("the capacity of further KPUs could not be learned, because the history has too few sizes: a little less than the capacity of the first KPU is assumed".to_owned()),
    }
    let flat: f64 = shape.iter().map(|(_, y, weight)| y * weight).sum::<f64>()
        / shape.iter().map(|(.., weight)| weight).sum::<f64>();
    let by_cpu = by_cpu.map_or(flat, |(start, _)| start);
    let mut assumed = Vec::new();
    let source = learn_records_per_kpu(model, saturated, by_cpu, minutes, &mut assumed);
    if !knows_saturated_cpu && saturated.len() < MIN_SAMPLES {
        assumed.insert(0, format!(
            "records waited in only {} minutes, so the capacity of a KPU is extrapolated from the CPU, with {:.0} % as full load",
            saturated.len(),
            model.saturated_cpu
        ));
    }
    let Some(records) = known.records_per_kpu else {
        uncertain.append(&mut assumed);
        return (knows_saturated_cpu, source);
    };
    let learned = std::mem::replace(&mut model.records_per_kpu, records);
    if assumed.is_empty() && (learned / records - 1.0).abs() > LARGEST_DIFFERENCE {
        uncertain.push(format!(
            "--records-per-kpu is {records}, and the history shows {learned:.0} records a second for one KPU; check which of both holds"
        ));
    }
    (knows_saturated_cpu, CapacityBasis::Given)
}

/// Learns the capacity of one KPU: from the throughput of minutes with a backlog, else from the CPU. `by_cpu` is the share of a KPU that a record
/// per second keeps busy.
fn learn_records_per_kpu(
    model: &mut Model,
    saturated: &[(u32, f64)],
    by_cpu: f64,
    minutes: &[Sized],
    assumed: &mut Vec<String>,
) -> CapacityBasis {
    let per_kpu =
        |kpus: u32, rate: f64| rate * (1.0 + model.contention * f64::from(kpus - 1)) / f64::from(kpus);
    let mut by_lag: Vec<f64> = saturated.iter().map(|(kpus, rate)| per_kpu(*kpus, *rate)).collect();
    if by_lag.len() >= MIN_SAMPLES {
        let spread = quantile(&mut by_lag, 0.84).zip(quantile(&mut by_lag, 0.16));
        model.records_per_kpu = median(by_lag).unwrap_or(model.records_per_kpu);
        if let Some((upper, lower)) = spread {
            model.capacity_noise = ((upper - lower) / 2.0 / model.records_per_kpu).clamp(0.0, 0.1);
        }
        CapacityBasis::Backlog
    } else if by_cpu.is_finite() && by_cpu > 0.0 {
        model.records_per_kpu = 1.0 / by_cpu;
        CapacityBasis::Cpu
    } else {
        // The only knowledge is that the application kept up.
        let kept_up =
            minutes.iter().filter_map(|minute| Some(minute.recorded.load? / f64::from(minute.kpus)));
        model.records_per_kpu = kept_up.fold(1e-3, f64::max);
        assumed.push(
            "the history has no CPU either: the largest observed throughput of a KPU is assumed as its capacity".to_owned(),
        );
        CapacityBasis::KeptUp
    }
}

/// Returns the history with a load in proportion to the CPU and the KPUs.
fn from_cpu(history: &History) -> Result<History, String> {
    let model = Model::default();
    let minutes = sized(history)?;
    if minutes.iter().all(|minute| minute.recorded.cpu.is_none()) {
        return Err(
            "the history has no load, and no CPU from which it could be rebuilt; import IncomingRecords"
                .to_owned(),
        );
    }
    let load = |minute: &Sized| {
        let busy = (minute.recorded.cpu? - model.idle_cpu) / (model.saturated_cpu - model.idle_cpu);
        Some(busy.clamp(0.0, 1.0) * model.capacity(minute.kpus))
    };
    let minutes = minutes.iter().map(|minute| Recorded { load: load(minute), ..minute.recorded });
    Ok(History::new(history.name(), history.start(), minutes.collect()))
}
