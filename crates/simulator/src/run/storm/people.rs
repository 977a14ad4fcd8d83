//! What people do meanwhile: they pause the autoscaler, and wish for sizes.

use super::MINUTES;
use crate::model::time::START;
use crate::{ParameterError, PlannedPause, PlannedRequest, Rng};
use jiff::SignedDuration;

/// Sometimes somebody pauses it.
pub(super) fn pauses(rng: &mut Rng) -> Result<Vec<PlannedPause>, ParameterError> {
    let (what, hour) = (rng.pick(&["all", "out", "in"]), rng.below(5));
    let pause = PlannedPause::parse(&format!("{what} {hour}:15-{}:05", hour + 1))?;
    Ok(Some(pause).filter(|_| rng.chance() < 0.2).into_iter().collect())
}

/// Sometimes somebody wishes for sizes, and sometimes for all of them.
pub(super) fn wishes(rng: &mut Rng) -> (Vec<PlannedRequest>, Option<String>) {
    let count = if rng.chance() < 0.3 { 1 + rng.below(8) } else { 0 };
    let wish = |_| {
        let minute = i64::try_from(rng.below(MINUTES)).unwrap_or(0);
        PlannedRequest {
            units: rng.pick(&[1, 2, 3, 5, 8, 12, 40]),
            at: START + SignedDuration::from_mins(minute),
        }
    };
    let wishes = (0..count).map(wish).collect();
    (wishes, (rng.chance() < 0.1).then(|| "ApplicationAutoScaling=on".to_owned()))
}
