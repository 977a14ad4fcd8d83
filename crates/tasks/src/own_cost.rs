//! The price of the autoscaler itself in a month: its state transitions, functions, alarms, metrics, data and notifications.

use crate::known_metric;
use scaling::HOURS_OF_A_MONTH;
use serde::Serialize;

/// List prices in dollars: us-east-1, without the free tier, as of February 2026. Sources: the pricing pages of AWS Step Functions, AWS Lambda,
/// Amazon CloudWatch and Amazon SNS.
pub mod prices {
    /// A state transition of a standard workflow.
    pub const TRANSITION: f64 = 0.025 / 1_000.0;
    /// A request of a function.
    pub const REQUEST: f64 = 0.20 / 1_000_000.0;
    /// A second of a function with a gigabyte of memory, on arm64.
    pub const GIGABYTE_SECOND_ARM64: f64 = 0.000_013_333_4;
    /// The same on `x86_64`.
    pub const GIGABYTE_SECOND_X86_64: f64 = 0.000_016_666_7;
    /// A metric of an alarm for a month, at a resolution of a minute or longer. An alarm on an expression has each metric of the expression.
    pub const ALARM_METRIC: f64 = 0.10;
    /// A custom metric for a month.
    pub const CUSTOM_METRIC: f64 = 0.30;
    /// A metric requested by `GetMetricData`.
    pub const REQUESTED_METRIC: f64 = 0.01 / 1_000.0;
    /// A gigabyte of logs, at its ingestion.
    pub const LOG_GIGABYTE: f64 = 0.50;
    /// A notification by e-mail.
    pub const EMAIL: f64 = 2.0 / 100_000.0;
    /// A dashboard for a month, from the fourth one of an account on.
    pub const DASHBOARD: f64 = 3.0;
}

/// The transitions of an execution that finds nothing to scale.
const QUIET_TRANSITIONS: f64 = 3.0;

/// The transitions of each further task of an execution: the task, and the choice after it.
const TASK_TRANSITIONS: f64 = 2.0;

/// The transitions of the average execution. The executions of the shipped trace have 3.8 with the default parameters.
const AVERAGE_TRANSITIONS: f64 = 4.0;

/// The memory of a function, in gigabytes, as in the template.
const MEMORY_GIGABYTES: f64 = 0.125;

/// The billed seconds of a call (assumed): several calls of AWS, one after the other.
const CALL_SECONDS: f64 = 0.5;

/// The log of a call in bytes (assumed): the lines of Lambda, the line of the answer, and the line of the metrics.
const LOG_BYTES: f64 = 2_000.0;

/// The metrics that a decision requests: the metric of its alarm, and four of the job (assumed).
const REQUESTED_METRICS: f64 = 5.0;

/// The custom metrics of an application and of a stream, and the metrics of the hold reasons. Each reason is charged for the hours in which
/// it occurs, and one occurs at a time.
const APPLICATION_METRICS: f64 = 8.0;
const STREAM_METRICS: f64 = 6.0;
const HOLD_METRICS: f64 = 1.0;

/// The notifications of a month (assumed): eight scalings a day.
const NOTIFICATIONS: f64 = 240.0;

/// The executions of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthOfExecutions {
    /// The executions.
    pub executions: f64,
    /// The state transitions of all executions.
    pub transitions: f64,
}

impl MonthOfExecutions {
    /// Estimates the executions from the parameter `HeartbeatMinutes`. An alarm usually starts an execution far less often.
    #[must_use]
    pub fn of_heartbeats(heartbeat_minutes: f64) -> Self {
        let executions = HOURS_OF_A_MONTH * 60.0 / heartbeat_minutes;
        Self { executions, transitions: executions * AVERAGE_TRANSITIONS }
    }

    /// The tasks after the first one of each execution.
    fn further_tasks(self) -> f64 {
        ((self.transitions - QUIET_TRANSITIONS * self.executions) / TASK_TRANSITIONS).max(0.0)
    }
}

/// The dollars of a month by the bill's items. The KPUs and shards that the autoscaler scales are not included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnCost {
    /// The state transitions.
    pub transitions: f64,
    /// The alarms of the stack, by their metrics.
    pub alarms: f64,
    /// The metrics that the functions write.
    pub metrics: f64,
    /// The metrics that the functions read.
    pub reads: f64,
    /// The functions and their logs.
    pub functions: f64,
    /// The notifications by e-mail.
    pub notifications: f64,
}

