//! The ports of the tasks on the simulated application, its alarms and its stream.

mod streams;

pub(crate) use streams::{asked_at, changes_of_the_day, doublings, is_of_the_day};

use crate::Metric;
use crate::deployed::job_series::{footprint_series, job_series};
use crate::deployed::load_and_budget_alarms::{budget_alarm, described};
use crate::deployed::settings::Settings;
use crate::model::alarm::Alarm;
use crate::model::application::{ManagedApplication, PlannedOutcome};
use crate::model::fault::{Fault, Faults};
use crate::model::lifecycle::{self, End, Status};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, HOURS_OF_A_MONTH, Parallelism};
use std::cell::RefCell;
use tasks::{
    Alarms, ApplicationDescription, DataPoint, DescribedAlarms, EventBus, HEAP_METRIC, Operation,
    OperationStatus, PAUSE_TAG, ParallelismChange, Refusal, ResourceDescription, ResourceStatus, Resources,
    ScalingEvent, Series, Snapshots, TaskError, UnusableAlarm, UnusableKind, Update, UpdateOutcome,
    is_job_query, job_query_id,
};

/// The simulated AWS as a task reads it at one time.
pub(crate) struct Cloud<'a> {
    pub(crate) application: RefCell<&'a mut ManagedApplication>,
    /// The shards of the stream that the application reads, if the stream is simulated.
    pub(crate) source: Option<u32>,
    pub(crate) alarms: &'a [(Direction, Alarm)],
    pub(crate) settings: &'a Settings,
    pub(crate) faults: RefCell<&'a mut Faults>,
    /// The time by which the clock of MSF is fast.
    pub(crate) clock_skew: SignedDuration,
    /// The number of the operation of the last update.
    pub(crate) begun: RefCell<Option<usize>>,
    /// The published events.
    pub(crate) published: RefCell<Vec<ScalingEvent>>,
}

/// The identifier of an operation in MSF.
fn id(index: usize) -> String {
    format!("op-{index}")
}

/// The number of the operation with this identifier.
pub(crate) fn number(id: &str) -> Option<usize> {
    id.strip_prefix("op-")?.parse().ok()
}

impl Cloud<'_> {
    fn strike(&self, fault: Fault) -> bool {
        let now = self.application.borrow().now();
        self.faults.borrow_mut().strike(fault, now)
    }

    /// Applies the faults that any call may have.
    fn call(&self, action: &str) -> Result<(), TaskError> {
        if self.strike(Fault::Throttle) {
            return Err(TaskError::Retryable(format!("failed to {action}: ThrottlingException")));
        }
        if self.strike(Fault::ServerError) {
            return Err(TaskError::Retryable(format!("failed to {action}: InternalFailure")));
        }
        Ok(())
    }

    /// The operation as MSF describes it now.
    fn operation_now(&self, index: usize) -> Option<Operation> {
        let application = self.application.borrow();
        let now = application.now();
        let operation = application.life.operations.get(index).filter(|operation| operation.asked <= now)?;
        let over = now >= operation.ends;
        let status = match operation.end {
            _ if !over => OperationStatus::InProgress,
            End::Successful => OperationStatus::Successful,
            End::Failed => OperationStatus::Failed,
            End::Cancelled => OperationStatus::Cancelled,
        };
        let has_failed = over && operation.end == End::Failed;
        Some(Operation {
            id: id(index),
            kind: operation.kind.to_owned(),
            status,
            started: operation.asked + self.clock_skew,
            ended: over.then_some(operation.ends + self.clock_skew),
            failure: has_failed.then(|| "the job could not be started".to_owned()),
            rolled_back_by: operation.rolled_back_by.filter(|_| over).map(id),
        })
    }

    /// The outcome of an update that begins now.
    fn planned_outcome(&self) -> PlannedOutcome {
        let outcomes = [
            (Fault::AbortedUpdate, PlannedOutcome::Aborts),
            (Fault::FailedUpdate, PlannedOutcome::Stops),
            (Fault::RolledBackUpdate, PlannedOutcome::RollsBack),
            (Fault::StuckUpdate, PlannedOutcome::Hangs),
        ];
        let struck = outcomes.into_iter().find(|(fault, _)| self.strike(*fault));
        struck.map_or(PlannedOutcome::Succeeds, |(_, outcome)| outcome)
    }
}

