//! A state: the world, the executions in it, each in the middle of a task or not, and the events that may still happen.

use super::Budget;
use super::port::{Answer, Turn};
use super::world::{GRACE, MOST, PAUSE, World};
use asl::{Execution, ExecutionContext, Failure, Machine, Next, Outcome};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{Ports, Task, UpdateFailure, run};

#[derive(Clone)]
pub(crate) struct State<'m> {
    pub(crate) world: World,
    pub(crate) executions: Vec<Runner<'m>>,
    pub(crate) left: Budget,
}

/// An execution, in the middle of a task or not.
#[derive(Clone)]
pub(crate) struct Runner<'m> {
    execution: Execution<'m>,
    /// The answers that the running task has had so far.
    answers: Vec<Answer>,
    /// Whether it has made an update since `check` reported a breaching alarm.
    has_updated: bool,
}

impl<'m> State<'m> {
    pub(crate) fn start(&mut self, machine: &'m Machine) {
        let id = format!("execution-{}", self.executions.len());
        let context = ExecutionContext { id, started: self.world.now };
        let execution = Execution::start(machine, context, json!({}));
        self.executions.push(Runner { execution, answers: Vec::new(), has_updated: false });
        self.left.executions -= 1;
    }

    /// Time goes on, and the executions that waited for it continue.
    pub(crate) fn step(&mut self, seen: &mut BTreeMap<String, u64>) {
        self.world.step();
        self.left.steps -= 1;
        for index in 0..self.executions.len() {
            self.executions[index].execution.wake(self.world.now);
            self.settle(index, seen);
        }
    }

    pub(crate) fn is_invoking(&self, index: usize) -> bool {
        matches!(self.executions[index].execution.next(), Next::Invoke { .. })
    }

    /// An execution makes one call; if that is the last of its task, the task answers, or crashes before it can.
    pub(crate) fn turn(
        &mut self,
        index: usize,
        fails: bool,
        crashes: bool,
        seen: &mut BTreeMap<String, u64>,
    ) {
        let now = self.world.now;
        let changes = self.world.changes.len();
        let runner = &mut self.executions[index];
        let Next::Invoke { resource, payload, .. } = runner.execution.next() else { return };
        let task = Task::named(resource).unwrap();
        let turn = Turn {
            world: RefCell::new(&mut self.world),
            execution: index,
            fails,
            answers: RefCell::new((std::mem::take(&mut runner.answers), 0)),
            called: RefCell::new(false),
        };
        let ports = Ports { applications: &turn, streams: &turn, alarms: &turn, events: &turn };
        let answer = pin!(run(task, payload.clone(), ports)).poll(&mut Context::from_waker(Waker::noop()));
        runner.answers = turn.answers.into_inner().0;
        if self.world.changes.len() > changes {
            self.check_update(index);
        }
        let runner = &mut self.executions[index];
        if crashes {
            runner.answers.clear();
            let cause = "the function exited".to_owned();
            runner.execution.answer(Err(Failure { error: "Lambda.Unknown".to_owned(), cause }), now, 0.0);
            runner.execution.wake(now);
        } else if let Poll::Ready(answer) = answer {
            runner.answers.clear();
            if task == Task::Check {
                runner.has_updated = false;
            }
            runner.execution.answer(Ok(answer.unwrap()), now, 0.0);
        }
        self.settle(index, seen);
    }

    /// Looks at an execution that has ended.
    fn settle(&mut self, index: usize, seen: &mut BTreeMap<String, u64>) {
        if let Next::Ended(outcome) = self.executions[index].execution.next() {
            self.check_end(index, outcome, seen);
        }
    }

    /// Safety: bounds, one update at a time, none within the cooldown, none twice.
    fn check_update(&mut self, index: usize) {
        let [before @ .., made] = self.world.changes.as_slice() else { return };
        assert!(made.sizes.1 <= MOST && made.sizes.1 > made.sizes.0, "{made:?} is out of bounds");
        for other in before {
            assert!(other.ends <= made.started, "two at a time: {other:?} {made:?}");
            assert!(
                made.started.duration_since(other.ends) >= GRACE,
                "within the cooldown: {other:?} {made:?}"
            );
        }
        for failed in before.iter().filter(|other| other.fails) {
            assert!(
                made.started.duration_since(failed.ends) >= PAUSE,
                "too soon after a failure: {failed:?} {made:?}"
            );
        }
        let runner = &mut self.executions[index];
        assert!(!runner.has_updated, "made twice: {made:?}");
        runner.has_updated = true;
    }

    /// Every end is typed, and no run succeeds without knowing that its last update did.
    fn check_end(&self, index: usize, outcome: &Outcome, seen: &mut BTreeMap<String, u64>) {
        let runner = &self.executions[index];
        let data = runner.execution.data();
        let end = match outcome {
            Outcome::Succeeded(_) => {
                let state = runner.execution.state_name();
                let made = self.world.changes.iter().rev().find(|change| change.by == Some(index));
                if let Some(made) = made {
                    assert!(made.ends <= self.world.now && !made.fails, "{state}, but {made:?}");
                }
                let reason = match state {
                    "Held" => data.pointer("/scale/reason").unwrap().as_str().unwrap(),
                    "Quiet" => data.pointer("/check/reason").and_then(Value::as_str).unwrap_or("not ringing"),
                    other => other,
                };
                format!("{state}: {reason}")
            }
            Outcome::Failed(failure) => {
                assert!(
                    UpdateFailure::ALL.iter().any(|known| known.to_string() == failure.error),
                    "{failure:?}"
                );
                format!("failed: {}", failure.error)
            }
            Outcome::TimedOut => panic!("an execution timed out"),
        };
        *seen.entry(end).or_default() += 1;
    }

    pub(crate) fn all_ended(&self) -> bool {
        self.executions.iter().all(|runner| matches!(runner.execution.next(), Next::Ended(_)))
    }

    /// The parts by which this state differs from every other one. The order of the executions does not matter, nor the
    /// memory of an ended one, nor the time of its start: the deadline of an execution lies far beyond the horizon.
    pub(crate) fn key(&self) -> u64 {
        let mut runners: Vec<u64> = (0..self.executions.len()).map(|index| self.key_of(index)).collect();
        runners.sort_unstable();
        let World { now, version, parallelism, changes } = &self.world;
        let changes: Vec<_> =
            changes.iter().map(|change| (change.started, change.ends, change.sizes, change.fails)).collect();
        hash(&(now, version, parallelism, changes, self.left, runners))
    }

    fn key_of(&self, index: usize) -> u64 {
        let Runner { execution, answers, has_updated } = &self.executions[index];
        let now = match execution.next() {
            Next::Invoke { payload, .. } => payload["now"].to_string(),
            Next::WaitUntil(time) => time.to_string(),
            Next::Ended(_) => return 0,
        };
        let own: Vec<bool> = self.world.changes.iter().map(|change| change.by == Some(index)).collect();
        hash(&(
            execution.state_name(),
            execution.data().to_string(),
            now,
            has_updated,
            format!("{answers:?}"),
            own,
        ))
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