impl OwnCost {
    /// The dollars of a month.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.transitions + self.alarms + self.metrics + self.reads + self.functions + self.notifications
    }

    /// Returns the sum of the costs of two stacks.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            transitions: self.transitions + other.transitions,
            alarms: self.alarms + other.alarms,
            metrics: self.metrics + other.metrics,
            reads: self.reads + other.reads,
            functions: self.functions + other.functions,
            notifications: self.notifications + other.notifications,
        }
    }

    /// The cost as a sentence, without a period at the end.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!(
            "kpu-autoscaler itself costs about {:.2} dollars a month in us-east-1: alarms {:.2}, metrics {:.2}, state transitions {:.2}, \
             data read, functions, logs and notifications {:.2}",
            self.total(),
            self.alarms,
            self.metrics,
            self.transitions,
            self.reads + self.functions + self.notifications
        )
    }
}

/// Returns the cost of a stack with these parameters, of which a missing one is empty.
#[must_use]
pub fn own_cost(parameter: &dyn Fn(&str) -> String, month: MonthOfExecutions) -> OwnCost {
    let is_stream = parameter("Target") == "stream";
    let written = HOLD_METRICS + if is_stream { STREAM_METRICS } else { APPLICATION_METRICS };
    let further = month.further_tasks();
    let calls = month.executions + further;
    let gigabyte_second = match parameter("Architecture").as_str() {
        "x86_64" => prices::GIGABYTE_SECOND_X86_64,
        _ => prices::GIGABYTE_SECOND_ARM64,
    };
    let call = prices::REQUEST
        + MEMORY_GIGABYTES * CALL_SECONDS * gigabyte_second
        + LOG_BYTES / 1e9 * prices::LOG_GIGABYTE;
    let has_email = !parameter("NotificationEmail").is_empty();
    OwnCost {
        transitions: month.transitions * prices::TRANSITION,
        alarms: f64::from(alarm_metrics(parameter)) * prices::ALARM_METRIC,
        metrics: written * prices::CUSTOM_METRIC,
        reads: further * REQUESTED_METRICS * prices::REQUESTED_METRIC,
        functions: calls * call,
        notifications: if has_email { NOTIFICATIONS * prices::EMAIL } else { 0.0 },
    }
}

/// Returns the number of metrics of all alarms of a stack. User alarms are not included.
#[must_use]
pub fn alarm_metrics(parameter: &dyn Fn(&str) -> String) -> u32 {
    let is = |name: &str, value: &str| parameter(name) == value;
    let has = |name: &str| !parameter(name).is_empty();
    let metric = parameter("ScaleMetric");
    let is_stream = is("Target", "stream");
    let known = known_metric(&metric);
    let is_lag = metric == "backPressuredTimeMsPerSecond" || known.is_some_and(|known| known.kind.is_lag());
    let is_of_kinesis =
        known.is_some_and(|known| known.kind.lag_seconds().is_some() && !known.is_of_committed_offsets());
    let has_metric = !["WriteUtilization", "UserAlarms"].contains(&metric.as_str());
    let has_load = is_of_kinesis || (is("ScalingOperation", "Demand") && has_metric);
    let has_subscriber = has("NotificationEmail") || has("NotificationTopicArn");
    let alarms = [
        // Scale-out and scale-in.
        (2, has_metric),
        // The same of a stream: an expression with three metrics each.
        (6, metric == "WriteUtilization"),
        // Throttled and drained.
        (2, is_stream),
        // Failed runs: an expression with three metrics; and no runs.
        (4, true),
        // No load.
        (1, has_load && !has("LoadAlarmName")),
        // Over budget.
        (1, !is_stream && has("MonthlyBudgetDollars")),
        // Dead letters, pinned at maximum, blocked and unreadable.
        (4, has_subscriber),
        // Built-in autoscaling, or the age of unread records.
        (1, has_subscriber),
        // Ineffective.
        (1, has_subscriber && !is_stream && (has_load || has("LoadAlarmName"))),
        // No data.
        (1, has_subscriber && has_metric),
        // No utilization data.
        (1, has_subscriber && is_lag),
    ];
    alarms.iter().filter(|(_, exists)| *exists).map(|(metrics, _)| metrics).sum()
}
