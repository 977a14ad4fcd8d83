//! An execution as a value: it returns the driver's next action, and takes the result of the last one.

use crate::dialogue::{ExecutionContext, Failure, Next, Outcome};
use crate::limits::{MOST_BYTES, MOST_EVENTS, size};
use crate::machine::{Action, Machine, State, TaskState};
use crate::retry::matches;
use crate::scope::Scope;
use jiff::Timestamp;
use serde_json::{Value, json};

/// An execution of a state machine.
#[derive(Debug, Clone)]
pub struct Execution<'m> {
    machine: &'m Machine,
    context: ExecutionContext,
    data: Value,
    state: &'m str,
    entered: Timestamp,
    /// How often each entry of the current task's `Retry` has been used during this visit.
    retries: Vec<u32>,
    /// The payload of the current task's call.
    payload: Value,
    doing: Doing,
    path: Vec<&'m str>,
    /// Number of retries in all tasks.
    retried: u64,
    events: u64,
}

#[derive(Debug, Clone)]
enum Doing {
    Invoking,
    RetryingAt(Timestamp),
    WaitingUntil(Timestamp),
    Ended(Outcome),
}

impl<'m> Execution<'m> {
    /// Starts an execution.
    #[must_use]
    pub fn start(machine: &'m Machine, context: ExecutionContext, input: Value) -> Self {
        let now = context.started;
        let mut execution = Self {
            machine,
            context,
            data: input,
            state: &machine.start,
            entered: now,
            retries: Vec::new(),
            payload: Value::Null,
            doing: Doing::WaitingUntil(now),
            path: Vec::new(),
            retried: 0,
            events: 1,
        };
        execution.enter(&machine.start, now);
        execution
    }

