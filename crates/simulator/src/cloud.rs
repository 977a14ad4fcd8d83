//! The ports of the tasks, on the simulated application and its alarms.

use crate::alarm::Alarm;
use crate::application::{ManagedApplication, Rescale, START};
use jiff::{SignedDuration, Timestamp};
use scaling::Parallelism;
use std::cell::RefCell;
use tasks::{
    Alarms, ApplicationDescription, ApplicationStatus, Applications, DataPoint, Operation, OperationStatus,
    Query, Refusal, Source, TaskError, Update, UpdateOutcome,
};

/// The simulated AWS, as the tasks see it at one moment.
pub(crate) struct Cloud<'a> {
    pub(crate) application: RefCell<&'a mut ManagedApplication>,
    pub(crate) alarms: &'a [Alarm],
}

/// A parallelism read from the simulated application, which never has none.
fn parallelism(count: u32) -> Result<Parallelism, TaskError> {
    Parallelism::new(count)
        .ok_or_else(|| TaskError::Fatal("failed to describe an application of no KPU".to_owned()))
}

/// The operation that a change of size is, as far as it is over at `now`.
fn operation(index: usize, rescale: &Rescale, now: Timestamp) -> Operation {
    let over = now >= rescale.settled;
    Operation {
        id: format!("update-{index}"),
        kind: "UpdateApplication".to_owned(),
        status: if over { OperationStatus::Successful } else { OperationStatus::InProgress },
        started: rescale.asked,
        ended: over.then_some(rescale.settled),
        failure: None,
        rolled_back_by: None,
    }
}

impl Applications for Cloud<'_> {
    async fn describe(&self, _application: &str) -> Result<ApplicationDescription, TaskError> {
        let application = self.application.borrow();
        let updating = application.is_updating();
        let status = if updating {
            ApplicationStatus::Changing("UPDATING".to_owned())
        } else {
            ApplicationStatus::Running
        };
        Ok(ApplicationDescription {
            status,
            version: application.version,
            current_parallelism: parallelism(application.current_parallelism())?,
            parallelism_per_kpu: parallelism(application.parallelism_per_kpu())?,
            last_updated: application.updates.last().map(|update| update.asked),
            allow_non_restored_state: Some(false),
        })
    }

    async fn operations(&self, _application: &str) -> Result<Vec<Operation>, TaskError> {
        /// As many as one page of the real list can have.
        const PAGE: usize = 50;
        let application = self.application.borrow();
        let newest = application.updates.iter().enumerate().rev().take(PAGE);
        Ok(newest.map(|(index, rescale)| operation(index, rescale, application.now())).collect())
    }

    async fn operation(&self, _application: &str, id: &str) -> Result<Operation, TaskError> {
        let application = self.application.borrow();
        let index: Option<usize> = id.strip_prefix("update-").and_then(|index| index.parse().ok());
        index
            .and_then(|index| Some(operation(index, application.updates.get(index)?, application.now())))
            .ok_or_else(|| {
                TaskError::Fatal(format!("failed to describe the operation '{id}': there is none"))
            })
    }

    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError> {
        let mut application = self.application.borrow_mut();
        if application.is_updating() {
            return Ok(UpdateOutcome::Refused(Refusal::Busy));
        }
        if update.version != application.version {
            return Ok(UpdateOutcome::Refused(Refusal::VersionChanged));
        }
        application.update_parallelism(update.parallelism.count());
        let operation = application.updates.len().checked_sub(1).map(|index| format!("update-{index}"));
        Ok(UpdateOutcome::Accepted { operation })
    }
}

impl Alarms for Cloud<'_> {
    async fn describe(&self, names: &[&str]) -> Result<Vec<tasks::Alarm>, TaskError> {
        let asked_for = self.alarms.iter().filter(|alarm| names.contains(&alarm.settings.name.as_str()));
        Ok(asked_for.map(described).collect())
    }

    async fn data_points(
        &self,
        alarm: &tasks::Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<DataPoint>, TaskError> {
        let application = self.application.borrow();
        let (Some(settings), Some(newest)) = (
            self.alarms.iter().map(|alarm| &alarm.settings).find(|settings| settings.name == alarm.name),
            application.newest_minute(),
        ) else {
            return Ok(Vec::new());
        };
        // CloudWatch cuts periods at whole multiples of their length; a minute's number is that of its start.
        let length = settings.period_minutes;
        let first = usize::try_from(from.duration_since(START).as_mins().max(0)).unwrap_or(usize::MAX);
        let starts = (first.next_multiple_of(length)..)
            .step_by(length)
            .take_while(|start| start + length - 1 <= newest);
        Ok(starts
            .filter_map(|start| {
                let value = application.metrics.data_point(
                    settings.metric,
                    settings.statistic,
                    start + length - 1,
                    length,
                )?;
                Some(DataPoint { start: at_minute(start), value })
            })
            .filter(|point| point.start >= from && point.start < to)
            .collect())
    }
}

fn at_minute(minute: usize) -> Timestamp {
    START + SignedDuration::from_mins(i64::try_from(minute).unwrap_or(0))
}

fn described(alarm: &Alarm) -> tasks::Alarm {
    let settings = &alarm.settings;
    let period = SignedDuration::from_mins(i64::try_from(settings.period_minutes).unwrap_or(1));
    tasks::Alarm {
        name: settings.name.clone(),
        state: alarm.state,
        state_updated: alarm.state_updated,
        comparison: settings.comparison,
        threshold: settings.threshold,
        period,
        evaluation_periods: u32::try_from(settings.evaluation_periods).unwrap_or(u32::MAX),
        queries: vec![Query {
            id: "m1".to_owned(),
            source: Source::Metric {
                namespace: settings.metric.namespace().to_owned(),
                name: settings.metric.name().to_owned(),
                dimensions: Vec::new(),
                statistic: settings.statistic.name().to_owned(),
                period,
            },
            returns_data: true,
        }],
    }
}
