//! A simulation in virtual time of a Flink application on MSF, its CloudWatch metrics and its alarms. The deployed state machine with the
//! deployed tasks scales it, or one of the reference policies in use today.
//!
//! Start with [`Scenario::run`]. The numbers of the model, with their sources, are in [`Model`].

mod deployed;
mod direct;
mod model;
mod policies;
mod record;
mod run;
mod watch;

pub use deployed::load_and_budget_alarms::budget_alarm;
pub use deployed::parameters::{PARAMETERS, Parameter, ParameterError, Parameters};
pub use deployed::pauses::PlannedPause;
pub use deployed::requests::PlannedRequest;
pub use deployed::settings::Settings;
pub use deployed::thresholds::{default_thresholds, demand_thresholds};
pub use model::alarm::{AlarmSettings, MissingData, next_state};
pub use model::application::Rescale;
pub use model::constants::Model;
pub use model::fault::Fault;
pub use model::metric::Metric;
pub use model::trace::{Trace, TraceError};
pub use policies::autoscaler::{Cost, state_machine, state_machine_of};
pub use policies::sample_loop::{SampleLoop, SampleOperation};
pub use policies::step_sample::StepSample;
pub use record::decisions::{Decision, decisions};
pub use record::recording::{Call, Recording};
pub use record::summary::Summary;
pub use record::timeline::{Entry, TimelineEvent};
pub use run::pipeline::{Pipeline, PipelineRun, STREAM_PARAMETERS, Scaled};
pub use run::simulation::{ComparedPolicy, Run, Scenario, Series};
pub use run::storm::Storm;
pub use run::trial::Trial;
pub use tasks::{HEALTHY_COMMITTED_LAG_SECONDS, Statistic};
pub use watch::Violation;

pub(crate) use model::rng::Rng;
