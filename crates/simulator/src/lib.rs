//! A Flink application on MSF, its CloudWatch metrics and its alarms, in virtual time: and in it the deployed state
//! machine with the deployed tasks, or one of the references that people use today.
//!
//! Start with [`Scenario::run`]. The numbers of the model, with their sources, are in [`Model`].

mod added_alarms;
mod alarm;
mod application;
mod autoscaler;
mod cloud;
mod conditions;
mod decisions;
mod direct;
mod events;
mod fault;
mod job;
mod lifecycle;
mod metric;
mod model;
mod oracle;
mod other_alarms;
mod own_alarms;
mod parameters;
mod pauses;
mod pipeline;
mod record;
mod recording;
mod references;
mod rng;
mod samples;
mod settings;
mod simulation;
mod storm;
mod summary;
mod thresholds;
mod timeline;
mod trace;
mod trial;
mod truth;
mod watch;
mod wishes;
mod world;

pub use alarm::{AlarmSettings, MissingData, next_state};
pub use application::Rescale;
pub use autoscaler::{Cost, state_machine, state_machine_of};
pub use decisions::{Decision, decisions};
pub use fault::Fault;
pub use metric::Metric;
pub use model::Model;
pub use parameters::{PARAMETERS, Parameter, ParameterError, Parameters};
pub use pauses::PlannedPause;
pub use pipeline::{Pipeline, PipelineRun, STREAM_PARAMETERS, Scaled};
pub use recording::{Call, Recording};
pub use references::{SampleLoop, SampleOperation, StepSample};
pub use samples::Statistic;
pub use settings::Settings;
pub use simulation::{ComparedPolicy, Run, Scenario, Series};
pub use storm::Storm;
pub use summary::Summary;
pub use thresholds::{default_thresholds, demand_thresholds};
pub use timeline::{Entry, TimelineEvent};
pub use trace::{Trace, TraceError};
pub use trial::Trial;
pub use watch::Violation;
pub use wishes::PlannedRequest;

pub(crate) use rng::Rng;
