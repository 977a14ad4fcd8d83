//! The product itself: the deployed state machine with the deployed tasks, in virtual time.

use crate::Dice;
use crate::alarm::Alarm;
use crate::application::{Fate, ManagedApplication};
use crate::cloud::Cloud;
use crate::events::alarm_event;
use crate::fault::{Fault, Faults};
use crate::metric::{Disturbance, DisturbanceKind};
use crate::record::happening;
use crate::settings::Settings;
use crate::timeline::{Entry, Happening};
use crate::watch::{Deeds, Watch};
use crate::world::{Scaler, World};
use asl::{Execution, ExecutionContext, Failure, LoadError, Machine, Next, Outcome};
use jiff::{SignedDuration, Timestamp};
use scaling::Direction;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{AlarmState, Ports, ScalingEvent, Task, TaskError};

/// The file that is deployed.
const DEFINITION: &str = include_str!("../../../statemachine/autoscaler.asl.json");

/// The state machine as it would be deployed with these settings.
///
/// # Errors
/// If the definition cannot be run.
pub fn state_machine(settings: &Settings) -> Result<Machine, LoadError> {
    state_machine_of(DEFINITION, settings)
}

/// The same of another definition, such as that of an earlier release.
///
/// # Errors
/// If the definition cannot be run.
pub fn state_machine_of(definition: &str, settings: &Settings) -> Result<Machine, LoadError> {
    let policy = serde_json::to_value(&settings.policy).unwrap_or_default();
    let parameters = policy.as_object().into_iter().flatten();
    let mut placeholders: BTreeMap<String, String> = parameters
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    for (placeholder, task) in FUNCTIONS {
        placeholders.insert(placeholder.to_owned(), task.name().to_owned());
    }
    Machine::load(definition, &placeholders)
}

/// Which task stands behind which function of the definition.
const FUNCTIONS: [(&str, Task); 3] =
    [("CheckFunctionArn", Task::Check), ("ScaleFunctionArn", Task::Scale), ("PollFunctionArn", Task::Poll)];

/// The autoscaler, its alarms and its executions.
pub(crate) struct Autoscaler<'m> {
    machine: &'m Machine,
    alarms: [Alarm; 2],
    settings: &'m Settings,
    executions: BTreeMap<u64, (Execution<'m>, Deeds)>,
    started: u64,
    dice: Dice,
    faults: Faults,
    /// How far the clock of MSF is ahead.
    clock_skew: SignedDuration,
    /// The alarm event that waits for the next one to overtake it.
    held_back: Option<Value>,
    pub(crate) timeline: Vec<Entry>,
    pub(crate) cost: Cost,
    pub(crate) watch: Watch,
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
    /// The most events that the history of one had.
    pub most_events: u64,
}

/// What is due.
pub(crate) enum Event {
    EvaluateAlarms,
    Heartbeat,
    Start(Value),
    Resume(u64),
    Fault(Fault),
}

const DIRECTIONS: [Direction; 2] = [Direction::Out, Direction::In];

/// How late a late event is.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// How long after the first one a doubled event comes.
const AGAIN: SignedDuration = SignedDuration::from_secs(20);

/// How wrong the clock of MSF is when it is.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(4);

impl<'m> Autoscaler<'m> {
    pub(crate) fn new(machine: &'m Machine, settings: &'m Settings, faults: Faults, seed: u64) -> Self {
        Self {
            machine,
            alarms: settings.alarms.clone().map(Alarm::new),
            settings,
            executions: BTreeMap::new(),
            started: 0,
            dice: Dice::new(seed, 4),
            faults,
            clock_skew: SignedDuration::ZERO,
            held_back: None,
            timeline: Vec::new(),
            cost: Cost::default(),
            watch: Watch::default(),
        }
    }

    fn note(&mut self, at: Timestamp, what: Happening) {
        self.timeline.push(Entry { at, what });
    }

    /// Notes the faults that have struck.
    fn note_faults(&mut self, at: Timestamp) {
        for fault in self.faults.take_struck() {
            self.note(at, Happening::Fault(fault));
            self.watch.saw(format!("fault: {fault}"));
            if matches!(fault, Fault::StaleVersion | Fault::ResourceInUse) {
                self.watch.hinders();
            }
        }
    }

