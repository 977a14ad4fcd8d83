//! A wish for a size, as `check` finds it.

use crate::every_alarm::EveryAlarm;
use crate::evidence::Evidence;
use crate::payload::{CheckAnswer, CheckVerdict};
use crate::{Alarms, Policy, ResourceDescription, ResourceStatus, TaskError};
use scaling::{Direction, Units};

/// What there is to answer to a wish; nothing, if bounds that lie another way go before it.
pub(crate) async fn wished(
    wish: Units,
    direction_into_bounds: Option<Direction>,
    description: &ResourceDescription,
    policy: &Policy,
    quiet: &CheckAnswer,
    all: &EveryAlarm<'_, impl Alarms>,
) -> Result<Option<CheckAnswer>, TaskError> {
    let has = description.size().units;
    let words = policy.scaling.unit.words(wish);
    let direction = Direction::between(has, wish);
    if direction_into_bounds.is_some() && direction_into_bounds != direction {
        return Ok(None);
    }
    let Some(direction) = direction else {
        let changing = match description.status {
            ResourceStatus::Changing(_) | ResourceStatus::RollingBack => ", and is being changed",
            _ => "",
        };
        let why = format!("it has the {words} that are wished for{changing}");
        return Ok(Some(CheckAnswer { why, ..quiet.clone() }));
    };
    let why = format!("{words} are wished for, and it has {}", has.count());
    let (breaches, backlog) = match direction {
        Direction::Out => (all.ask_for_more().await?.breaches(), None),
        Direction::In => (Vec::new(), all.backlog().await?),
    };
    Ok(Some(CheckAnswer {
        verdict: CheckVerdict::CapacityRequested,
        direction: Some(direction),
        wish: Some(wish),
        // What rings as well may lift a guard, as a lag does.
        breaches,
        // Should it have to go in after all, for its bounds have moved meanwhile, then it was to have more.
        backlog: direction == Direction::Out || backlog.is_some(),
        why: backlog.map_or(why.clone(), |backlog| format!("{why}; {backlog}")),
        ..quiet.clone()
    }))
}

impl Evidence {
    /// How far what rings is beyond its threshold.
    fn breaches(self) -> Vec<scaling::Breach> {
        match self {
            Self::Breaching(_, breaches) => breaches,
            Self::Unproven(..) | Self::Silent(_) => Vec::new(),
        }
    }
}
