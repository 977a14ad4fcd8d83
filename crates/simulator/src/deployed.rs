//! The configuration that the template deploys: parameters, policy and alarms, with the planned pauses and capacity requests.

pub(crate) mod job_series;
pub(crate) mod load_and_budget_alarms;
pub(crate) mod parameters;
pub(crate) mod pauses;
pub(crate) mod requests;
pub(crate) mod settings;
pub(crate) mod stack_alarms;
pub(crate) mod thresholds;
pub(crate) mod user_alarms;
