//! The product itself: the deployed state machine with the deployed tasks, in virtual time.

use crate::Dice;
use crate::alarm::Alarm;
use crate::application::ManagedApplication;
use crate::cloud::Cloud;
use crate::settings::{APPLICATION, Settings};
use crate::timeline::{Entry, Happening};
use crate::world::{Scaler, World};
use asl::{Execution, ExecutionContext, Failure, LoadError, Machine, Next, Outcome};
use jiff::Timestamp;
use scaling::Direction;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{
    AlarmState, CheckAnswer, CheckVerdict, PollAnswer, PollVerdict, Ports, ScaleAnswer, Task, TaskError,
};

/// The file that is deployed.
const DEFINITION: &str = include_str!("../../../statemachine/autoscaler.asl.json");

/// The state machine as it would be deployed with these settings.
///
/// # Errors
/// If the definition cannot be run.
pub fn state_machine(settings: &Settings) -> Result<Machine, LoadError> {
    let policy = serde_json::to_value(&settings.policy).unwrap_or_default();
    let parameters = policy.as_object().into_iter().flatten();
    let mut placeholders: BTreeMap<String, String> = parameters
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    for (placeholder, task) in FUNCTIONS {
        placeholders.insert(placeholder.to_owned(), task.name().to_owned());
    }
    Machine::load(DEFINITION, &placeholders)
}

/// Which task stands behind which function of the definition.
const FUNCTIONS: [(&str, Task); 3] =
    [("CheckFunctionArn", Task::Check), ("ScaleFunctionArn", Task::Scale), ("PollFunctionArn", Task::Poll)];

/// The autoscaler, its alarms and its executions.
pub(crate) struct Autoscaler<'m> {
    machine: &'m Machine,
    alarms: [Alarm; 2],
    settings: &'m Settings,
    executions: BTreeMap<u64, Execution<'m>>,
    started: u64,
    dice: Dice,
    pub(crate) timeline: Vec<Entry>,
    pub(crate) cost: Cost,
}

/// What the executions cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// How many executions there were.
    pub executions: u64,
    /// The state transitions of those that have ended.
    pub transitions: u64,
    /// The largest number of executions at a time.
    pub most_at_once: usize,
}

/// What is due.
pub(crate) enum Event {
    EvaluateAlarms,
    Heartbeat,
    Start(Value),
    Resume(u64),
}

const DIRECTIONS: [Direction; 2] = [Direction::Out, Direction::In];

impl<'m> Autoscaler<'m> {
    pub(crate) fn new(machine: &'m Machine, settings: &'m Settings, seed: u64) -> Self {
        Self {
            machine,
            alarms: settings.alarms.clone().map(Alarm::new),
            settings,
            executions: BTreeMap::new(),
            started: 0,
            dice: Dice::new(seed, 4),
            timeline: Vec::new(),
            cost: Cost::default(),
        }
    }

    fn evaluate_alarms(&mut self, world: &mut World<Event>) {
        for (alarm, direction) in self.alarms.iter_mut().zip(DIRECTIONS) {
            let Some(state) = alarm.evaluate(&world.application) else { continue };
            let now = world.now();
            self.timeline.push(Entry { at: now, what: Happening::Alarm { direction, state } });
            if state == AlarmState::Alarm {
                world.after(world.application.model.event_delay, Event::Start(alarm_event(alarm, now)));
            }
        }
    }

    fn start_execution(&mut self, input: Value, world: &mut World<Event>) {
        let id = self.started;
        self.started += 1;
        let context = ExecutionContext { id: format!("execution-{id}"), started: world.now() };
        self.executions.insert(id, Execution::start(self.machine, context, input));
        self.cost.executions += 1;
        self.cost.most_at_once = self.cost.most_at_once.max(self.executions.len());
        self.resume(id, world);
    }

    /// Lets an execution go on until it waits or ends.
    fn resume(&mut self, id: u64, world: &mut World<Event>) {
        let Some(mut execution) = self.executions.remove(&id) else { return };
        let now = world.now();
        execution.wake(now);
        loop {
            match execution.next() {
                Next::Invoke { resource, payload, .. } => {
                    let answer = self.invoke(resource, payload.clone(), &mut world.application);
                    let answer = answer.map_err(|error| failure(&error));
                    self.record(&execution, answer.as_ref().ok(), now, world.application.kpus());
                    execution.answer(answer, now, self.dice.chance());
                }
                Next::WaitUntil(time) => {
                    world.at(time, Event::Resume(id));
                    self.executions.insert(id, execution);
                    return;
                }
                Next::Ended(outcome) => {
                    self.cost.transitions += execution.transitions();
                    let failed = match outcome {
                        Outcome::Succeeded(_) => return,
                        Outcome::Failed(Failure { error, cause }) => (error.clone(), cause.clone()),
                        Outcome::TimedOut => {
                            ("States.Timeout".to_owned(), "the execution timed out".to_owned())
                        }
                    };
                    let (error, cause) = failed;
                    self.timeline.push(Entry { at: now, what: Happening::Failed { error, cause } });
                    return;
                }
            }
        }
    }

