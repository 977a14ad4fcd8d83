//! The policy, the alarms and the heartbeat that follow from the parameters, as the template creates them.

use crate::Metric;
use crate::deployed::load_and_budget_alarms::{BUDGET_ALARM, LOAD_ALARM, described, load_alarm};
use crate::deployed::parameters::{ParameterError, Parameters, refuse};
use crate::deployed::pauses::PlannedPause;
use crate::deployed::requests::PlannedRequest;
use crate::deployed::stack_alarms::{alarm, metric, stream_alarms};
use crate::deployed::thresholds::{is_by_demand, threshold};
use crate::deployed::user_alarms;
use crate::model::alarm::{Alarm, AlarmSettings};
use jiff::{SignedDuration, Timestamp};
use scaling::{Bounds, Direction, Sizing};
use tasks::{
    MetricKind, POLICY_PARAMETERS, Pause, Policy, PolicyText, TaskError, check_alarms, confused_unit,
};

/// The name of the application in a local run, where there is only one.
pub(crate) const APPLICATION: &str = "simulated";

/// The name of the stream that the application reads.
pub(crate) const STREAM: &str = "clicks";

/// The policy, the alarms and the heartbeat that follow from the parameters, as the template creates them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The policy as the state machine passes it on.
    pub(crate) policy: PolicyText,
    /// The parsed policy.
    pub(crate) parsed: Policy,
    /// The scale-out alarm and the scale-in alarm on `ScaleMetric`, followed by the other alarms.
    pub(crate) alarms: Vec<(Direction, AlarmSettings)>,
    pub(crate) heartbeat: SignedDuration,
    pub(crate) parallelism_per_kpu: u32,
    /// The pauses during the run.
    pub(crate) pauses: Vec<PlannedPause>,
    /// The capacity requests during the run.
    pub(crate) requests: Vec<PlannedRequest>,
}