    /// Returns the driver's next action.
    #[must_use]
    pub fn next(&self) -> Next<'_> {
        match &self.doing {
            Doing::Invoking => match self.state().map(|state| &state.action) {
                Some(Action::Task(task)) => {
                    Next::Invoke { resource: &task.resource, payload: &self.payload, timeout: task.timeout }
                }
                _ => Next::WaitUntil(self.deadline()),
            },
            Doing::RetryingAt(time) | Doing::WaitingUntil(time) => {
                Next::WaitUntil((*time).min(self.deadline()))
            }
            Doing::Ended(outcome) => Next::Ended(outcome),
        }
    }

    /// Takes the result of the current call. `chance`, from 0 to 1, is the random number for the jitter of a retry. Without a
    /// current call, this does nothing.
    pub fn answer(&mut self, result: Result<Value, Failure>, now: Timestamp, chance: f64) {
        if self.times_out(now) || !matches!(self.doing, Doing::Invoking) {
            return;
        }
        let Some(State { action: Action::Task(task), .. }) = self.state() else { return };
        self.events += 3; // scheduled, started, and how it ended
        match result {
            Ok(answer) => {
                if self.put(&task.result_field, answer) {
                    self.enter(&task.next, now);
                }
            }
            Err(failure) => self.fail_task(task, failure, now, chance),
        }
    }

    /// Ends the current wait. Before the time of its end, this does nothing.
    pub fn wake(&mut self, now: Timestamp) {
        if self.times_out(now) {
            return;
        }
        match &self.doing {
            Doing::WaitingUntil(time) if now >= *time => {
                if let Some(State { action: Action::Wait { next, .. }, .. }) =
                    self.machine.states.get(self.state)
                {
                    self.enter(next, now);
                }
            }
            Doing::RetryingAt(time) if now >= *time => {
                self.retried += 1;
                self.doing = Doing::Invoking;
            }
            _ => {}
        }
    }

    /// Returns the name of the current state.
    #[must_use]
    pub fn state_name(&self) -> &'m str {
        self.state
    }

    /// Returns the data of the current state.
    #[must_use]
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// Returns the execution's part of the context object.
    #[must_use]
    pub fn context(&self) -> &ExecutionContext {
        &self.context
    }

    /// Returns the names of the entered states, in order.
    #[must_use]
    pub fn path(&self) -> &[&'m str] {
        &self.path
    }

    /// Returns the number of state transitions that Step Functions bills: entered states and retries.
    #[must_use]
    pub fn transitions(&self) -> u64 {
        self.path.len() as u64 + self.retried
    }

    /// Returns the number of events in the history. Step Functions ends an execution with 25,000 events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    fn state(&self) -> Option<&'m State> {
        self.machine.states.get(self.state)
    }

    fn deadline(&self) -> Timestamp {
        self.context.started.checked_add(self.machine.timeout).unwrap_or(Timestamp::MAX)
    }

    fn times_out(&mut self, now: Timestamp) -> bool {
        let ended = matches!(self.doing, Doing::Ended(_));
        if !ended && now >= self.deadline() {
            self.end(Outcome::TimedOut);
        }
        matches!(self.doing, Doing::Ended(_))
    }

    fn end(&mut self, outcome: Outcome) {
        self.events += 1;
        self.doing = Doing::Ended(outcome);
    }

    /// Ends the execution with a runtime error, which `Catch` cannot match.
    fn break_off(&mut self, cause: String) {
        self.end(Outcome::Failed(Failure { error: "States.Runtime".to_owned(), cause }));
    }

    /// Ends the execution because of too much data, which `Catch` cannot match.
    fn exceed(&mut self, place: &str) {
        let error = "States.DataLimitExceeded".to_owned();
        let cause = format!("{place}: the data has more than {MOST_BYTES} bytes");
        self.end(Outcome::Failed(Failure { error, cause }));
    }

    /// Enters a state, and continues through states that take no time.
    fn enter(&mut self, name: &'m str, now: Timestamp) {
        let mut next = Some(name);
        while let Some(name) = next.take() {
            self.state = name;
            self.entered = now;
            self.path.push(name);
            let Some(state) = self.state() else {
                return self.break_off(format!("there is no state '{name}'"));
            };
            self.events += 2; // entered and exited
            if self.events >= MOST_EVENTS {
                return self.break_off(format!("the history has {MOST_EVENTS} events"));
            }
            match &state.action {
                Action::Task(task) => match self.scope().payload(&task.parameters) {
                    Ok(payload) if size(&payload) > MOST_BYTES => self.exceed(name),
                    Ok(payload) => {
                        self.retries = vec![0; task.retry.len()];
                        self.payload = payload;
                        self.doing = Doing::Invoking;
                    }
                    Err(cause) => self.break_off(format!("{name}: {cause}")),
                },
                Action::Choice { rules, default } => match self.scope().choose(rules, default) {
                    Ok(chosen) => next = Some(chosen),
                    Err(cause) => self.break_off(format!("{name}: {cause}")),
                },
                Action::Wait { seconds, text, .. } => match self.scope().wait_end(seconds, now) {
                    Some(end) => self.doing = Doing::WaitingUntil(end),
                    None => self.break_off(format!("{name}: {text} is not a number of seconds")),
                },
                Action::Succeed => self.end(Outcome::Succeeded(self.data.clone())),
                Action::Fail { error, cause } => {
                    let scope = self.scope();
                    match scope.text(error).and_then(|error| Ok((error, scope.text(cause)?))) {
                        Ok((error, cause)) => self.end(Outcome::Failed(Failure { error, cause })),
                        Err(cause) => self.break_off(format!("{name}: {cause}")),
                    }
                }
            }
        }
    }

    fn fail_task(&mut self, task: &'m TaskState, failure: Failure, now: Timestamp, chance: f64) {
        let retrier = task.retry.iter().position(|retrier| matches(&retrier.errors, &failure.error));
        if let Some(index) = retrier
            && let (Some(retrier), Some(attempts)) = (task.retry.get(index), self.retries.get_mut(index))
            && *attempts < retrier.max_attempts
        {
            let delay = retrier.delay(*attempts, chance);
            *attempts += 1;
            self.doing = Doing::RetryingAt(now.checked_add(delay).unwrap_or(Timestamp::MAX));
            return;
        }
        match task.catch.iter().find(|catch| matches(&catch.errors, &failure.error)) {
            Some(catch) => {
                let caught = json!({"Error": failure.error, "Cause": failure.cause});
                if self.put(&catch.result_field, caught) {
                    self.enter(&catch.next, now);
                }
            }
            None => self.end(Outcome::Failed(failure)),
        }
    }

    /// Writes a field of the data. Returns false after ending the execution if the data is not an object.
    fn put(&mut self, field: &str, value: Value) -> bool {
        if let Value::Object(fields) = &mut self.data {
            fields.insert(field.to_owned(), value);
            if size(&self.data) > MOST_BYTES {
                self.exceed(field);
                return false;
            }
            return true;
        }
        let error = "States.ResultPathMatchFailure".to_owned();
        let cause = format!("the field {field} cannot be put into data that is not an object");
        self.end(Outcome::Failed(Failure { error, cause }));
        false
    }

    fn scope(&self) -> Scope<'_> {
        Scope::new(&self.data, &self.context, self.state, self.entered)
    }
}
