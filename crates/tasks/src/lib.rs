//! The three tasks of the loop. [`check()`] determines whether another size is called for, [`scale()`] makes one step, and [`poll()`] is
//! repeated until the application or stream has settled.
//!
//! Each task observes, judges and acts. It reads through the ports, judges without side effects, and makes its one change last. The
//! ports are [`Resources`] (applications or, through [`Streams`], streams), the [`Snapshots`] of an application, [`Alarms`] and
//! [`EventBus`]. The tasks do not depend on AWS, do not sleep and do not read a clock: the state machine waits between the tasks and passes
//! the time.

mod attempt;
mod check;
mod coherence;
mod error;
mod history;
mod metric_name;
mod metrics;
mod needed_parameters;
mod own_cost;
mod pause;
mod payload;
mod policy;
mod poll;
mod ports;
mod resource_kind;
mod run;
mod scale;
mod stream;
mod task_metrics;
mod watched_metrics;

pub use attempt::{Attempt, Cause, failed_call};
pub use check::{
    AlarmSet, Evidence, Finding, HighLag, JobHealth, LastingLag, Observed, RESTART_WINDOW, RESTORE,
    RUN_DEADLINE, Reading, Watched, called_for, check, is_usable, largest_points, missing_readings,
    needs_job_health, oldest_evaluated, oldest_fresh, read,
};
pub use coherence::{check_alarms, confused_unit, no_load, short_grace_period};
pub use error::{TaskError, words_of};
pub use history::{Epoch, PastUpdate, UpdateTimes, newest_scale_out};
pub use metric_name::Metric;
pub use metrics::{
    APPLICATION as MSF_NAMESPACE, HEALTHY_COMMITTED_LAG_SECONDS, HIGH_CPU_AT_FULL_LOAD, KNOWN_METRICS,
    KnownMetric, MOST_CPU_AT_FULL_LOAD, MetricKind, STREAM as KINESIS_NAMESPACE, Statistic, known_metric,
    scale_metric, unhealthy_committed_lag,
};
pub use needed_parameters::{SCALE_METRICS, needed_parameters};
pub use own_cost::{MonthOfExecutions, OwnCost, alarm_metrics, own_cost, prices};
pub use pause::{PAUSE_TAG, Pause};
pub use payload::{
    AlarmEvent, AlarmEventState, BegunUpdate, CheckAnswer, CheckRequest, CheckVerdict, DecidedStep, Moved,
    PollAnswer, PollRequest, PollVerdict, Run, ScaleAnswer, ScaleRequest, ScaleVerdict, ScalingEvent,
    UpdateFailure, requested_units,
};
pub use policy::{
    ALARM_PARAMETERS, CapacitySource, Mode, POLICY_PARAMETERS, Parameter, Policy, PolicyText, STACK_VALUES,
    USES, Unused, Use, parameter, unused,
};
pub use poll::{UpdateState, poll, stuck_after, update_state};
pub use ports::{
    Alarm, AlarmState, Alarms, ApplicationDescription, Comparison, DataPoint, DescribedAlarms, EventBus,
    Operation, OperationStatus, ParallelismChange, Query, Refusal, ResourceDescription, ResourceStatus,
    Resources, Series, Snapshots, Source, StreamSummary, Streams, UnusableAlarm, UnusableKind, Update,
    UpdateOutcome, is_job_query, job_query_id,
};
pub use resource_kind::ResourceKind;
pub use run::{Ports, Task, run};
pub use scale::{
    BUCKET_MINUTES, DEMAND_WINDOW_MINUTES, EFFECT_WINDOW_MINUTES, FORECAST_DAYS, HEAP_METRIC, HEAP_WINDOW,
    MOST_LOOKED_INTO, Plan, STATE_METRIC, footprint, overlay_derived, plan_step, scale,
};
pub use stream::{CHANGES_TAG, Change, Changes, Earlier, Ended, ScaledStream};
pub use task_metrics::{Measurement, measure};
