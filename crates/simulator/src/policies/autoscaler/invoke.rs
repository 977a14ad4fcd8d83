//! A call of a function: the task itself, on the simulated AWS.

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
use tasks::{Ports, ScalingEvent, Task, TaskError};

impl Autoscaler<'_> {
    /// Runs a function of the stack.
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
            told: RefCell::new(Vec::new()),
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
        let (begun, told) = (cloud.begun.take(), cloud.told.take());
        for ScalingEvent { kind, message, .. } in told {
            execution_log.told.push(kind.clone());
            self.note(now, TimelineEvent::Told { kind, message });
        }
        self.watch_answer(task, answer.as_ref().ok(), begun, execution_log, application);
        if self.faults.strike(Fault::CrashAfter, now) { Err(crash()) } else { answer }
    }

    /// Watches what a task has done and said.
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
            if let Some(said) = answer.get(field).and_then(Value::as_str) {
                self.watch.saw(format!("{}: {field} {said}", task.name()));
            }
        }
        if task == Task::Check {
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
                self.watch.wished((direction, backlog), application, &self.alarms, self.settings);
            } else {
                self.watch.rings(direction, application, &self.alarms, self.settings);
            }
            execution_log.ringing = Some((application.now(), direction));
            let breaches = answer.get("breaches").and_then(Value::as_array);
            execution_log.lag_rang = breaches.into_iter().flatten().any(|breach| breach["is_lag"] == true);
        }
        // What `scale` follows without having begun it just now, an earlier attempt has begun.
        let number = |id| match self.unit() {
            Unit::Kpu => number(id),
            Unit::Shard => asked_at(application, id),
        };
        let followed = answer.pointer("/update/operation").and_then(Value::as_str).and_then(number);
        if let Some(operation) = followed.filter(|_| task == Task::Scale && begun.is_none()) {
            if !execution_log.operations.contains(&operation) {
                execution_log.operations.push(operation);
            }
            self.watch.saw("deed: a lost answer is adopted");
        }
    }
}

/// What Step Functions is told of a function that has crashed.
fn crash() -> Failure {
    let cause = "the function exited before it had answered".to_owned();
    Failure { error: "Lambda.Unknown".to_owned(), cause }
}

/// What the Lambda service makes of an error: its name, and a JSON document as the cause.
fn failure(error: &TaskError) -> Failure {
    let document = json!({"errorType": error.name(), "errorMessage": error.to_string()});
    Failure { error: error.name().to_owned(), cause: document.to_string() }
}
