//! A static fake of all ports. The ports return the values that a test has set, and record the updates.

use jiff::{SignedDuration, Timestamp};
use scaling::Parallelism;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{
    Alarm, AlarmState, Alarms, ApplicationDescription, Comparison, DataPoint, DescribedAlarms, EventBus,
    Operation, OperationStatus, ParallelismChange, PolicyText, Query, Refusal, ResourceDescription,
    ResourceStatus, Resources, ScalingEvent, Series, Snapshots, Source, StreamSummary, Streams, TaskError,
    UnusableAlarm, Update, UpdateOutcome,
};

pub(crate) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

pub(crate) fn ago(seconds: i64) -> Timestamp {
    NOW - SignedDuration::from_secs(seconds)
}

pub(crate) struct World {
    pub(crate) description: ResourceDescription,
    pub(crate) exists: bool,
    /// The operations whose change MSF still keeps: the identifier, and the parallelism before and after.
    pub(crate) changes: Vec<(&'static str, u32, u32)>,
    pub(crate) operations: Vec<Operation>,
    /// Operations that an earlier attempt started, and that are visible only after the next write.
    pub(crate) delayed_operations: Vec<Operation>,
    pub(crate) tag: Result<Option<String>, TaskError>,
    pub(crate) snapshot: Result<Option<Timestamp>, TaskError>,
    pub(crate) update_outcome: Result<UpdateOutcome, TaskError>,
    pub(crate) updates: RefCell<Vec<Update>>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) points: Vec<(&'static str, DataPoint)>,
    /// Further series of an alarm: of contributors, and of the inputs of its expression.
    pub(crate) series: Vec<(&'static str, Series)>,
    /// The series about the job, which a search finds.
    pub(crate) job: Vec<Series>,
    /// Whether CloudWatch rejects every search.
    pub(crate) rejects_searches: bool,
    /// The number of calls to AWS.
    pub(crate) calls: Cell<usize>,
    /// The alarms that exist and cannot be used.
    pub(crate) unusable: Vec<UnusableAlarm>,
    pub(crate) published: RefCell<Vec<ScalingEvent>>,
    /// Whether publishing fails.
    pub(crate) fails_to_publish: bool,
    /// The stream, or `None` if it does not exist.
    pub(crate) stream: Option<StreamSummary>,
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
                alarm("orders-out", Comparison::GreaterThanThreshold, 80.0),
                alarm("orders-in", Comparison::LessThanOrEqualToThreshold, 20.0),
            ],
            points: Vec::new(),
            series: Vec::new(),
            job: Vec::new(),
            rejects_searches: false,
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

    /// The application has this parallelism, which is its number of KPUs unless a test sets another parallelism per KPU.
    pub(crate) fn runs_with(mut self, parallelism: u32) -> Self {
        self.description.current_parallelism = Parallelism::new(parallelism).unwrap();
        self
    }

    /// The application has this status.
    pub(crate) fn is(mut self, status: ResourceStatus) -> Self {
        self.description.status = status;
        self
    }

    /// No application has this name.
    pub(crate) fn without_application(mut self) -> Self {
        self.exists = false;
        self
    }

    /// An update began and ended these numbers of seconds ago, or has not ended.
    pub(crate) fn updated(mut self, status: OperationStatus, began: i64, ended: Option<i64>) -> Self {
        self.operations.push(operation("UpdateApplication", status, began, ended));
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
    pub(crate) fn paused(mut self, tag: &str) -> Self {
        self.tag = Ok(Some(tag.to_owned()));
        self
    }

    /// A snapshot has been in progress for this number of seconds.
    pub(crate) fn takes_a_snapshot(mut self, seconds: i64) -> Self {
        self.snapshot = Ok(Some(ago(seconds)));
        self
    }

    /// The alarm is in ALARM.
    pub(crate) fn in_alarm(mut self, name: &str) -> Self {
        self.alarms.iter_mut().find(|alarm| alarm.name == name).unwrap().state = AlarmState::Alarm;
        self
    }

    /// The metric of the alarm has a data point that began this number of seconds ago.
    pub(crate) fn measured(mut self, alarm: &'static str, seconds_ago: i64, value: f64) -> Self {
        self.points.push((alarm, DataPoint { start: ago(seconds_ago), value }));
        self
    }

    /// Returns the part of the description that only an application has.
    pub(crate) fn application(&mut self) -> &mut ApplicationDescription {
        self.description.application.as_mut().unwrap()
    }
}

impl World {
    fn count(&self) {
        self.calls.set(self.calls.get() + 1);
    }
}

pub(crate) fn alarm(name: &str, comparison: Comparison, threshold: f64) -> Alarm {
    Alarm {
        name: name.to_owned(),
        state: AlarmState::Ok,
        state_updated: ago(3_600),
        comparison,
        threshold,
        period: SignedDuration::from_secs(60),
        evaluation_periods: 5,
        queries: vec![Query {
            id: "m1".to_owned(),
            source: Source::Metric {
                namespace: "AWS/KinesisAnalytics".to_owned(),
                name: "containerCPUUtilization".to_owned(),
                dimensions: vec![("Application".to_owned(), "orders".to_owned())],
                statistic: "Average".to_owned(),
                period: SignedDuration::from_secs(60),
                unit: None,
            },
            account: None,
            returns_data: true,
        }],
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

impl Resources for World {
    async fn describe(&self, _application: &str) -> Result<Option<ResourceDescription>, TaskError> {
        self.count();
        Ok(self.exists.then(|| self.description.clone()))
    }

    async fn operations(&self, _application: &str) -> Result<Vec<Operation>, TaskError> {
        self.count();
        // Delayed operations arrive with the next write.
        let arrived = if self.updates.borrow().is_empty() { &[] } else { self.delayed_operations.as_slice() };
        Ok([self.operations.as_slice(), arrived].concat())
    }

    async fn operation(&self, _application: &str, id: &str) -> Result<Option<Operation>, TaskError> {
        self.count();
        Ok(self.operations.iter().find(|operation| operation.id == id).cloned())
    }

    async fn change(&self, _application: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError> {
        self.count();
        let parallelism = |count| Parallelism::new(count).unwrap();
        let change = self.changes.iter().find(|(operation, _, _)| *operation == id);
        Ok(change.map(|(_, from, to)| ParallelismChange {
            version: Some(7),
            from: parallelism(*from),
            to: parallelism(*to),
        }))
    }

    async fn tag(&self, arn: &str, key: &str) -> Result<Option<String>, TaskError> {
        self.count();
        assert_eq!((arn, key), (self.description.arn.as_str(), "kpu-autoscaler.pause"));
        self.tag.clone()
    }

    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError> {
        self.count();
        self.updates.borrow_mut().push(update.clone());
        self.update_outcome.clone()
    }
}

impl Snapshots for World {
    async fn snapshot(&self, _application: &str) -> Result<Option<Timestamp>, TaskError> {
        self.count();
        self.snapshot.clone()
    }
}

impl Streams for World {
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError> {
        assert_eq!(stream, "clicks");
        Ok(self.stream.clone())
    }

    async fn tag(&self, stream: &str, key: &str) -> Result<Option<String>, TaskError> {
        assert_eq!(stream, "clicks");
        Ok(self.stream_tags.borrow().get(key).cloned())
    }

    async fn set_tag(&self, stream: &str, key: &str, value: &str) -> Result<(), TaskError> {
        assert_eq!(stream, "clicks");
        self.stream_tags.borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn update_shard_count(
        &self,
        stream: &str,
        shards: Parallelism,
    ) -> Result<Option<Refusal>, TaskError> {
        assert_eq!(stream, "clicks");
        let outcome = self.update_outcome.clone()?;
        self.reshardings.borrow_mut().push(shards.count());
        Ok(match outcome {
            UpdateOutcome::Refused(refusal) => Some(refusal),
            UpdateOutcome::Accepted { .. } => None,
        })
    }
}

impl EventBus for World {
    async fn publish(&self, event: &ScalingEvent) -> Result<(), TaskError> {
        if self.fails_to_publish {
            return Err(TaskError::Retryable("failed to publish: throttled".to_owned()));
        }
        self.published.borrow_mut().push(event.clone());
        Ok(())
    }
}

impl Alarms for World {
    async fn describe(&self, names: &[&str]) -> Result<DescribedAlarms, TaskError> {
        self.count();
        let is_named = |name: &String| names.contains(&name.as_str());
        Ok(DescribedAlarms {
            alarms: self.alarms.iter().filter(|alarm| is_named(&alarm.name)).cloned().collect(),
            unusable: self.unusable.iter().filter(|alarm| is_named(&alarm.name)).cloned().collect(),
        })
    }

    async fn data_points(
        &self,
        alarm: &Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Series>, TaskError> {
        self.count();
        let is_search = |query: &Query| matches!(&query.source, Source::Expression { text, .. } if text.starts_with("SEARCH"));
        if self.rejects_searches && alarm.queries.iter().any(is_search) {
            return Err(TaskError::Fatal("failed to read the metric: ValidationError".to_owned()));
        }
        let within = |point: &DataPoint| point.start >= from && point.start < to;
        let of_alarm = self.points.iter().filter(|(name, _)| *name == alarm.name).map(|(_, point)| *point);
        let read = alarm.queries_to_read();
        let is_read =
            |series: &Series| read.iter().any(|query| query.returns_data && query.id == series.query);
        let more = self.series.iter().filter(|(name, series)| *name == alarm.name && is_read(series));
        let of_query = |(_, series): &(_, Series)| Series {
            points: series.points.iter().copied().filter(within).collect(),
            ..series.clone()
        };
        Ok(std::iter::once(alarm.series(of_alarm.filter(within).collect()))
            .chain(more.map(of_query))
            .chain(self.job.iter().filter(|series| is_read(series)).cloned())
            .collect())
    }
}

/// Runs a future that never waits.
pub(crate) fn now<Output>(future: impl Future<Output = Output>) -> Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("no future of the tests waits"),
    }
}