    fn invoke(
        &self,
        resource: &str,
        payload: Value,
        application: &mut ManagedApplication,
    ) -> Result<Value, TaskError> {
        let task = Task::named(resource)
            .ok_or_else(|| TaskError::Fatal(format!("failed to find the function '{resource}'")))?;
        let cloud = Cloud { application: RefCell::new(application), alarms: &self.alarms };
        let ports = Ports { applications: &cloud, alarms: &cloud };
        match pin!(tasks::run(task, payload, ports)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => {
                Err(TaskError::Fatal("failed to run a task: the simulated ports never wait".to_owned()))
            }
        }
    }

    /// Notes in the timeline what a task has answered.
    fn record(&mut self, execution: &Execution<'_>, answer: Option<&Value>, at: Timestamp, kpus: u32) {
        let Some(answer) = answer else { return };
        let what = match execution.state_name() {
            "Check" => CheckAnswer::deserialize(answer).ok().and_then(checked),
            "Scale" => {
                ScaleAnswer::deserialize(answer).ok().and_then(|answer| scaled(answer, execution, kpus))
            }
            _ => PollAnswer::deserialize(answer).ok().and_then(|answer| polled(answer, execution, at)),
        };
        self.timeline.extend(what.map(|what| Entry { at, what }));
    }
}

impl Scaler for Autoscaler<'_> {
    type Event = Event;

    fn start(&mut self, world: &mut World<Event>) {
        world.at_first_evaluation(Event::EvaluateAlarms);
        world.after(self.settings.heartbeat, Event::Heartbeat);
    }

    fn handle(&mut self, event: Event, world: &mut World<Event>) {
        match event {
            Event::EvaluateAlarms => {
                world.at_next_evaluation(Event::EvaluateAlarms);
                self.evaluate_alarms(world);
            }
            Event::Heartbeat => {
                world.after(self.settings.heartbeat, Event::Heartbeat);
                self.start_execution(json!({}), world);
            }
            Event::Start(input) => self.start_execution(input, world),
            Event::Resume(id) => self.resume(id, world),
        }
    }
}

fn checked(answer: CheckAnswer) -> Option<Happening> {
    (answer.verdict == CheckVerdict::LookAgain).then_some(Happening::NoFreshData { why: answer.why })
}

fn scaled(answer: ScaleAnswer, execution: &Execution<'_>, kpus: u32) -> Option<Happening> {
    let check = execution.data().get("check")?;
    let direction = Direction::deserialize(check.get("direction")?).ok()?;
    match (answer.update, answer.reason) {
        // An adopted update has no target, and the simulator loses no answer.
        (Some(update), _) => Some(Happening::Scaling {
            direction,
            from: update.from.kpus.count(),
            to: update.to.unwrap_or(update.from).kpus.count(),
            why: check.get("why")?.as_str()?.to_owned(),
        }),
        (None, Some(reason)) => Some(Happening::Hold { direction, kpus, reason }),
        (None, None) => None,
    }
}

fn polled(answer: PollAnswer, execution: &Execution<'_>, at: Timestamp) -> Option<Happening> {
    let asked = execution.data().pointer("/scale/update/asked")?;
    let asked = Timestamp::deserialize(asked).ok()?;
    (answer.verdict != PollVerdict::Updating).then_some(Happening::Update {
        verdict: answer.verdict,
        seconds: at.duration_since(asked).as_secs(),
        why: answer.why,
    })
}

/// What the Lambda service makes of an error: its name, and a JSON document as the cause.
fn failure(error: &TaskError) -> Failure {
    let document = json!({"errorType": error.name(), "errorMessage": error.to_string()});
    Failure { error: error.name().to_owned(), cause: document.to_string() }
}

/// The event of an alarm that has begun to ring, in the documented shape, with what matters here.
fn alarm_event(alarm: &Alarm, now: Timestamp) -> Value {
    json!({
        "version": "0",
        "id": format!("{}-{}", alarm.settings.name, now.as_second()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "time": format!("{now:.0}"),
        "detail": {
            "alarmName": alarm.settings.name,
            "state": {"value": "ALARM", "timestamp": format!("{now:.3}").replace('Z', "+0000")},
            "configuration": {"metrics": [{"id": "m1", "metricStat": {"metric": {
                "namespace": alarm.settings.metric.namespace(),
                "name": alarm.settings.metric.name(),
                "dimensions": {"Application": APPLICATION},
            }}}]},
        },
    })
}
