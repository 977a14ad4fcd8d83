//! The ports of a [`World`]: they return its values, and record the calls.

use super::World;
use jiff::Timestamp;
use scaling::Parallelism;
use tasks::{
    Alarm, Alarms, DataPoint, DescribedAlarms, EventBus, Operation, ParallelismChange, Refusal,
    ResourceDescription, Resources, ScalingEvent, Series, Snapshots, StreamSummary, Streams, TaskError,
    Update, UpdateOutcome, is_job_query,
};

impl World {
    fn count(&self) {
        self.calls.set(self.calls.get() + 1);
    }
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
        if self.rejects_job_queries && alarm.queries.iter().any(|query| is_job_query(&query.id)) {
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
