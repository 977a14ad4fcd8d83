//! The two kinds of scaled resources: their words, parameters, metrics and remedies.

use crate::{Metric, UpdateFailure};
use scaling::{Parallelism, Unit};

/// The properties that differ between an application and a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceKind {
    /// The unit of the capacity.
    pub unit: Unit,
    /// The value of the parameter `Target`, and the noun in messages.
    pub noun: &'static str,
    /// The parameter that names the resource.
    pub name_parameter: &'static str,
    /// The parameters by which a user expects an effect that this kind does not have: the parameter, the refused text or `None` for every
    /// text, and the reason with the remedy.
    pub(crate) refused: &'static [(&'static str, Option<&'static str>, &'static str)],
    /// The parameters that the template passes for every kind, and that are without effect on this kind.
    pub(crate) ignored: &'static [&'static str],
    /// The quota of the parallelism of a new account, if this kind has one.
    pub(crate) default_quota: Option<Parallelism>,
    /// The name of the unit in Application Auto Scaling.
    pub capacity_dimension: &'static str,
    /// The dimension of the metrics that the tasks write.
    pub metric_dimension: &'static str,
    /// The metrics of the size, the minimum and the maximum.
    pub size_metrics: [Metric; 3],
    /// The metric of a scale-out without effect. Only an application is checked for the effect of a scale-out.
    pub effect_metric: Option<Metric>,
    /// The number of alarms of each direction, the first ones, that must suit `ScalingOperation` `Target`. The stack of a stream has two more
    /// alarms, which watch no utilization: rejected writes double the stream, and a stream that is drained asks for nothing.
    pub(crate) target_alarms: usize,
    /// The detail type of the event of a settled update.
    pub scaled_event: &'static str,
    /// Whether the service reports the end of an update. Kinesis does not, so the tasks record the end when they observe it.
    pub reports_ends: bool,
    /// Whether a Flink job runs in the resource. Only a job has health metrics, processes records and takes snapshots.
    pub has_job: bool,
}

/// Sizing by demand has no meaning for a stream.
const DEMAND_ON_STREAM: &str = "ScalingOperation is Demand, which learns the capacity of an application; for a stream set it to Multiply/Divide, Add/Subtract, Steps or Target";

/// Limits in KPUs and in dollars have no meaning for a stream.
const KPU_LIMITS_ON_STREAM: &str = "LargestStepKpu and MonthlyBudgetDollars apply to an application; leave them empty for a stream: Kinesis at most doubles its shards in one change";

/// Hours with a number of KPUs have no meaning for a stream.
const KPU_HOURS_ON_STREAM: &str = "HighKpu and LowKpu are KPUs of an application; state a stream's hours as Windows, such as 'Mon-Fri 8:00-18:00 >=8'";

impl ResourceKind {
    /// An application of MSF.
    pub const APPLICATION: Self = Self {
        unit: Unit::Kpu,
        noun: "application",
        name_parameter: "ApplicationName",
        refused: &[],
        ignored: &[],
        default_quota: Some(Parallelism::DEFAULT_QUOTA),
        capacity_dimension: "KPU",
        metric_dimension: "Application",
        size_metrics: [Metric::Kpus, Metric::MinimumKpus, Metric::MaximumKpus],
        effect_metric: Some(Metric::Ineffective),
        target_alarms: usize::MAX,
        scaled_event: "Application Scaled",
        reports_ends: true,
        has_job: true,
    };

    /// A data stream of Kinesis.
    pub const STREAM: Self = Self {
        unit: Unit::Shard,
        noun: "stream",
        name_parameter: "KinesisStreamName",
        refused: &[
            ("ScalingOperation", Some("Demand"), DEMAND_ON_STREAM),
            ("LargestStepKpu", None, KPU_LIMITS_ON_STREAM),
            ("MonthlyBudgetDollars", None, KPU_LIMITS_ON_STREAM),
            ("HighKpu", None, KPU_HOURS_ON_STREAM),
            ("LowKpu", None, KPU_HOURS_ON_STREAM),
        ],
        ignored: &["MaxParallelism", "SourcePartitions", "LoadAlarm"],
        default_quota: None,
        capacity_dimension: "Shard",
        metric_dimension: "Stream",
        size_metrics: [Metric::Shards, Metric::MinimumShards, Metric::MaximumShards],
        effect_metric: None,
        target_alarms: 1,
        scaled_event: "Stream Scaled",
        reports_ends: false,
        has_job: false,
    };

    /// Returns the kind of the resources whose capacity has this unit.
    #[must_use]
    pub const fn of(unit: Unit) -> &'static Self {
        match unit {
            Unit::Kpu => &Self::APPLICATION,
            Unit::Shard => &Self::STREAM,
        }
    }

    /// Returns the message that no resource of this kind has this name.
    #[must_use]
    pub fn missing(&self, name: &str) -> String {
        let Self { noun, name_parameter, .. } = self;
        format!(
            "failed to find the {noun} '{name}': {name_parameter} names one that does not exist in this account and Region; correct it, or delete this stack"
        )
    }

    /// Returns the action that the operator should take after a failed update.
    #[must_use]
    pub const fn remedy(&self, failure: UpdateFailure) -> &'static str {
        use UpdateFailure::{
            ApplicationDeleted, ApplicationStopped, UpdateCancelled, UpdateFailed, UpdateRolledBack,
            UpdateStuck,
        };
        match (self.unit, failure) {
            (Unit::Kpu, UpdateFailed) => {
                "check the operation in the application's history, and in a VPC the free addresses of the subnets (kpu doctor counts them); scale the application by hand once to see whether it can be scaled at all"
            }
            (Unit::Kpu, UpdateCancelled) => "if no person cancelled it, check the application's history",
            (Unit::Kpu, UpdateRolledBack) => {
                "it runs with its old size; common causes are a maximum parallelism below the requested size (set MaxParallelism to it) and, in a VPC, a subnet without free addresses (kpu doctor counts them)"
            }
            (Unit::Kpu, UpdateStuck) => {
                "look at the application; roll it back if it does not move, or raise UpdateTimeoutMinutes if its state is large"
            }
            (Unit::Kpu, ApplicationStopped) => {
                "start the application, and switch its system rollback on, so that a failed update does not stop it"
            }
            (Unit::Kpu, ApplicationDeleted) => "create the application again, or delete this stack as well",
            (Unit::Shard, ApplicationDeleted) => "create the stream again, or delete this stack as well",
            (Unit::Shard, UpdateStuck) => {
                "look at the stream; raise UpdateTimeoutMinutes if it has many shards"
            }
            (Unit::Shard, UpdateFailed | UpdateCancelled | UpdateRolledBack | ApplicationStopped) => {
                "look at the stream, and change its number of shards by hand once to see whether it can be changed at all"
            }
        }
    }

    /// Returns the kind for a value of `Target`, which is `application` by default. Returns `None` for another value.
    #[must_use]
    pub fn targeted(target: &str) -> Option<&'static Self> {
        match target {
            "" => Some(&Self::APPLICATION),
            _ => [&Self::APPLICATION, &Self::STREAM].into_iter().find(|kind| kind.noun == target),
        }
    }
}
