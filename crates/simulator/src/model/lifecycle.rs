//! The lifecycle of an application as MSF reports it: status, versions and operations.

use jiff::{SignedDuration, Timestamp};

/// The status of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Updating,
    RollingBack,
    Stopping,
    Ready,
    Starting,
    Deleting,
    Gone,
}

/// An operation on an application.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) kind: &'static str,
    pub(crate) asked: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) end: End,
    /// The numbers of the versions before and after it.
    pub(crate) versions: (usize, usize),
    pub(crate) rolled_back_by: Option<usize>,
}

/// The result of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Successful,
    Failed,
    Cancelled,
}

/// The history of an application, and the part of its future that the operations in progress determine.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle {
    /// Each status with its start.
    statuses: Vec<(Timestamp, Status)>,
    /// Each parallelism that runs with its start.
    running: Vec<(Timestamp, u32)>,
    /// The parallelism of each version. Versions count from 1.
    versions: Vec<u32>,
    /// The operations, in the order of their requests. Each ends before the next is requested, except one that is rolled back: the
    /// rollback begins when the update ends.
    pub(crate) operations: Vec<Operation>,
}

impl Lifecycle {
    /// The lifecycle of an application that has always run with this parallelism.
    pub(crate) fn new(parallelism: u32) -> Self {
        Self {
            statuses: vec![(Timestamp::MIN, Status::Running)],
            running: vec![(Timestamp::MIN, parallelism)],
            versions: vec![parallelism],
            operations: Vec::new(),
        }
    }

    pub(crate) fn status(&self, now: Timestamp) -> Status {
        at(&self.statuses, now).map_or(Status::Gone, |(_, status)| status)
    }

    /// The start of its current status.
    pub(crate) fn since(&self, now: Timestamp) -> Timestamp {
        at(&self.statuses, now).map_or(Timestamp::MIN, |(since, _)| since)
    }

    /// The parallelism that runs.
    pub(crate) fn parallelism(&self, now: Timestamp) -> u32 {
        at(&self.running, now).map_or(0, |(_, parallelism)| parallelism)
    }

    /// The parallelism after the operation in progress.
    pub(crate) fn parallelism_to_come(&self) -> u32 {
        self.running.last().map_or(0, |(_, parallelism)| *parallelism)
    }

    /// The number of the newest version.
    pub(crate) fn version(&self) -> usize {
        self.versions.len()
    }

    /// The parallelism of a version.
    pub(crate) fn version_parallelism(&self, version: usize) -> Option<u32> {
        self.versions.get(version.checked_sub(1)?).copied()
    }

    /// The parallelism of the newest version.
    pub(crate) fn configured(&self) -> u32 {
        self.versions.last().copied().unwrap_or(0)
    }

    /// Adds a version and returns its number.
    pub(crate) fn add_version(&mut self, parallelism: u32) -> usize {
        self.versions.push(parallelism);
        self.versions.len()
    }

    /// Whether an operation is in progress.
    pub(crate) fn is_busy(&self, now: Timestamp) -> bool {
        // Only the newest operation and its rollback can be in progress.
        self.operations.iter().rev().take(2).any(|operation| now < operation.ends)
    }

    /// The end of the last finished operation.
    pub(crate) fn last_end(&self, now: Timestamp) -> Option<Timestamp> {
        self.operations.iter().rev().map(|operation| operation.ends).find(|end| *end <= now)
    }

    /// Sets the status from a time on.
    pub(crate) fn then(&mut self, from: Timestamp, status: Status) {
        self.statuses.push((from, status));
    }

    /// Sets the parallelism that runs from a time on.
    pub(crate) fn then_runs(&mut self, from: Timestamp, parallelism: u32) {
        self.running.push((from, parallelism));
    }

    /// Adds an operation and returns its number.
    pub(crate) fn add_operation(
        &mut self,
        kind: &'static str,
        (asked, ends): (Timestamp, Timestamp),
        end: End,
        versions: (usize, usize),
    ) -> usize {
        self.operations.push(Operation { kind, asked, ends, end, versions, rolled_back_by: None });
        self.operations.len() - 1
    }

    /// Cancels the operations in progress, and drops the effects that they would have had.
    pub(crate) fn break_off(&mut self, now: Timestamp) {
        self.statuses.retain(|(from, _)| *from <= now);
        self.running.retain(|(from, _)| *from <= now);
        self.operations.retain(|operation| operation.asked <= now);
        for operation in self.operations.iter_mut().filter(|operation| now < operation.ends) {
            operation.ends = now;
            operation.end = End::Cancelled;
        }
    }

    /// Adds an operation with its duration, its status while it is in progress, and the status after it.
    pub(crate) fn passes(
        &mut self,
        kind: &'static str,
        now: Timestamp,
        takes: SignedDuration,
        (meanwhile, afterwards): (Status, Status),
    ) {
        let over = now + takes;
        let version = self.version();
        self.add_operation(kind, (now, over), End::Successful, (version, version));
        self.then(now, meanwhile);
        self.then(over, afterwards);
    }
}

/// The value at a time, of values that each hold from their own time on.
fn at<Value: Copy>(values: &[(Timestamp, Value)], now: Timestamp) -> Option<(Timestamp, Value)> {
    values.iter().rev().find(|(from, _)| *from <= now).copied()
}
