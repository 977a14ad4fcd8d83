//! Interventions of users during a storm: pauses and capacity requests.

use super::MINUTES;
use crate::model::time::START;
use crate::{ParameterError, PlannedPause, PlannedRequest, Rng};
use jiff::SignedDuration;

/// Draws a pause, which a storm sometimes has.
pub(super) fn pauses(rng: &mut Rng) -> Result<Vec<PlannedPause>, ParameterError> {
    let (paused, hour) = (rng.pick(&["all", "out", "in"]), rng.below(5));
    let pause = PlannedPause::parse(&format!("{paused} {hour}:15-{}:05", hour + 1))?;
    Ok(Some(pause).filter(|_| rng.chance() < 0.2).into_iter().collect())
}

/// Draws capacity requests, which a storm sometimes has, and the parameter by which they sometimes are the only source of sizes.
pub(super) fn requests(rng: &mut Rng) -> (Vec<PlannedRequest>, Option<String>) {
    let count = if rng.chance() < 0.3 { 1 + rng.below(8) } else { 0 };
    let request = |_| {
        let minute = i64::try_from(rng.below(MINUTES)).unwrap_or(0);
        PlannedRequest {
            units: rng.pick(&[1, 2, 3, 5, 8, 12, 40]),
            at: START + SignedDuration::from_mins(minute),
        }
    };
    let requests = (0..count).map(request).collect();
    (requests, (rng.chance() < 0.1).then(|| "ApplicationAutoScaling=on".to_owned()))
}
