//! What people do meanwhile: they pause the autoscaler by its tag.

use crate::deployed::parameters::{ParameterError, refuse};
use crate::model::time::START;
use jiff::{SignedDuration, Timestamp};
use scaling::Direction;
use tasks::Pause;

/// A pause that somebody sets and that ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPause {
    /// When the tag is set.
    from: Timestamp,
    /// When it ends, as the tag says.
    until: Timestamp,
    /// What is paused; both directions, if there is none.
    direction: Option<Direction>,
}

impl PlannedPause {
    /// Understands `in 8:00-10:30`: what is paused, and from when to when, in hours and minutes since the start.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let refused = || {
            ParameterError(format!(
                "a pause takes all, out or in, and from when to when in hours and minutes since the start, such as 'in 8:00-10:30', not '{text}'"
            ))
        };
        let (what, times) = text.split_once(' ').ok_or_else(refused)?;
        let (from, until) = times.split_once('-').ok_or_else(refused)?;
        let pause = Pause::parse(what).map_err(|_| refused())?;
        let (from, until) = (moment(from).ok_or_else(refused)?, moment(until).ok_or_else(refused)?);
        if from >= until {
            return refuse(format!("the pause '{text}' ends before it begins; exchange its times"));
        }
        Ok(Self { from, until, direction: pause.direction })
    }

    /// What the tag says at a moment, if it is set.
    pub(crate) fn at(self, now: Timestamp) -> Option<Pause> {
        let pause = Pause { direction: self.direction, until: Some(self.until) };
        (self.from <= now && now < self.until).then_some(pause)
    }

    /// What is paused: `all`, `out` or `in`.
    #[must_use]
    pub fn what(&self) -> String {
        Pause { direction: self.direction, until: None }.to_string()
    }

    /// From when to when it lasts.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.from, self.until)
    }
}

/// So many hours and minutes after the start.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let (hours, minutes) = text.split_once(':')?;
    let number =
        |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    START.checked_add(SignedDuration::from_mins(i64::from(hours) * 60 + i64::from(minutes))).ok()
}
