//! The ports of a task that stops after each of its calls. A new turn repeats the answers so far and makes one more call, so that any
//! number of tasks can take turns, call by call, with the real code of the tasks.

use super::world::World;
use jiff::Timestamp;
use scaling::Parallelism;
use std::cell::RefCell;
use std::future::pending;
use tasks::{
    Alarm, Alarms, DataPoint, DescribedAlarms, EventBus, Operation, ParallelismChange, Refusal,
    ResourceDescription, Resources, ScalingEvent, Series, Snapshots, StreamSummary, Streams, TaskError,
    Update, UpdateOutcome,
};

/// An answer that a call has had.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Description(ResourceDescription),
    Operations(Vec<Operation>),
    Operation(Option<Operation>),
    Change(Option<ParallelismChange>),
    Update(UpdateOutcome),
    Alarms(Vec<Alarm>),
    DataPoints(Vec<DataPoint>),
    Told,
}

/// The world as one turn of a task sees it.
pub(crate) struct Turn<'a> {
    pub(crate) world: RefCell<&'a mut World>,
    pub(crate) execution: usize,
    /// Whether an update that is made now will fail.
    pub(crate) fails: bool,
    /// The answers so far, and how many of them have been given again.
    pub(crate) answers: RefCell<(Vec<Answer>, usize)>,
    /// Whether the one call of this turn was made.
    pub(crate) called: RefCell<bool>,
}

impl Turn<'_> {
    async fn call(&self, ask: impl FnOnce(&mut World) -> Answer) -> Answer {
        let known = {
            let (answers, given) = &mut *self.answers.borrow_mut();
            let known = answers.get(*given).cloned();
            *given += usize::from(known.is_some());
            known
        };
        if let Some(answer) = known {
            return answer;
        }
        if self.called.replace(true) {
            return pending().await;
        }
        let answer = ask(&mut self.world.borrow_mut());
        let (answers, given) = &mut *self.answers.borrow_mut();
        answers.push(answer.clone());
        *given += 1;
        answer
    }
}

fn other<T>() -> Result<T, TaskError> {
    panic!("the same calls have the same answers")
}

impl Snapshots for Turn<'_> {
    async fn snapshot(&self, _: &str) -> Result<Option<Timestamp>, TaskError> {
        Ok(None)
    }
}

impl Resources for Turn<'_> {
    async fn describe(&self, _: &str) -> Result<Option<ResourceDescription>, TaskError> {
        match self.call(|world| Answer::Description(world.describe())).await {
            Answer::Description(description) => Ok(Some(description)),
            _ => other(),
        }
    }

    async fn operations(&self, _: &str) -> Result<Vec<Operation>, TaskError> {
        match self.call(|world| Answer::Operations(world.operations())).await {
            Answer::Operations(operations) => Ok(operations),
            _ => other(),
        }
    }

    async fn operation(&self, _: &str, id: &str) -> Result<Option<Operation>, TaskError> {
        match self.call(|world| Answer::Operation(Some(world.operation(id.parse().unwrap())))).await {
            Answer::Operation(operation) => Ok(operation),
            _ => other(),
        }
    }

    async fn change(&self, _: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError> {
        let ask = |world: &mut World| {
            let index: usize = id.parse().unwrap();
            let (from, to) = world.changes[index].sizes;
            // Every change has made one version, from the first on.
            let version = i64::try_from(index).unwrap() + 1;
            let parallelism = |count| Parallelism::new(count).unwrap();
            Answer::Change(Some(ParallelismChange {
                version: Some(version),
                from: parallelism(from),
                to: parallelism(to),
            }))
        };
        match self.call(ask).await {
            Answer::Change(change) => Ok(change),
            _ => other(),
        }
    }

    async fn tag(&self, _: &str, _: &str) -> Result<Option<String>, TaskError> {
        Ok(None)
    }

    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError> {
        let ask = |world: &mut World| Answer::Update(world.update(update, self.execution, self.fails));
        match self.call(ask).await {
            Answer::Update(outcome) => Ok(outcome),
            _ => other(),
        }
    }
}

/// In this world there is no stream.
impl Streams for Turn<'_> {
    async fn summary(&self, _: &str) -> Result<Option<StreamSummary>, TaskError> {
        Ok(None)
    }

    async fn tag(&self, stream: &str, _: &str) -> Result<Option<String>, TaskError> {
        Err(gone(stream))
    }

    async fn set_tag(&self, stream: &str, _: &str, _: &str) -> Result<(), TaskError> {
        Err(gone(stream))
    }

    async fn update_shard_count(&self, stream: &str, _: Parallelism) -> Result<Option<Refusal>, TaskError> {
        Err(gone(stream))
    }
}

fn gone(stream: &str) -> TaskError {
    TaskError::Fatal(format!("failed to find the stream '{stream}'"))
}

impl EventBus for Turn<'_> {
    async fn publish(&self, _: &ScalingEvent) -> Result<(), TaskError> {
        self.call(|_| Answer::Told).await;
        Ok(())
    }
}

impl Alarms for Turn<'_> {
    async fn describe(&self, _: &[&str]) -> Result<DescribedAlarms, TaskError> {
        match self.call(|world| Answer::Alarms(world.alarms())).await {
            Answer::Alarms(alarms) => Ok(alarms.into()),
            _ => other(),
        }
    }

    async fn data_points(
        &self,
        alarm: &Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Series>, TaskError> {
        match self.call(|world| Answer::DataPoints(world.data_points(from, to))).await {
            Answer::DataPoints(points) => Ok(vec![alarm.series(points)]),
            _ => other(),
        }
    }
}
