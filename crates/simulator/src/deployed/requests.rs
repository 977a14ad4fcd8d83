//! What people wish for meanwhile, themselves or by a policy of Application Auto Scaling.

use crate::deployed::parameters::ParameterError;
use crate::deployed::pauses::moment;
use jiff::Timestamp;
use serde_json::{Value, json};
use tasks::requested_units;

/// A size that somebody wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedRequest {
    /// How many KPUs or shards.
    pub(crate) units: u32,
    /// When.
    pub(crate) at: Timestamp,
}

impl PlannedRequest {
    /// Understands `8 1:30`: a size, and when it is wished for, in hours and minutes since the start.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let refused = || {
            ParameterError(format!(
                "a wish takes a number from 1 to 10000, and when in hours and minutes since the start, such as '8 1:30', not '{text}'"
            ))
        };
        let (size, at) = text.split_once(' ').ok_or_else(refused)?;
        let size: u32 = size.parse().map_err(|_| refused())?;
        let units = requested_units(&json!(size)).map_err(|_| refused())?.count();
        Ok(Self { units, at: moment(at).ok_or_else(refused)? })
    }

    /// With what the state machine is started for it.
    pub(crate) fn input(self) -> Value {
        json!({"desiredCapacity": self.units})
    }
}