    fn evaluate_alarms(&mut self, world: &mut World<Event>) {
        world.application.start_if_stopped();
        for (index, direction) in DIRECTIONS.into_iter().enumerate() {
            if let Some(state) = self.alarms[index].evaluate(&world.application) {
                self.alarm_changed(index, direction, state, world);
            }
        }
        let [out, _] = &self.alarms;
        self.watch.minute(&world.application, out, self.settings);
    }

    fn alarm_changed(
        &mut self,
        index: usize,
        direction: Direction,
        state: AlarmState,
        world: &mut World<Event>,
    ) {
        let now = world.now();
        self.note(now, Happening::Alarm { direction, state });
        if state == AlarmState::Alarm {
            self.send(alarm_event(&self.alarms[index], now), world);
        }
    }

    /// Sends an alarm event on its way, on which it may be lost, late, doubled or overtaken.
    fn send(&mut self, event: Value, world: &mut World<Event>) {
        let now = world.now();
        let delay = world.application.model.event_delay;
        let overtaken = self.held_back.take();
        if self.faults.strikes(Fault::EventReordered, now) {
            self.held_back = Some(event);
        } else if self.faults.strikes(Fault::EventLate, now) {
            world.after(delay + LATE, Event::Start(event));
        } else if !self.faults.strikes(Fault::EventLost, now) {
            if self.faults.strikes(Fault::EventDoubled, now) {
                world.after(delay + AGAIN, Event::Start(event.clone()));
            }
            world.after(delay, Event::Start(event));
        }
        if let Some(event) = overtaken {
            world.after(delay, Event::Start(event));
        }
        self.note_faults(now);
    }

    fn start_execution(&mut self, input: Value, world: &mut World<Event>) {
        let id = self.started;
        self.started += 1;
        let now = world.now();
        let context = ExecutionContext { id: format!("execution-{id}"), started: now };
        let deeds = Deeds { started: now, ringing: None, operations: Vec::new(), told: Vec::new() };
        self.executions.insert(id, (Execution::start(self.machine, context, input), deeds));
        self.cost.executions += 1;
        self.cost.most_at_once = self.cost.most_at_once.max(self.executions.len());
        self.resume(id, world);
    }

    /// Lets an execution go on until it waits or ends.
    fn resume(&mut self, id: u64, world: &mut World<Event>) {
        let Some((mut execution, mut deeds)) = self.executions.remove(&id) else { return };
        let now = world.now();
        execution.wake(now);
        loop {
            match execution.next() {
                Next::Invoke { resource, payload, .. } => {
                    let answer = self.invoke(resource, payload.clone(), &mut deeds, &mut world.application);
                    self.note_faults(now);
                    let kpus = world.application.kpus();
                    let what =
                        answer.as_ref().ok().and_then(|answer| happening(&execution, answer, now, kpus));
                    self.timeline.extend(what.map(|what| Entry { at: now, what }));
                    execution.answer(answer, now, self.dice.chance());
                }
                Next::WaitUntil(time) => {
                    self.watch.waits(execution.state_name(), &deeds, now);
                    world.at(time, Event::Resume(id));
                    self.executions.insert(id, (execution, deeds));
                    return;
                }
                Next::Ended(outcome) => {
                    self.cost.transitions += execution.transitions();
                    self.cost.most_events = self.cost.most_events.max(execution.events());
                    let failed = match outcome {
                        Outcome::Succeeded(_) => None,
                        Outcome::Failed(Failure { error, cause }) => Some((error.as_str(), cause.as_str())),
                        Outcome::TimedOut => Some(("States.Timeout", "the execution timed out")),
                    };
                    self.watch.ends(failed, &deeds, &world.application, self.settings);
                    self.watch.saw(format!("end: {}", execution.state_name()));
                    if let Some((error, cause)) = failed {
                        self.watch.hinders();
                        let (error, cause) = (error.to_owned(), cause.to_owned());
                        self.note(now, Happening::Failed { error, cause });
                    }
                    return;
                }
            }
        }
    }

