//! Matches errors with `Retry` and `Catch`, and computes the delay of a retry.

use jiff::SignedDuration;

/// One entry of `Retry`.
#[derive(Debug, Clone)]
pub(crate) struct Retrier {
    pub(crate) errors: Vec<String>,
    pub(crate) interval_seconds: u32,
    pub(crate) max_attempts: u32,
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: u32,
    pub(crate) full_jitter: bool,
}

/// One entry of `Catch`.
#[derive(Debug, Clone)]
pub(crate) struct Catcher {
    pub(crate) errors: Vec<String>,
    pub(crate) result_field: String,
    pub(crate) next: String,
}

/// Errors that no wildcard matches. Source: Step Functions developer guide, "Handling errors".
const TERMINAL: [&str; 2] = ["States.DataLimitExceeded", "States.Runtime"];

/// Returns whether a list of `ErrorEquals` matches an error.
pub(crate) fn matches(names: &[String], error: &str) -> bool {
    names.iter().any(|name| match name.as_str() {
        "States.ALL" => !TERMINAL.contains(&error),
        "States.TaskFailed" => error != "States.Timeout" && !TERMINAL.contains(&error),
        name => name == error,
    })
}

impl Retrier {
    /// Returns the delay before the attempt that follows `attempts` retries. `chance`, from 0 to 1, is the random number of
    /// full jitter.
    pub(crate) fn delay(&self, attempts: u32, chance: f64) -> SignedDuration {
        let exponent = i32::try_from(attempts).unwrap_or(i32::MAX);
        let backoff = f64::from(self.interval_seconds) * self.backoff_rate.powi(exponent);
        let capped = backoff.min(f64::from(self.max_delay_seconds));
        let seconds = if self.full_jitter { capped * chance.clamp(0.0, 1.0) } else { capped };
        SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO)
    }
}
