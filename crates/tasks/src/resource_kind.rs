//! The two kinds of scaled resources: their words, parameters and metrics.

use crate::Metric;
use scaling::Unit;

/// The properties that differ between an application and a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceKind {
    /// The unit of the capacity.
    pub unit: Unit,
    /// The value of the parameter `Target`, and the noun in messages.
    pub noun: &'static str,
    /// The parameter that names the resource.
    pub name_parameter: &'static str,
    /// The name of the unit in Application Auto Scaling.
    pub capacity_dimension: &'static str,
    /// The dimension of the metrics that the tasks write.
    pub metric_dimension: &'static str,
    /// The metrics of the size, the minimum and the maximum.
    pub size_metrics: [Metric; 3],
    /// The metric of a scale-out without effect. Only an application is checked for the effect of a scale-out.
    pub effect_metric: Option<Metric>,
    /// The detail type of the event of a settled update.
    pub scaled_event: &'static str,
    /// Whether the service reports the end of an update. Kinesis does not, so the tasks record the end when they observe it.
    pub reports_ends: bool,
}

impl ResourceKind {
    /// An application of MSF.
    pub const APPLICATION: Self = Self {
        unit: Unit::Kpu,
        noun: "application",
        name_parameter: "ApplicationName",
        capacity_dimension: "KPU",
        metric_dimension: "Application",
        size_metrics: [Metric::Kpus, Metric::MinimumKpus, Metric::MaximumKpus],
        effect_metric: Some(Metric::Ineffective),
        scaled_event: "Application Scaled",
        reports_ends: true,
    };

    /// A data stream of Kinesis.
    pub const STREAM: Self = Self {
        unit: Unit::Shard,
        noun: "stream",
        name_parameter: "KinesisStreamName",
        capacity_dimension: "Shard",
        metric_dimension: "Stream",
        size_metrics: [Metric::Shards, Metric::MinimumShards, Metric::MaximumShards],
        effect_metric: None,
        scaled_event: "Stream Scaled",
        reports_ends: false,
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

    /// Returns the kind for a value of `Target`, which is `application` by default. Returns `None` for another value.
    #[must_use]
    pub fn targeted(target: &str) -> Option<&'static Self> {
        match target {
            "" => Some(&Self::APPLICATION),
            _ => [&Self::APPLICATION, &Self::STREAM].into_iter().find(|kind| kind.noun == target),
        }
    }
}