    /// Runs a function of the stack.
    fn invoke(
        &mut self,
        resource: &str,
        payload: Value,
        deeds: &mut Deeds,
        application: &mut ManagedApplication,
    ) -> Result<Value, Failure> {
        let now = application.now();
        let Some(task) = Task::named(resource) else {
            return Err(failure(&TaskError::Fatal(format!("failed to find the function '{resource}'"))));
        };
        if self.faults.strikes(Fault::CrashBefore, now) {
            return Err(crash());
        }
        let cloud = Cloud {
            application: RefCell::new(application),
            alarms: &self.alarms,
            faults: RefCell::new(&mut self.faults),
            clock_skew: self.clock_skew,
            begun: RefCell::new(None),
            told: RefCell::new(Vec::new()),
        };
        let ports = Ports { applications: &cloud, alarms: &cloud, events: &cloud };
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
            deeds.told.push(kind.clone());
            self.note(now, Happening::Told { kind, message });
        }
        self.watch_answer(answer.as_ref().ok(), begun, deeds, application);
        if self.faults.strikes(Fault::CrashAfter, now) { Err(crash()) } else { answer }
    }

    /// Watches what a task has done and said.
    fn watch_answer(
        &mut self,
        answer: Option<&Value>,
        begun: Option<usize>,
        deeds: &mut Deeds,
        application: &ManagedApplication,
    ) {
        if let Some(operation) = begun {
            self.watch.updates(operation, deeds, application, self.settings);
        }
        let Some(answer) = answer else { return };
        for field in ["verdict", "reason", "failure"] {
            if let Some(said) = answer.get(field).and_then(Value::as_str) {
                self.watch.saw(format!("{field}: {said}"));
            }
        }
        let direction = answer.get("direction").and_then(|direction| Direction::deserialize(direction).ok());
        if let Some(direction) = direction {
            self.watch.rings(direction, application, &self.alarms, self.settings);
            deeds.ringing = Some((application.now(), direction));
        }
        let operation = answer.pointer("/update/operation").and_then(Value::as_str);
        let operation = operation.and_then(|id| id.strip_prefix("op-")?.parse().ok());
        if let Some(operation) =
            operation.filter(|operation| !deeds.operations.contains(operation) || begun.is_none())
        {
            deeds.operations.push(operation);
            self.watch.saw("deed: a lost answer is adopted");
        }
    }

    /// What strikes by itself.
    fn strike(&mut self, fault: Fault, world: &mut World<Event>) {
        let now = world.now();
        if !self.faults.strikes(fault, now) {
            return;
        }
        self.note_faults(now);
        let application = &mut world.application;
        let minute = application.minute();
        let mut disturb = |minutes, kind| {
            application.metrics.disturb(Disturbance { minutes: minute..minute + minutes, kind });
        };
        match fault {
            Fault::MetricGap => disturb(5, DisturbanceKind::HiddenUntil(usize::MAX)),
            Fault::MetricLate => disturb(10, DisturbanceKind::HiddenUntil(minute + 15)),
            Fault::LagUnreported => disturb(5, DisturbanceKind::LagUnreported),
            Fault::Deployment => {
                application.update(application.current_parallelism(), Fate::Succeeds);
            }
            Fault::ForeignScaling => {
                let (kpus, most) = (application.kpus(), self.settings.bounds().1);
                let sizes = [kpus - 1, kpus + 1, 1, most + 1];
                application.rescale(self.dice.pick(&sizes).max(1));
            }
            Fault::Stop => application.stop(),
            Fault::Delete => application.delete(),
            Fault::ClockSkew => {
                let ahead = self.clock_skew > SignedDuration::ZERO;
                self.clock_skew = if ahead { -CLOCK_SKEW } else { CLOCK_SKEW };
            }
            Fault::AlarmFlap => {
                let [out, _] = &mut self.alarms;
                out.state = AlarmState::Alarm;
                out.state_updated = now;
                self.alarm_changed(0, Direction::Out, AlarmState::Alarm, world);
            }
            _ => {}
        }
    }
}

impl Scaler for Autoscaler<'_> {
    type Event = Event;

    fn start(&mut self, world: &mut World<Event>) {
        world.at_first_evaluation(Event::EvaluateAlarms);
        world.after(self.settings.heartbeat, Event::Heartbeat);
        for (time, fault) in self.faults.by_themselves() {
            world.at(time, Event::Fault(fault));
        }
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
            Event::Fault(fault) => self.strike(fault, world),
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
