//! What people do meanwhile: they pause the autoscaler, and wish for sizes.

use super::MINUTES;
use crate::application::START;
use crate::{Dice, ParameterError, PlannedPause, PlannedWish};
use jiff::SignedDuration;

/// Sometimes somebody pauses it.
pub(super) fn pauses(dice: &mut Dice) -> Result<Vec<PlannedPause>, ParameterError> {
    let (what, hour) = (dice.pick(&["all", "out", "in"]), dice.below(5));
    let pause = PlannedPause::parse(&format!("{what} {hour}:15-{}:05", hour + 1))?;
    Ok(Some(pause).filter(|_| dice.chance() < 0.2).into_iter().collect())
}

/// Sometimes somebody wishes for sizes, and sometimes for all of them.
pub(super) fn wishes(dice: &mut Dice) -> (Vec<PlannedWish>, Option<String>) {
    let count = if dice.chance() < 0.3 { 1 + dice.below(8) } else { 0 };
    let wish = |_| {
        let minute = i64::try_from(dice.below(MINUTES)).unwrap_or(0);
        PlannedWish {
            units: dice.pick(&[1, 2, 3, 5, 8, 12, 40]),
            at: START + SignedDuration::from_mins(minute),
        }
    };
    let wishes = (0..count).map(wish).collect();
    (wishes, (dice.chance() < 0.1).then(|| "ApplicationAutoScaling=on".to_owned()))
}