impl Settings {
    /// Derives the settings from parameters.
    ///
    /// # Errors
    /// If a parameter is invalid, or two contradict each other.
    pub fn new(parameters: &Parameters) -> Result<Self, ParameterError> {
        let stack_alarms = [alarm(parameters, Direction::Out)?, alarm(parameters, Direction::In)?];
        let more =
            |parameter, direction| user_alarms::alarms(parameter, parameters.get(parameter), direction);
        let is_stream = parameters.get("Target") == "stream";
        let mut more_alarms = if is_stream { stream_alarms(parameters)?.to_vec() } else { Vec::new() };
        more_alarms.extend(more("MoreScaleOutAlarms", Direction::Out)?);
        more_alarms.extend(more("MoreScaleInAlarms", Direction::In)?);
        let scale_metric = metric(parameters, "ScaleMetric")?;
        if is_stream != (scale_metric == Metric::WriteUtilization) {
            return refuse(format!(
                "Target is {} and ScaleMetric is {}; set ScaleMetric to WriteUtilization for a stream, and to another metric for an application",
                parameters.get("Target"),
                scale_metric.name()
            ));
        }
        let by_demand = is_by_demand(parameters);
        if by_demand && !scale_metric.kind().is_lag() && (is_stream || !is_utilization(scale_metric)) {
            return refuse(format!(
                "ScalingOperation is Demand, which needs the CPU, the busy time or a lag, and ScaleMetric is {}; set it to containerCPUUtilization, busyTimeMsPerSecond or a lag",
                scale_metric.name()
            ));
        }
        if parameters.get("ScalingOperation") == "Target" && !is_utilization(scale_metric) {
            return refuse(format!(
                "ScalingOperation is Target, which needs a metric that falls in proportion as KPUs are added, and ScaleMetric is {}; set it to containerCPUUtilization or busyTimeMsPerSecond",
                scale_metric.name()
            ));
        }
        if by_demand && parameters.get("PeriodSeconds") != "60" {
            return refuse(format!(
                "ScalingOperation is Demand, which reads data by the minute, and PeriodSeconds is {}; set PeriodSeconds to 60",
                parameters.get("PeriodSeconds")
            ));
        }
        if is_stream && parameters.get("HeartbeatMinutes") != "1" {
            return refuse(format!(
                "HeartbeatMinutes is {}, and Target is stream; set HeartbeatMinutes to 1, because every check writes the number of shards",
                parameters.get("HeartbeatMinutes")
            ));
        }
        // The rule of Demand reads the lag itself.
        let max_lag = if scale_metric.kind().is_lag() && !by_demand {
            Some(threshold(parameters, "ScaleInThreshold", scale_metric, Direction::In)?)
        } else {
            None
        };
        let policy = policy_text(parameters, &stack_alarms, &more_alarms, max_lag);
        let parsed = Policy::parse(&policy).map_err(|error| ParameterError(without_prefix(&error)))?;
        let [out, r#in] = stack_alarms;
        let alarms: Vec<_> =
            [(Direction::Out, out), (Direction::In, r#in)].into_iter().chain(more_alarms).collect();
        check(&parsed, &alarms).map_err(ParameterError)?;
        let heartbeat = parameters.whole("HeartbeatMinutes", 1, 60)?;
        let parallelism_per_kpu = parameters.whole("ParallelismPerKpu", 1, 8)?;
        let settings = Self {
            policy,
            parsed,
            alarms,
            heartbeat: SignedDuration::from_mins(i64::try_from(heartbeat).unwrap_or(i64::MAX)),
            parallelism_per_kpu: u32::try_from(parallelism_per_kpu).unwrap_or(u32::MAX),
            pauses: Vec::new(),
            requests: Vec::new(),
        };
        let usable = settings.usable_kpus();
        let minimum = settings.parsed.schedule.largest_minimum().count();
        if usable.is_some_and(|usable| usable < minimum) {
            return refuse(format!(
                "MaxParallelism {} and SourcePartitions {} with ParallelismPerKpu {parallelism_per_kpu} fill fewer KPUs than the largest minimum, {minimum}, of MinKpu and the windows; lower the minimum or correct these parameters",
                match parameters.get("MaxParallelism") {
                    "" => "256 (the quota)",
                    given => given,
                },
                shown(parameters.get("SourcePartitions"))
            ));
        }
        Ok(settings)
    }

    /// The KPUs that the maximum parallelism of the job fills, if it is known.
    fn usable_kpus(&self) -> Option<u32> {
        let maximum = self.parsed.scaling.limits.most()?;
        Some(maximum.count().div_ceil(self.parallelism_per_kpu))
    }

    /// The policy as the state machine passes it on.
    #[must_use]
    pub fn policy_text(&self) -> &PolicyText {
        &self.policy
    }

    /// The parsed policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.parsed
    }

    /// The threshold of `ScaleMetric` for scaling in: of the alarm, or of a lag the largest lag at which the stack scales in.
    /// `Demand` has none, because its alarm to scale in watches a utilization and the rule reads the lag itself.
    #[must_use]
    pub fn scale_in_threshold(&self) -> Option<f64> {
        match self.parsed.scaling.sizing {
            Sizing::Demand(_) => None,
            _ => Some(self.parsed.scale_in_max_lag.unwrap_or(self.alarms[1].1.threshold)),
        }
    }

    /// The time between two heartbeats.
    #[must_use]
    pub fn heartbeat(&self) -> SignedDuration {
        self.heartbeat
    }

    /// The number of subtasks that share a KPU of the application.
    #[must_use]
    pub fn parallelism_per_kpu(&self) -> u32 {
        self.parallelism_per_kpu
    }

    /// The state of the application in gigabytes, of which every rescale leaves a snapshot.
    #[must_use]
    pub fn state_gigabytes(&self) -> f64 {
        self.parsed.state_gigabytes
    }

    /// The lag in seconds up to which records are processed in time.
    #[must_use]
    pub fn lag_objective_seconds(&self) -> f64 {
        self.parsed.lag_objective.as_secs_f64()
    }

    /// The smallest and the largest number of KPUs of the job.
    #[must_use]
    pub fn bounds(&self) -> (u32, u32) {
        let bounds = self.parsed.scaling.bounds;
        let most = bounds.maximum().count();
        (bounds.minimum().count(), self.usable_kpus().map_or(most, |usable| usable.min(most)))
    }

    /// Replaces the pauses during the run.
    #[must_use]
    pub fn with_pauses(self, pauses: Vec<PlannedPause>) -> Self {
        Self { pauses, ..self }
    }

    /// Replaces the capacity requests during the run.
    #[must_use]
    pub fn with_requests(self, requests: Vec<PlannedRequest>) -> Self {
        Self { requests, ..self }
    }

    /// The pauses during the run.
    #[must_use]
    pub fn pauses(&self) -> &[PlannedPause] {
        &self.pauses
    }

    /// The pause that the tag of the resource states at a time.
    pub(crate) fn pause(&self, now: Timestamp) -> Option<Pause> {
        self.pauses.iter().find_map(|pause| pause.at(now))
    }

    /// The bounds in force at a time.
    pub(crate) fn bounds_at(&self, now: Timestamp) -> Bounds {
        self.parsed.schedule.at(now).bounds
    }

    /// The alarm on the load: on the arrivals in the stream, or on the throughput if `ScaleMetric` is no lag of a stream.
    #[must_use]
    pub fn load_alarm(&self) -> AlarmSettings {
        load_alarm(if self.knows_arrivals() {
            Metric::IncomingRecords
        } else {
            Metric::NumRecordsInPerSecond
        })
    }

    /// Whether the stack knows the arrivals, because `ScaleMetric` is the lag of a stream.
    pub(crate) fn knows_arrivals(&self) -> bool {
        let metric = self.alarms[0].1.metric;
        metric.is_lag_in_time() && !metric.is_of_committed_offsets()
    }

    /// Every alarm that scales, the two on `ScaleMetric` first.
    pub fn alarms(&self) -> impl Iterator<Item = &AlarmSettings> {
        self.alarms.iter().map(|(_, alarm)| alarm)
    }

    /// The alarm for a direction that the stack creates for `ScaleMetric`.
    #[must_use]
    pub fn alarm(&self, direction: Direction) -> &AlarmSettings {
        match direction {
            Direction::Out => &self.alarms[0].1,
            Direction::In => &self.alarms[1].1,
        }
    }
}

/// The items of a direction.
pub(crate) fn of<T>(wanted: Direction, all: &[(Direction, T)]) -> impl Iterator<Item = &T> {
    all.iter().filter(move |(direction, _)| *direction == wanted).map(|(_, one)| one)
}

/// Rejects the alarms that the task `check` would reject.
fn check(policy: &Policy, alarms: &[(Direction, AlarmSettings)]) -> Result<(), String> {
    let described: Vec<_> =
        alarms.iter().map(|(direction, alarm)| (*direction, described(&Alarm::new(alarm.clone())))).collect();
    let of = |wanted| of(wanted, &described).collect::<Vec<_>>();
    check_alarms(policy, &of(Direction::Out), &of(Direction::In))?;
    // The deployed task warns of such a threshold, because the alarm of a user may mean it.
    described.iter().find_map(|(_, alarm)| confused_unit(alarm)).map_or(Ok(()), Err)
}

/// The message without its prefix, which is useful only for a policy from elsewhere.
fn without_prefix(error: &TaskError) -> String {
    let message = error.to_string();
    message.strip_prefix("failed to read the policy: ").map_or(message.clone(), str::to_owned)
}

fn is_utilization(metric: Metric) -> bool {
    matches!(metric.kind(), MetricKind::Utilization { .. })
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "(not set)" } else { value }
}

fn policy_text(
    parameters: &Parameters,
    alarms: &[AlarmSettings; 2],
    more: &[(Direction, AlarmSettings)],
    max_lag: Option<f64>,
) -> PolicyText {
    let names =
        |direction| of(direction, more).map(|alarm| alarm.name.as_str()).collect::<Vec<_>>().join(",");
    // The template makes a load alarm for a lag of a stream; for a lag of Kafka, only Demand requires one.
    let has_load_alarm = alarms[0].metric == Metric::MillisBehindLatest || is_by_demand(parameters);
    let has_budget =
        parameters.get("Target") != "stream" && !parameters.get("MonthlyBudgetDollars").is_empty();
    let (out, r#in) = (names(Direction::Out), names(Direction::In));
    let max_lag = max_lag.map_or_else(String::new, |lag| lag.to_string());
    let set = POLICY_PARAMETERS.iter().map(|parameter| (parameter.name, parameters.get(parameter.name)));
    PolicyText::default().with(set).with([
        ("ApplicationName", APPLICATION),
        ("KinesisStreamName", STREAM),
        ("ScaleOutAlarm", alarms[0].name.as_str()),
        ("ScaleInAlarm", alarms[1].name.as_str()),
        ("MoreScaleOutAlarms", &out),
        ("MoreScaleInAlarms", &r#in),
        ("ScaleInMaxLag", &max_lag),
        ("LoadAlarm", if has_load_alarm { LOAD_ALARM } else { "" }),
        ("BudgetAlarm", if has_budget { BUDGET_ALARM } else { "" }),
    ])
}
