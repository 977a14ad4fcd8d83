//! Capacity requests during a run, from a person or from a policy of Application Auto Scaling.

use crate::deployed::parameters::ParameterError;
use crate::deployed::pauses::{moment, moved};
use jiff::Timestamp;
use serde_json::{Value, json};
use tasks::requested_units;

/// A capacity request at a time of the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedRequest {
    /// The requested KPUs or shards.
    pub(crate) units: u32,
    /// The time of the request.
    pub(crate) at: Timestamp,
}

impl PlannedRequest {
    /// Parses a size and the time of the request in hours and minutes from the start, such as `8 1:30`.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let refused = || {
            ParameterError(format!(
                "the capacity request '{text}' is not a size and a time since the start; write it as '8 1:30', with a size from 1 to 10000"
            ))
        };
        let (size, at) = text.split_once(' ').ok_or_else(refused)?;
        let size: u32 = size.parse().map_err(|_| refused())?;
        let units = requested_units(&json!(size)).map_err(|_| refused())?.count();
        Ok(Self { units, at: moment(at).ok_or_else(refused)? })
    }

    /// Moves it from the start of a run without a calendar to another start.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Self {
        Self { at: moved(self.at, start), ..self }
    }

    /// The input of the execution that the request starts.
    pub(crate) fn input(self) -> Value {
        json!({"desiredCapacity": self.units})
    }
}
