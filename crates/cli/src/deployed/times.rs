//! Times as a user reads and writes them: in the user's zone.

use crate::Failure;
use crate::arguments::ZoneArguments;
use crate::import::zone_named;
use deployment::past_time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How long Step Functions keeps a finished execution, in days.
const EXECUTIONS_KEPT_DAYS: i64 = 90;

/// The present time and the user's zone.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

impl Clock {
    /// Returns the clock for the zone in the arguments, or for the zone of this machine. Without one, the zone is UTC.
    pub(crate) fn new(arguments: &ZoneArguments, now: Timestamp) -> Result<Self, Failure> {
        let zone = match &arguments.zone {
            Some(name) => zone_named(name)?,
            None => TimeZone::try_system().unwrap_or(TimeZone::UTC),
        };
        Ok(Self { now, zone })
    }

    /// Reads a past time: an instant, a local time, a local time of day, or a duration before now.
    pub(crate) fn past(&self, option: &str, text: &str) -> Result<Timestamp, Failure> {
        let time = past_time(text, self.now, &self.zone).ok_or_else(|| {
            Failure::Input(format!(
                "{option} '{text}' is not a time; write it as 02:00, '2026-11-28 02:00', 2026-11-28T02:00:00Z or 12h"
            ))
        })?;
        let kept = SignedDuration::from_hours(24 * EXECUTIONS_KEPT_DAYS);
        if time > self.now {
            let local = self.moment(time);
            return Err(Failure::Input(format!(
                "{option} is {local}, which is in the future; give a past time"
            )));
        }
        if self.now.duration_since(time) > kept {
            let local = self.moment(time);
            return Err(Failure::Input(format!(
                "{option} is {local}, and Step Functions keeps executions for {EXECUTIONS_KEPT_DAYS} days; give a later time, or query the log as in docs/how-to/find-out-why-it-did-not-scale.md"
            )));
        }
        Ok(time)
    }

    /// Formats a time with its date.
    pub(crate) fn moment(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%F %H:%M").to_string()
    }

    /// Formats the end of a span: without the date if it is the date of the start.
    pub(crate) fn end(&self, start: Timestamp, end: Timestamp) -> String {
        let [from, to] = [start, end].map(|time| time.to_zoned(self.zone.clone()));
        let format = if from.date() == to.date() { "%H:%M" } else { "%F %H:%M" };
        to.strftime(format).to_string()
    }

    /// The name of the zone, or its present offset.
    pub(crate) fn zone_name(&self) -> String {
        let name = self.zone.iana_name().map(str::to_owned);
        name.unwrap_or_else(|| self.now.to_zoned(self.zone.clone()).strftime("UTC%:z").to_string())
    }
}
