//! What can go wrong, and when it does.

use jiff::Timestamp;
use std::fmt;

/// A fault. It is armed at a time, and strikes at the first occasion from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The next call of an AWS API is throttled.
    Throttle,
    /// The next call of an AWS API ends with a server fault.
    ServerError,
    /// The next update of ours is made, but its answer is lost.
    LostAnswer,
    /// Somebody changes the application between our reading and our next update.
    StaleVersion,
    /// The next update of ours is refused, although the application was seen running.
    ResourceInUse,
    /// The next update of ours fails at once, and the application runs on with its old size.
    AbortedUpdate,
    /// The next update of ours fails, and leaves the application stopped, until somebody starts it after 20 minutes.
    FailedUpdate,
    /// The next update of ours fails, and is rolled back.
    RolledBackUpdate,
    /// The next update of ours hangs, until somebody cancels it after 90 minutes.
    StuckUpdate,
    /// Somebody deploys new code: an update that changes no size.
    Deployment,
    /// Somebody else changes the size, by one KPU, to one KPU, or to one more than the maximum.
    ForeignScaling,
    /// Somebody stops the application, and starts it again after 20 minutes.
    Stop,
    /// Somebody deletes the application.
    Delete,
    /// The next function crashes before it does anything.
    CrashBefore,
    /// The next function crashes after it has done its work.
    CrashAfter,
    /// The next alarm event is lost.
    EventLost,
    /// The next alarm event comes ten minutes late.
    EventLate,
    /// The next alarm event comes twice.
    EventDoubled,
    /// The next alarm event comes after the one that follows it.
    EventReordered,
    /// Somebody sets the alarm to scale out to ALARM by hand, without any data that says so.
    AlarmFlap,
    /// The metrics of the next five minutes are never published.
    MetricGap,
    /// The metrics of the next ten minutes are published five minutes later than usual.
    MetricLate,
    /// The data point of the minute that is not over yet can be read, and is next to nothing.
    MetricPartial,
    /// For five minutes the Kinesis lag is reported as -1.
    LagUnreported,
    /// For twelve minutes a snapshot is taken, which keeps the CPU busy.
    Snapshot,
    /// The clock of MSF is four seconds wrong, one way and the other way the next time.
    ClockSkew,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Self; 26] = [
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
        Self::MetricGap,
        Self::MetricLate,
        Self::MetricPartial,
        Self::LagUnreported,
        Self::Snapshot,
        Self::ClockSkew,
    ];

    /// Its name, as it is written in a scenario: `lost-answer`.
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

    /// The fault of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// Whether it strikes by itself when its time has come, and not at the next occasion.
    pub(crate) fn strikes_by_itself(self) -> bool {
        matches!(
            self,
            Self::Deployment
                | Self::ForeignScaling
                | Self::Stop
                | Self::Delete
                | Self::AlarmFlap
                | Self::MetricGap
                | Self::MetricLate
                | Self::LagUnreported
                | Self::Snapshot
                | Self::ClockSkew
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Throttle => "a call is throttled",
            Self::ServerError => "a call ends with a server fault",
            Self::LostAnswer => "the answer to an update is lost",
            Self::StaleVersion => "somebody changes the application just before our update",
            Self::ResourceInUse => "an update is refused because the application is in use",
            Self::AbortedUpdate => "an update begins that will fail at once",
            Self::FailedUpdate => "an update begins that will fail and stop the application",
            Self::RolledBackUpdate => "an update begins that will be rolled back",
            Self::StuckUpdate => "an update begins that will hang",
            Self::Deployment => "somebody deploys new code",
            Self::ForeignScaling => "somebody else changes the size",
            Self::Stop => "somebody stops the application",
            Self::Delete => "somebody deletes the application",
            Self::CrashBefore => "a function crashes before its work",
            Self::CrashAfter => "a function crashes after its work",
            Self::EventLost => "an alarm event is lost",
            Self::EventLate => "an alarm event is ten minutes late",
            Self::EventDoubled => "an alarm event comes twice",
            Self::EventReordered => "an alarm event waits for the next one to overtake it",
            Self::AlarmFlap => "somebody sets the alarm to scale out to ALARM",
            Self::MetricGap => "five minutes of metrics are lost",
            Self::MetricLate => "ten minutes of metrics are late",
            Self::MetricPartial => "a data point can be read before its minute is over",
            Self::LagUnreported => "for five minutes the lag is reported as -1",
            Self::Snapshot => "a snapshot of twelve minutes keeps the CPU busy",
            Self::ClockSkew => "the clock of MSF goes wrong by four seconds",
        })
    }
}

/// The faults that are to come, and those that have struck.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    armed: Vec<(Timestamp, Fault)>,
    struck: Vec<Fault>,
}

impl Faults {
    pub(crate) fn new(armed: &[(Timestamp, Fault)]) -> Self {
        Self { armed: armed.to_vec(), struck: Vec::new() }
    }

    /// Those that strike by themselves, and when.
    pub(crate) fn by_themselves(&self) -> Vec<(Timestamp, Fault)> {
        self.armed.iter().copied().filter(|(_, fault)| fault.strikes_by_itself()).collect()
    }

    /// Lets this fault strike, if it is armed. Each strikes once for every time it is armed.
    pub(crate) fn strike(&mut self, fault: Fault, now: Timestamp) -> bool {
        let armed = self.armed.iter().position(|(from, armed)| *armed == fault && *from <= now);
        if let Some(index) = armed {
            self.armed.remove(index);
            self.struck.push(fault);
        }
        armed.is_some()
    }

    /// Those that have struck since the last call.
    pub(crate) fn take_struck(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.struck)
    }
}
