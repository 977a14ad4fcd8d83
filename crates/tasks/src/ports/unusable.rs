//! Alarms that cannot be used, each with its kind and the remedy.

/// An alarm that a policy names and that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableAlarm {
    /// The alarm's name.
    pub name: String,
    /// The reason why the alarm cannot be used.
    pub kind: UnusableKind,
}

/// The reason why an alarm cannot be used: CloudWatch returns no such alarm, or its kind has no metric, threshold or period to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnusableKind {
    /// CloudWatch returns no alarm of this name. It returns composite alarms only to callers with the permission on all resources, and log
    /// alarms only to callers that ask for them.
    NotFound,
    /// A composite alarm, which combines the states of other alarms.
    Composite,
    /// A metric alarm on a `PromQL` query, which contains its own comparison.
    PromQl,
    /// A metric alarm with an anomaly detection band in place of a threshold.
    AnomalyDetection,
    /// A metric alarm without a threshold.
    NoThreshold,
    /// A metric alarm without a period, or without evaluation periods.
    NoPeriod,
}

impl UnusableKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::NotFound,
        Self::Composite,
        Self::PromQl,
        Self::AnomalyDetection,
        Self::NoThreshold,
        Self::NoPeriod,
    ];

    /// Returns the kind as the object of a sentence, with the cause.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotFound => "an alarm that was not found",
            Self::Composite => "a composite alarm, which has no data points of its own",
            Self::PromQl => "an alarm on a PromQL query, which has no threshold",
            Self::AnomalyDetection => "an anomaly detection alarm, whose threshold is a band",
            Self::NoThreshold => "an alarm without a fixed threshold",
            Self::NoPeriod => "an alarm without a period or evaluation periods",
        }
    }

    /// Returns the remedy for an alarm of the user, as an imperative.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotFound => {
                "create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs"
            }
            Self::Composite => "name the metric alarms below it",
            Self::PromQl | Self::AnomalyDetection | Self::NoThreshold | Self::NoPeriod => {
                "name a metric alarm with a fixed threshold, a period and evaluation periods"
            }
        }
    }
}

impl UnusableAlarm {
    /// Returns the message about an alarm that this parameter names.
    #[must_use]
    pub fn message(&self, parameter: &str, remedy: &str) -> String {
        let Self { name, kind } = self;
        let attempt = if *kind == UnusableKind::NotFound { "find" } else { "use" };
        format!("failed to {attempt} the alarm '{name}': {parameter} names {}; {remedy}", kind.words())
    }
}