/// A parallelism of the simulated application, which is never zero.
fn parallelism(count: u32) -> Result<Parallelism, TaskError> {
    Parallelism::new(count)
        .ok_or_else(|| TaskError::Fatal("failed to describe a resource without a size".to_owned()))
}

fn version(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Resources for Cloud<'_> {
    async fn describe(&self, name: &str) -> Result<Option<ResourceDescription>, TaskError> {
        self.call(&format!("describe the application '{name}'"))?;
        let application = self.application.borrow();
        let changing = |name: &str| ResourceStatus::Changing(name.to_owned());
        let status = match application.status() {
            Status::Gone => return Ok(None),
            Status::Running => ResourceStatus::Running,
            Status::Ready => ResourceStatus::Ready,
            Status::RollingBack => ResourceStatus::RollingBack,
            Status::Deleting => ResourceStatus::Deleting,
            Status::Updating => changing("UPDATING"),
            Status::Stopping => changing("STOPPING"),
            Status::Starting => changing("STARTING"),
        };
        let updated = |operation: &&lifecycle::Operation| operation.kind == "UpdateApplication";
        Ok(Some(ResourceDescription {
            arn: name.to_owned(),
            status,
            current_parallelism: parallelism(application.current_parallelism())?,
            application: Some(ApplicationDescription {
                version: version(application.life.version()),
                parallelism_per_kpu: parallelism(application.parallelism_per_kpu())?,
                autoscaling_enabled: false,
                last_updated: application
                    .life
                    .operations
                    .iter()
                    .rev()
                    .find(updated)
                    .map(|update| update.asked + self.clock_skew),
                allow_non_restored_state: Some(false),
            }),
        }))
    }

    async fn operations(&self, name: &str) -> Result<Vec<Operation>, TaskError> {
        /// The largest page that `ListApplicationOperations` returns.
        const PAGE: usize = 50;
        self.call(&format!("list the operations of '{name}'"))?;
        let count = self.application.borrow().life.operations.len();
        Ok((0..count).rev().filter_map(|index| self.operation_now(index)).take(PAGE).collect())
    }

    async fn operation(&self, _application: &str, id: &str) -> Result<Option<Operation>, TaskError> {
        self.call(&format!("describe the operation '{id}'"))?;
        Ok(number(id).and_then(|index| self.operation_now(index)))
    }

    async fn change(&self, _application: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError> {
        self.call(&format!("describe the change of the operation '{id}'"))?;
        let application = self.application.borrow();
        let parallelism = |version| application.life.version_parallelism(version).and_then(Parallelism::new);
        Ok(number(id).and_then(|index| {
            let (from, to) = application.life.operations.get(index)?.versions;
            Some(ParallelismChange {
                version: Some(version(from)),
                from: parallelism(from)?,
                to: parallelism(to)?,
            })
        }))
    }

    async fn tag(&self, arn: &str, key: &str) -> Result<Option<String>, TaskError> {
        self.call(&format!("list the tags of '{arn}'"))?;
        let now = self.application.borrow().now();
        Ok(self.settings.pause(now).filter(|_| key == PAUSE_TAG).map(|pause| pause.to_string()))
    }

    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError> {
        self.call(&format!("update the application '{}'", update.resource))?;
        if self.strike(Fault::StaleVersion) {
            let life = &mut self.application.borrow_mut().life;
            life.add_version(life.configured());
        }
        if self.strike(Fault::ResourceInUse) || self.application.borrow().is_updating() {
            return Ok(UpdateOutcome::Refused(Refusal::Busy));
        }
        if update.version != Some(version(self.application.borrow().life.version())) {
            return Ok(UpdateOutcome::Refused(Refusal::VersionChanged));
        }
        let outcome = self.planned_outcome();
        let begun = self.application.borrow_mut().update(update.parallelism.count(), outcome);
        let Some(operation) = begun else { return Ok(UpdateOutcome::Refused(Refusal::Busy)) };
        *self.begun.borrow_mut() = Some(operation);
        if self.strike(Fault::LostAnswer) {
            let name = &update.resource;
            return Err(TaskError::Retryable(format!(
                "failed to update the application '{name}': the connection was closed"
            )));
        }
        Ok(UpdateOutcome::Accepted { operation: Some(id(operation)) })
    }
}

impl Snapshots for Cloud<'_> {
    async fn snapshot(&self, application: &str) -> Result<Option<Timestamp>, TaskError> {
        self.call(&format!("list the snapshots of '{application}'"))?;
        let application = self.application.borrow();
        let now = application.now();
        Ok(application.metrics.takes_snapshot(application.minute()).then_some(now))
    }
}

