//! A small world: one application, one alarm, and everything that can be asked of them. Time goes in steps.

use boundary::fixtures::cpu_alarm;
use jiff::{SignedDuration, Timestamp};
use scaling::Parallelism;
use tasks::{
    Alarm, AlarmState, ApplicationDescription, Comparison, DataPoint, Operation, OperationStatus, Refusal,
    ResourceDescription, ResourceStatus, Update, UpdateOutcome,
};

pub(crate) const START: Timestamp = Timestamp::constant(1_800_000_000, 0);
pub(crate) const STEP: SignedDuration = SignedDuration::from_secs(30);
pub(crate) const GRACE: SignedDuration = SignedDuration::from_secs(60);
pub(crate) const PAUSE: SignedDuration = SignedDuration::from_secs(120);
pub(crate) const MOST: u32 = 4;

/// How long an update takes.
const UPDATE: SignedDuration = SignedDuration::from_secs(60);

/// An update of the application, by an execution or by another caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Change {
    pub(crate) started: Timestamp,
    pub(crate) ends: Timestamp,
    /// The parallelism before and after.
    pub(crate) sizes: (u32, u32),
    /// The execution that asked for it.
    pub(crate) by: Option<usize>,
    pub(crate) fails: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) version: i64,
    pub(crate) parallelism: u32,
    pub(crate) changes: Vec<Change>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { now: START, version: 1, parallelism: 1, changes: Vec::new() }
    }

    pub(crate) fn is_updating(&self) -> bool {
        self.changes.last().is_some_and(|change| self.now < change.ends)
    }

    /// Time goes on; an update that is over by then has its effect.
    pub(crate) fn step(&mut self) {
        let before = self.now;
        self.now += STEP;
        for change in &self.changes {
            if before < change.ends && change.ends <= self.now && !change.fails {
                self.parallelism = change.sizes.1;
            }
        }
    }

    pub(crate) fn begin(&mut self, parallelism: u32, by: Option<usize>, fails: bool) {
        let sizes = (self.parallelism, parallelism);
        self.changes.push(Change { started: self.now, ends: self.now + UPDATE, sizes, by, fails });
        self.version += 1;
    }

    pub(crate) fn describe(&self) -> ResourceDescription {
        let updating = ResourceStatus::Changing("UPDATING".to_owned());
        ResourceDescription {
            arn: "arn:aws:kinesisanalytics:eu-west-1:123456789012:application/orders".to_owned(),
            status: if self.is_updating() { updating } else { ResourceStatus::Running },
            current_parallelism: Parallelism::new(self.parallelism).unwrap(),
            application: Some(ApplicationDescription {
                version: self.version,
                parallelism_per_kpu: Parallelism::new(1).unwrap(),
                autoscaling_enabled: false,
                last_updated: self.changes.last().map(|change| change.started),
                allow_non_restored_state: None,
            }),
        }
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        (0..self.changes.len()).map(|index| self.operation(index)).collect()
    }

    pub(crate) fn operation(&self, index: usize) -> Operation {
        let change = &self.changes[index];
        let status = match (self.now < change.ends, change.fails) {
            (true, _) => OperationStatus::InProgress,
            (false, true) => OperationStatus::Failed,
            (false, false) => OperationStatus::Successful,
        };
        Operation {
            id: index.to_string(),
            kind: "UpdateApplication".to_owned(),
            status,
            started: change.started,
            ended: (self.now >= change.ends).then_some(change.ends),
            failure: None,
            rolled_back_by: None,
        }
    }

    pub(crate) fn update(&mut self, update: &Update, by: usize, fails: bool) -> UpdateOutcome {
        if self.is_updating() {
            return UpdateOutcome::Refused(Refusal::Busy);
        }
        if update.version != Some(self.version) {
            return UpdateOutcome::Refused(Refusal::VersionChanged);
        }
        self.begin(update.parallelism.count(), Some(by), fails);
        UpdateOutcome::Accepted { operation: Some((self.changes.len() - 1).to_string()) }
    }

    /// The scale-out alarm is in ALARM until the largest size but one is passed; the scale-in alarm never is.
    pub(crate) fn alarms(&self) -> Vec<Alarm> {
        let ringing = if self.parallelism < MOST { AlarmState::Alarm } else { AlarmState::Ok };
        vec![
            cpu_alarm("scale-out", Comparison::GreaterThanThreshold, 85.0, ringing),
            cpu_alarm("scale-in", Comparison::LessThanOrEqualToThreshold, 20.0, AlarmState::Ok),
        ]
    }

    /// A data point for every minute, the one before the start included.
    pub(crate) fn data_points(&self, from: Timestamp, to: Timestamp) -> Vec<DataPoint> {
        let starts = (-2..).map(|minute| START + SignedDuration::from_mins(minute));
        let value = if self.parallelism < MOST { 90.0 } else { 50.0 };
        starts
            .take_while(|start| *start < to)
            .filter(|start| *start >= from)
            .map(|start| DataPoint { start, value })
            .collect()
    }
}
