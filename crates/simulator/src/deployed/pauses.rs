//! Pauses during a run, which a user sets by a tag of the resource.

use crate::deployed::parameters::{ParameterError, refuse};
use crate::model::time::START;
use jiff::{SignedDuration, Timestamp};
use scaling::Direction;
use tasks::Pause;

/// A pause that a user sets at a time of the scenario, with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPause {
    /// When the tag is set.
    from: Timestamp,
    /// The end that the tag states.
    until: Timestamp,
    /// The paused direction, or none for both.
    direction: Option<Direction>,
}

impl PlannedPause {
    /// Parses a direction and a span in hours and minutes from the start, such as `in 8:00-10:30`.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let refused = || {
            ParameterError(format!(
                "the pause '{text}' is not a direction and a span since the start; write it as 'in 8:00-10:30', with all, out or in as the direction"
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

    /// Moves it from the start of a run without a calendar to another start.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Self {
        let moved = |time: Timestamp| moved(time, start);
        Self { from: moved(self.from), until: moved(self.until), ..self }
    }

    /// The pause that the tag states at a time, if the tag is set.
    pub(crate) fn at(self, now: Timestamp) -> Option<Pause> {
        let pause = Pause { direction: self.direction, until: Some(self.until) };
        (self.from <= now && now < self.until).then_some(pause)
    }

    /// The paused directions: `all`, `out` or `in`.
    #[must_use]
    pub fn what(&self) -> String {
        Pause { direction: self.direction, until: None }.to_string()
    }

    /// Its start and its end.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.from, self.until)
    }
}

/// A time of a run without a calendar as a time of a run with another start.
pub(crate) fn moved(time: Timestamp, start: Timestamp) -> Timestamp {
    start.checked_add(time.duration_since(START)).unwrap_or(Timestamp::MAX)
}

/// The time that is some hours and minutes after the start, such as `1:30`.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let (hours, minutes) = text.split_once(':')?;
    let number =
        |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    START.checked_add(SignedDuration::from_mins(i64::from(hours) * 60 + i64::from(minutes))).ok()
}
