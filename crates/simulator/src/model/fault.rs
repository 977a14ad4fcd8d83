//! The faults that a scenario can have.

use jiff::Timestamp;
use std::fmt;

/// A fault. A scenario arms it at a time, and it strikes at the first occasion from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The next call of an AWS API is throttled.
    Throttle,
    /// The next call of an AWS API ends with a server fault.
    ServerError,
    /// The next update of the autoscaler begins, but the response is lost.
    LostAnswer,
    /// Another client changes the application between the read and the next update of the autoscaler.
    StaleVersion,
    /// MSF rejects the next update of the autoscaler, although the application was read as running.
    ResourceInUse,
    /// The next update of the autoscaler fails at once, and the application continues to run with its old size.
    AbortedUpdate,
    /// The next update of the autoscaler fails and leaves the application stopped. An operator starts it after 20 minutes.
    FailedUpdate,
    /// The next update of the autoscaler fails and is rolled back.
    RolledBackUpdate,
    /// The next update of the autoscaler hangs. An operator cancels it after 90 minutes.
    StuckUpdate,
    /// An operator deploys new code: an update that does not change the size.
    Deployment,
    /// Another client changes the size by one KPU, to one KPU, or to one more than the maximum.
    ForeignScaling,
    /// An operator stops the application, and starts it after 20 minutes.
    Stop,
    /// An operator deletes the application.
    Delete,
    /// The next function crashes before its work.
    CrashBefore,
    /// The next function crashes after its work.
    CrashAfter,
    /// The next alarm event is lost.
    EventLost,
    /// The next alarm event arrives ten minutes late.
    EventLate,
    /// The next alarm event arrives twice.
    EventDoubled,
    /// The next alarm event arrives after the following one.
    EventReordered,
    /// A user sets the scale-out alarm to ALARM by hand, without breaching data.
    AlarmFlap,
    /// A user changes an additional alarm to an anomaly detection alarm, and changes it back after 30 minutes.
    AnomalyAlarm,
    /// A user replaces an additional alarm by a composite alarm, which CloudWatch does not return, and replaces it back after 30 minutes.
    CompositeAlarm,
    /// CloudWatch never publishes the metrics of the next five minutes.
    MetricGap,
    /// CloudWatch publishes the metrics of the next ten minutes five minutes later than usual.
    MetricLate,
    /// The data point of the current minute is readable before the minute is over, and is close to zero.
    MetricPartial,
    /// For five minutes MSF reports a lag of -1.
    LagUnreported,
    /// For twelve minutes MSF takes a snapshot, which keeps the CPU busy.
    Snapshot,
    /// For forty minutes the job fails every minute and restarts.
    RestartLoop,
    /// The clock of MSF is four seconds fast, and four seconds slow the next time.
    ClockSkew,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 29] = [
        Self::Throttle,
        Self::ServerError,
        Self::LostAnswer,
        Self::StaleVersion,
        Self::ResourceInUse,
        Self::AbortedUpdate,
        Self::FailedUpdate,
        Self::RolledBackUpdate,
        Self::StuckUpdate,
        Self::Deployment,
        Self::ForeignScaling,
        Self::Stop,
        Self::Delete,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::EventLost,
        Self::EventLate,
        Self::EventDoubled,
        Self::EventReordered,
        Self::AlarmFlap,
        Self::AnomalyAlarm,
        Self::CompositeAlarm,
        Self::MetricGap,
        Self::MetricLate,
        Self::MetricPartial,
        Self::LagUnreported,
        Self::Snapshot,
        Self::RestartLoop,
        Self::ClockSkew,
    ];

    /// Its name in a scenario file, such as `lost-answer`.
    #[must_use]
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    /// The fault of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// Whether it strikes at its time, and not at the next occasion.
    pub(crate) fn strikes_by_itself(self) -> bool {
        matches!(
            self,
            Self::Deployment
                | Self::ForeignScaling
                | Self::Stop
                | Self::Delete
                | Self::AlarmFlap
                | Self::AnomalyAlarm
                | Self::CompositeAlarm
                | Self::MetricGap
                | Self::MetricLate
                | Self::LagUnreported
                | Self::Snapshot
                | Self::RestartLoop
                | Self::ClockSkew
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Throttle => "a call is throttled",
            Self::ServerError => "a call ends with a server fault",
            Self::LostAnswer => "the response to an update is lost",
            Self::StaleVersion => {
                "another client changes the application just before the update of the autoscaler"
            }
            Self::ResourceInUse => "MSF rejects an update because the application is in use",
            Self::AbortedUpdate => "an update begins that will fail at once",
            Self::FailedUpdate => "an update begins that will fail and stop the application",
            Self::RolledBackUpdate => "an update begins that will be rolled back",
            Self::StuckUpdate => "an update begins that will hang",
            Self::Deployment => "an operator deploys new code",
            Self::ForeignScaling => "another client changes the size",
            Self::Stop => "an operator stops the application",
            Self::Delete => "an operator deletes the application",
            Self::CrashBefore => "a function crashes before its work",
            Self::CrashAfter => "a function crashes after its work",
            Self::EventLost => "an alarm event is lost",
            Self::EventLate => "an alarm event is ten minutes late",
            Self::EventDoubled => "an alarm event arrives twice",
            Self::EventReordered => "an alarm event arrives after the following one",
            Self::AlarmFlap => "a user sets the scale-out alarm to ALARM",
            Self::AnomalyAlarm => "a user changes an additional alarm to an anomaly detection alarm",
            Self::CompositeAlarm => "a user replaces an additional alarm by a composite alarm",
            Self::MetricGap => "five minutes of metrics are lost",
            Self::MetricLate => "ten minutes of metrics are late",
            Self::MetricPartial => "a data point is readable before its minute is over",
            Self::LagUnreported => "for five minutes MSF reports a lag of -1",
            Self::Snapshot => "a snapshot of twelve minutes keeps the CPU busy",
            Self::RestartLoop => "for forty minutes the job restarts every minute",
            Self::ClockSkew => "the clock of MSF is wrong by four seconds",
        })
    }
}

/// The armed faults and the struck faults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    armed: Vec<(Timestamp, Fault)>,
    struck: Vec<Fault>,
}

impl Faults {
    pub(crate) fn new(armed: &[(Timestamp, Fault)]) -> Self {
        Self { armed: armed.to_vec(), struck: Vec::new() }
    }

    /// The faults that strike at their time, with that time.
    pub(crate) fn by_themselves(&self) -> Vec<(Timestamp, Fault)> {
        self.armed.iter().copied().filter(|(_, fault)| fault.strikes_by_itself()).collect()
    }

    /// Lets a fault strike if it is armed, once for each time that it is armed.
    pub(crate) fn strike(&mut self, fault: Fault, now: Timestamp) -> bool {
        let armed = self.armed.iter().position(|(from, armed)| *armed == fault && *from <= now);
        if let Some(index) = armed {
            self.armed.remove(index);
            self.struck.push(fault);
        }
        armed.is_some()
    }

    /// The faults that have struck since the last call.
    pub(crate) fn take_struck(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.struck)
    }
}