impl EventBus for Cloud<'_> {
    async fn publish(&self, event: &ScalingEvent) -> Result<(), TaskError> {
        self.call("put an event")?;
        self.published.borrow_mut().push(event.clone());
        Ok(())
    }
}

impl Alarms for Cloud<'_> {
    async fn describe(&self, names: &[&str]) -> Result<DescribedAlarms, TaskError> {
        self.call(&format!("describe the alarms {}", names.join(", ")))?;
        let now = self.application.borrow().now();
        let mut answer = DescribedAlarms::default();
        let others = [self.settings.load_alarm(), budget_alarm()].map(Alarm::new);
        let alarms = self.alarms.iter().map(|(_, alarm)| alarm).chain(&others);
        for alarm in alarms.filter(|alarm| names.contains(&alarm.settings.name.as_str())) {
            let name = alarm.settings.name.clone();
            match alarm.unusable_at(now) {
                None => answer.alarms.push(described(alarm)),
                Some(UnusableKind::NotFound) => {}
                Some(kind) => answer.unusable.push(UnusableAlarm { name, kind }),
            }
        }
        Ok(answer)
    }

    async fn data_points(
        &self,
        alarm: &tasks::Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Series>, TaskError> {
        self.call(&format!("read the metric of the alarm '{}'", alarm.name))?;
        let application = self.application.borrow();
        if alarm.queries.iter().any(|query| query.id == job_query_id(HEAP_METRIC)) {
            return Ok(footprint_series(&application));
        }
        let partial = self.strike(Fault::MetricPartial);
        let others = [self.settings.load_alarm(), budget_alarm()];
        let settings = self.alarms.iter().map(|(_, alarm)| &alarm.settings).chain(&others);
        let (Some(settings), Some(newest)) =
            (settings.into_iter().find(|settings| settings.name == alarm.name), application.newest_minute())
        else {
            return Ok(Vec::new());
        };
        // CloudWatch aligns periods with multiples of their length. The number of a minute is the number of its start.
        let length = settings.period_minutes;
        let clock = application.clock;
        let first = usize::try_from(from.duration_since(clock.start).as_mins().max(0)).unwrap_or(usize::MAX);
        let first = (first.min(newest + 1)..=newest + length)
            .find(|start| clock.period_start(*start, length) == Some(*start));
        let starts =
            (first.unwrap_or(usize::MAX)..).step_by(length).take_while(|start| start + length - 1 <= newest);
        // The budget alarm of a stack watches an expression: the cost of a month at the current KPUs.
        let dollars = HOURS_OF_A_MONTH * application.model.dollars_per_kpu_hour;
        let unit = if settings.metric == Metric::Kpus { dollars } else { 1.0 };
        let points = starts.filter_map(|start| {
            let last = start + length - 1;
            let value = application.data_point(settings.metric, settings.statistic, last, length)?;
            Some(DataPoint { start: clock.at_minute(start), value: value * unit })
        });
        let partial = partial.then(|| DataPoint { start: clock.at_minute(application.minute()), value: 0.0 });
        let points = points.chain(partial).filter(|point| point.start >= from && point.start < to);
        let asks_for_the_job = alarm.queries.iter().any(|query| is_job_query(&query.id));
        let of_job = if asks_for_the_job { job_series(&application, self.settings) } else { Vec::new() };
        Ok(std::iter::once(alarm.series(points.collect())).chain(of_job).collect())
    }
}
