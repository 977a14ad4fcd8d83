//! The world around a task: an application, its alarms with their data, and a stream, in the words of a test. The ports return these values,
//! and record the updates. Nothing in it changes by itself.

mod alarms;
mod ports;

pub(crate) use alarms::{IN, OUT, Watch, alarm, alarm_on};

use jiff::{SignedDuration, Timestamp};
use scaling::Parallelism;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{
    Alarm, ApplicationDescription, CHANGES_TAG, Comparison, DataPoint, Operation, OperationStatus,
    PolicyText, Refusal, ResourceDescription, ResourceStatus, ScalingEvent, Series, StreamSummary, TaskError,
    UnusableAlarm, Update, UpdateOutcome,
};

pub(crate) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

pub(crate) fn ago(seconds: i64) -> Timestamp {
    NOW - SignedDuration::from_secs(seconds)
}

pub(crate) struct World {
    pub(crate) description: ResourceDescription,
    exists: bool,
    /// The operations whose change MSF still keeps: the identifier, and the parallelism before and after.
    changes: Vec<(&'static str, u32, u32)>,
    operations: Vec<Operation>,
    /// Operations that an earlier attempt started, and that are visible only after the next write.
    delayed_operations: Vec<Operation>,
    tag: Result<Option<String>, TaskError>,
    snapshot: Result<Option<Timestamp>, TaskError>,
    update_outcome: Result<UpdateOutcome, TaskError>,
    pub(crate) updates: RefCell<Vec<Update>>,
    alarms: Vec<Alarm>,
    points: Vec<(&'static str, DataPoint)>,
    /// Further series of an alarm: of contributors, and of the inputs of its expression.
    series: Vec<(&'static str, Series)>,
    /// The series about the job, which a search finds.
    job: Vec<Series>,
    /// Whether CloudWatch rejects every search.
    rejects_job_queries: bool,
    /// The number of calls to AWS.
    pub(crate) calls: Cell<usize>,
    /// The alarms that exist and cannot be used.
    unusable: Vec<UnusableAlarm>,
    pub(crate) published: RefCell<Vec<ScalingEvent>>,
    /// Whether publishing fails.
    fails_to_publish: bool,
    /// The stream, or `None` if it does not exist.
    stream: Option<StreamSummary>,
    pub(crate) stream_tags: RefCell<BTreeMap<String, String>>,
    /// The requested shard counts.
    pub(crate) reshardings: RefCell<Vec<u32>>,
}

impl World {
    /// Returns an application that runs with eight KPUs, without operations and data, and with both alarms OK.
    pub(crate) fn new() -> Self {
        Self {
            description: ResourceDescription {
                arn: "arn:aws:kinesisanalytics:eu-west-1:123456789012:application/orders".to_owned(),
                status: ResourceStatus::Running,
                current_parallelism: Parallelism::new(8).unwrap(),
                application: Some(ApplicationDescription {
                    version: 7,
                    parallelism_per_kpu: Parallelism::new(1).unwrap(),
                    autoscaling_enabled: false,
                    last_updated: None,
                    allow_non_restored_state: Some(true),
                }),
            },
            exists: true,
            changes: Vec::new(),
            operations: Vec::new(),
            delayed_operations: Vec::new(),
            tag: Ok(None),
            snapshot: Ok(None),
            update_outcome: Ok(UpdateOutcome::Accepted { operation: Some("op-1".to_owned()) }),
            updates: RefCell::default(),
            alarms: vec![
                alarm(OUT, Comparison::GreaterThanThreshold, 80.0),
                alarm(IN, Comparison::LessThanOrEqualToThreshold, 20.0),
            ],
            points: Vec::new(),
            series: Vec::new(),
            job: Vec::new(),
            rejects_job_queries: false,
            calls: Cell::new(0),
            unusable: Vec::new(),
            published: RefCell::default(),
            fails_to_publish: false,
            stream: Some(StreamSummary {
                arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks".to_owned(),
                status: ResourceStatus::Running,
                shards: Parallelism::new(4).unwrap(),
                is_on_demand: false,
            }),
            stream_tags: RefCell::default(),
            reshardings: RefCell::default(),
        }
    }

    /// Returns an application that runs with this number of KPUs.
    pub(crate) fn running(kpus: u32) -> Self {
        Self::new().runs_with(kpus)
    }

    /// The application has this parallelism, which is its number of KPUs unless a test sets another parallelism per KPU.
    pub(crate) fn runs_with(mut self, parallelism: u32) -> Self {
        self.description.current_parallelism = Parallelism::new(parallelism).unwrap();
        self
    }

    /// A KPU runs this number of subtasks.
    pub(crate) fn with_subtasks_per_kpu(mut self, subtasks: u32) -> Self {
        self.application().parallelism_per_kpu = Parallelism::new(subtasks).unwrap();
        self
    }

    /// The application has this status.
    pub(crate) fn is(mut self, status: ResourceStatus) -> Self {
        self.description.status = status;
        self
    }

    /// The application has this version.
    pub(crate) fn at_version(mut self, version: i64) -> Self {
        self.application().version = version;
        self
    }

    /// The built-in autoscaling of MSF is on.
    pub(crate) fn with_built_in_autoscaling(mut self) -> Self {
        self.application().autoscaling_enabled = true;
        self
    }

    /// No application has this name.
    pub(crate) fn without_application(mut self) -> Self {
        self.exists = false;
        self
    }

    /// An update began and ended these numbers of seconds ago, or has not ended.
    pub(crate) fn updated(self, status: OperationStatus, began: i64, ended: Option<i64>) -> Self {
        self.ran(operation("UpdateApplication", status, began, ended))
    }

    /// An update of two minutes succeeded this number of seconds ago, and restarted the job.
    pub(crate) fn restarted(self, seconds_ago: i64) -> Self {
        self.updated(OperationStatus::Successful, seconds_ago + 120, Some(seconds_ago))
    }

    /// MSF lists this operation of the application.
    pub(crate) fn ran(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// An earlier attempt started this operation, and MSF lists it after the next write.
    pub(crate) fn with_delayed(mut self, operation: Operation) -> Self {
        self.delayed_operations.push(operation);
        self
    }

    /// MSF knows the parallelism before and after the change of an operation.
    pub(crate) fn changed(mut self, operation: &'static str, from: u32, to: u32) -> Self {
        self.changes.push((operation, from, to));
        self
    }

    /// MSF or Kinesis refuses the update.
    pub(crate) fn refuses(mut self, refusal: Refusal) -> Self {
        self.update_outcome = Ok(UpdateOutcome::Refused(refusal));
        self
    }

    /// The call that updates the application or the stream fails.
    pub(crate) fn fails_to_update(mut self, error: TaskError) -> Self {
        self.update_outcome = Err(error);
        self
    }

    /// The tag of the application for pauses has this value.
    pub(crate) fn paused(self, tag: &str) -> Self {
        self.with_pause_tag(Ok(Some(tag.to_owned())))
    }

    /// The call that reads the tag for pauses has this result.
    pub(crate) fn with_pause_tag(mut self, tag: Result<Option<String>, TaskError>) -> Self {
        self.tag = tag;
        self
    }

    /// A snapshot has been in progress for this number of seconds.
    pub(crate) fn takes_a_snapshot(mut self, seconds: i64) -> Self {
        self.snapshot = Ok(Some(ago(seconds)));
        self
    }

    /// The call that lists the snapshots fails.
    pub(crate) fn fails_to_list_snapshots(mut self, error: TaskError) -> Self {
        self.snapshot = Err(error);
        self
    }

    /// The event bus rejects every event.
    pub(crate) fn fails_to_publish(mut self) -> Self {
        self.fails_to_publish = true;
        self
    }

    /// CloudWatch has these series about the job.
    pub(crate) fn with_job(mut self, series: Vec<Series>) -> Self {
        self.job = series;
        self
    }

    /// The capacity of the stream is on demand.
    pub(crate) fn with_stream_on_demand(mut self) -> Self {
        self.stream.as_mut().unwrap().is_on_demand = true;
        self
    }

    /// No stream has this name.
    pub(crate) fn without_stream(mut self) -> Self {
        self.stream = None;
        self
    }

    /// The stream has this number of shards, and this status.
    pub(crate) fn with_stream(mut self, shards: u32, status: ResourceStatus) -> Self {
        let stream = self.stream.as_mut().unwrap();
        (stream.shards, stream.status) = (Parallelism::new(shards).unwrap(), status);
        self
    }

    /// The tag of the stream that records its changes has this value.
    pub(crate) fn remembers(self, changes: &str) -> Self {
        self.stream_tags.borrow_mut().insert(CHANGES_TAG.to_owned(), changes.to_owned());
        self
    }

    /// Returns the part of the description that only an application has.
    pub(crate) fn application(&mut self) -> &mut ApplicationDescription {
        self.description.application.as_mut().unwrap()
    }
}

pub(crate) fn operation(kind: &str, status: OperationStatus, started: i64, ended: Option<i64>) -> Operation {
    Operation {
        id: "op-1".to_owned(),
        kind: kind.to_owned(),
        status,
        started: ago(started),
        ended: ended.map(ago),
        failure: None,
        rolled_back_by: None,
    }
}

pub(crate) fn policy() -> PolicyText {
    serde_json::from_value(serde_json::json!({
        "ApplicationName": "orders",
        "ScaleOutAlarm": "orders-out",
        "ScaleInAlarm": "orders-in",
        "ScaleInMaxLag": "",
        "MinKpu": "1",
        "MaxKpu": "10",
        "MaxParallelism": "",
        "ScalingOperation": "Multiply/Divide",
        "ScaleOutFactor": "2",
        "ScaleInFactor": "2",
        "GracePeriodSeconds": "300",
        "HeartbeatMinutes": "5",
        "PollIntervalSeconds": "15",
        "FailurePauseMinutes": "20",
        "LagObjectiveSeconds": "60",
        "UpdateTimeoutMinutes": "30",
    }))
    .unwrap()
}

/// Runs a future that never waits.
pub(crate) fn now<Output>(future: impl Future<Output = Output>) -> Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("no future of the tests waits"),
    }
}
