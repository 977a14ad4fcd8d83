//! The names of the metrics that the tasks write.

/// A metric that the tasks write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// The number of KPUs that the application has.
    Kpus,
    /// The minimum size that is in force, in KPUs.
    MinimumKpus,
    /// The maximum size that is in force, in KPUs.
    MaximumKpus,
    /// The number of shards that the stream has. CloudWatch has no metric for this number, and the utilization of the shards is computed
    /// from it.
    Shards,
    /// The minimum number of shards that is in force.
    MinimumShards,
    /// The maximum number of shards that is in force.
    MaximumShards,
    /// The value 1 if the scale-out alarm is breaching and no KPU is left to add, or no KPU that the budget pays for, and 0 otherwise.
    PinnedAtMaximum,
    /// The value 1 if an alarm is in `ALARM` and a condition blocks its step, and 0 otherwise. The conditions are that the application is
    /// being changed or does not run, that an update has failed, and that there is no fresh data.
    Blocked,
    /// The value 1 if the scale-out alarm is breaching and the last scale-out had no effect, and 0 otherwise.
    Ineffective,
    /// The value 1 if a task could not read the data that it needs, and 0 otherwise.
    Unreadable,
    /// The value 1 if MSF's built-in autoscaling is on, and 0 otherwise.
    BuiltInAutoscaling,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 11] = [
        Self::Kpus,
        Self::MinimumKpus,
        Self::MaximumKpus,
        Self::Shards,
        Self::MinimumShards,
        Self::MaximumShards,
        Self::PinnedAtMaximum,
        Self::Blocked,
        Self::Ineffective,
        Self::Unreadable,
        Self::BuiltInAutoscaling,
    ];

    /// Returns the metric's name in CloudWatch.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}
