//! The stream of a storm. A storm sometimes has one, and scales it.

use super::{MINUTES, interventions};
use crate::{Fault, Model, ParameterError, Parameters, Rng, Scaled, Settings};

/// The faults of a stream. Faults of versions, snapshots and stops belong to applications alone.
const FAULTS: [Fault; 19] = [
    Fault::Throttle,
    Fault::ServerError,
    Fault::LostAnswer,
    Fault::ResourceInUse,
    Fault::AbortedUpdate,
    Fault::StuckUpdate,
    Fault::ForeignScaling,
    Fault::Delete,
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::EventLost,
    Fault::EventLate,
    Fault::EventDoubled,
    Fault::EventReordered,
    Fault::AlarmFlap,
    Fault::MetricGap,
    Fault::MetricLate,
    Fault::MetricPartial,
    Fault::ClockSkew,
];

/// Draws the stream of a seed, if its storm has one, and the parameters that are not the defaults.
pub(super) fn stream(seed: u64) -> Result<Option<(Scaled, Vec<String>)>, ParameterError> {
    let rng = &mut Rng::new(seed, 11);
    if rng.chance() > 0.3 {
        return Ok(None);
    }
    let mut set = parameters(rng);
    let (requests, source) = interventions::requests(&mut Rng::new(seed, 13));
    set.extend(source);
    let mut parameters = Parameters::default();
    for assignment in &set {
        parameters.set(assignment)?;
    }
    let model = Model {
        savepoint_seconds: rng.pick(&[30.0, 120.0, 600.0]),
        ..Model::of_a_stream(rng.pick(&[500.0, 4_000.0]))
    };
    let settings = Settings::new(&parameters)?.with_requests(requests);
    Ok(Some((Scaled { model, settings, faults: faults(rng) }, set)))
}

fn parameters(rng: &mut Rng) -> Vec<String> {
    let choices: [(&str, &[&str]); 11] = [
        ("MinShards", &["2", "3"]),
        ("MaxShards", &["4", "8", "50"]),
        ("ScaleOutFactor", &["1.5", "2", "4"]),
        ("ScaleInFactor", &["1.25", "2"]),
        ("GracePeriodSeconds", &["60", "120"]),
        ("FailurePauseMinutes", &["5"]),
        ("UpdateTimeoutMinutes", &["5"]),
        ("ScaleOutDatapointsToAlarm", &["1"]),
        ("ScaleInDatapointsToAlarm", &["3"]),
        ("ThrottledThreshold", &["1000"]),
        ("Windows", &["daily 1:00-2:00 >=3; daily 4:00-4:30 blocked", "Mon 2:00-4:00 <=3"]),
    ];
    let drawn = choices.iter().filter_map(|(name, values)| {
        let value = rng.pick(values);
        (rng.chance() < 0.4).then(|| format!("{name}={value}"))
    });
    let mut set: Vec<String> = drawn.collect();
    let sizing = rng.pick(&["", "", "ScalingOperation=Steps", "ScalingOperation=Target"]);
    set.extend(Some(sizing.to_owned()).filter(|sizing| !sizing.is_empty()));
    let always = ["Target=stream", "ScaleMetric=WriteUtilization", "HeartbeatMinutes=1", "TargetValue=60"];
    set.extend(always.map(str::to_owned));
    // The windows fit the default bounds.
    if set.iter().any(|assignment| assignment.starts_with("Windows")) {
        set.retain(|assignment| !assignment.starts_with('M'));
    }
    set
}

fn faults(rng: &mut Rng) -> Vec<(usize, Fault)> {
    let mut faults = Vec::new();
    for _ in 0..rng.below(16) {
        let fault = rng.pick(&FAULTS);
        let minute = rng.below(MINUTES);
        if fault != Fault::Delete || rng.chance() < 0.1 {
            faults.push((minute, fault));
        }
    }
    faults.sort_unstable();
    faults
}
