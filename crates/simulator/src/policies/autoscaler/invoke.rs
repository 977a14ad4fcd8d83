//! The call of a function: the deployed task, on the simulated AWS.

use super::{Autoscaler, Event};
use crate::model::application::ManagedApplication;
use crate::model::fault::Fault;
use crate::model::world::World;
use crate::policies::autoscaler::cloud::{Cloud, asked_at, number};
use crate::record::timeline::TimelineEvent;
use crate::watch::ExecutionLog;
use asl::Failure;
use scaling::{Direction, Unit};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{Ports, ScalingEvent, Task, TaskError, UnusableKind};

impl Autoscaler<'_> {
    /// Runs a function of the stack and returns its answer, or the failure that Step Functions receives.
    pub(super) fn invoke(
        &mut self,
        resource: &str,
        payload: Value,
        execution_log: &mut ExecutionLog,
        world: &mut World<Event>,
    ) -> Result<Value, Failure> {
        let now = world.now();
        let Some(task) = Task::named(resource) else {
            return Err(failure(&TaskError::Fatal(format!("failed to find the function '{resource}'"))));
        };
        if self.faults.strike(Fault::CrashBefore, now) {
            return Err(crash());
        }
        let source = world.stream.as_ref().map(ManagedApplication::current_parallelism);
        let application = world.scaled(self.unit());
        let cloud = Cloud {
            application: RefCell::new(application),
            source,
            alarms: &self.alarms,
            settings: self.settings,
            faults: RefCell::new(&mut self.faults),
            clock_skew: self.clock_skew,
            begun: RefCell::new(None),
            published: RefCell::new(Vec::new()),
        };
        let ports = Ports { applications: &cloud, streams: &cloud, alarms: &cloud, events: &cloud };
        let answer =
            match pin!(tasks::run(task, payload, ports)).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => answer.map_err(|error| failure(&error)),
                Poll::Pending => {
                    let error = "failed to run a task: the simulated ports never wait".to_owned();
                    Err(failure(&TaskError::Fatal(error)))
                }
            };
        let (begun, published) = (cloud.begun.take(), cloud.published.take());
        for ScalingEvent { kind, message, .. } in published {
            execution_log.published.push(kind.clone());
            self.note(now, TimelineEvent::Published { kind, message });
        }
        self.watch_answer(task, answer.as_ref().ok(), begun, execution_log, application);
        if self.faults.strike(Fault::CrashAfter, now) { Err(crash()) } else { answer }
    }

    /// Checks the invariants for the update and the answer of a task.
    fn watch_answer(
        &mut self,
        task: Task,
        answer: Option<&Value>,
        begun: Option<usize>,
        execution_log: &mut ExecutionLog,
        application: &ManagedApplication,
    ) {
        if let Some(operation) = begun {
            self.watch.updates(operation, execution_log, application, self.settings);
        }
        let Some(answer) = answer else { return };
        for field in ["verdict", "reason", "failure"] {
            if let Some(value) = answer.get(field).and_then(Value::as_str) {
                self.watch.saw(format!("{}: {field} {value}", task.name()));
            }
        }
        if task == Task::Check {
            let words =
                ["why", "warning"].map(|field| answer.get(field).and_then(Value::as_str).unwrap_or_default());
            for kind in UnusableKind::ALL {
                if words.iter().any(|words| words.contains(kind.words())) {
                    self.watch.saw(format!("check: names {}", kind.words()));
                }
            }
            let direction = answer
                .pointer("/call/direction")
                .and_then(|direction| Direction::deserialize(direction).ok());
            let Some(direction) = direction else { return };
            let is_requested = answer.get("verdict").is_some_and(|verdict| verdict == "CapacityRequested");
            execution_log.is_out_of_bounds =
                answer.get("verdict").is_some_and(|verdict| verdict == "OutOfBounds");
            if execution_log.is_out_of_bounds {
                self.watch.out_of_bounds(direction, application, self.settings);
            } else if is_requested {
                let backlog = answer.pointer("/call/backlog").is_some_and(|backlog| *backlog == true);
                self.watch.requested((direction, backlog), application, &self.alarms, self.settings);
            } else {
                self.watch.breaching(direction, application, &self.alarms, self.settings);
            }
            execution_log.breaching = Some((application.now(), direction));
        }
        // An earlier attempt began the update that `scale` follows without having begun it now.
        let number = |id| match self.unit() {
            Unit::Kpu => number(id),
            Unit::Shard => asked_at(application, id),
        };
        let followed = answer.pointer("/update/operation").and_then(Value::as_str).and_then(number);
        if let Some(operation) = followed.filter(|_| task == Task::Scale && begun.is_none()) {
            if !execution_log.operations.contains(&operation) {
                execution_log.operations.push(operation);
            }
            self.watch.saw("action: recover a lost update");
        }
    }
}

/// The failure that Step Functions receives from a crashed function.
fn crash() -> Failure {
    let cause = "the function exited before it returned a response".to_owned();
    Failure { error: "Lambda.Unknown".to_owned(), cause }
}

/// The failure that the Lambda service derives from an error: its name, and a JSON document as the cause.
fn failure(error: &TaskError) -> Failure {
    let document = json!({"errorType": error.name(), "errorMessage": error.to_string()});
    Failure { error: error.name().to_owned(), cause: document.to_string() }
}
