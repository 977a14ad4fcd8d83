//! The autoscaler: the deployed state machine with the deployed tasks, in virtual time.

pub(crate) mod cloud;
mod disturb;
mod events;
mod invoke;
mod task_events;

use crate::Rng;
use crate::deployed::settings::Settings;
use crate::model::alarm::Alarm;
use crate::model::fault::{Fault, Faults};
use crate::model::world::{Scaler, World};
use crate::policies::autoscaler::events::alarm_event;
use crate::policies::autoscaler::task_events::timeline_event;
use crate::record::recording::Recorder;
use crate::record::timeline::{Entry, TimelineEvent};
use crate::watch::{ExecutionLog, Watch};
use asl::{Execution, ExecutionContext, Failure, LoadError, Machine, Next, Outcome};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Unit};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tasks::{AlarmState, Task};

/// The deployed definition of the state machine.
const DEFINITION: &str = include_str!("../../../../statemachine/autoscaler.asl.json");

/// Loads the state machine as a stack with these settings deploys it.
///
/// # Errors
/// If the definition cannot be run.
pub fn state_machine(settings: &Settings) -> Result<Machine, LoadError> {
    state_machine_of(DEFINITION, settings)
}

/// Loads another definition, such as the definition of an earlier release.
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

/// The task of each function placeholder in the definition.
const FUNCTIONS: [(&str, Task); 3] =
    [("CheckFunctionArn", Task::Check), ("ScaleFunctionArn", Task::Scale), ("PollFunctionArn", Task::Poll)];

/// The autoscaler, its alarms and its executions.
pub(crate) struct Autoscaler<'m> {
    machine: &'m Machine,
    /// The scale-out alarm and the scale-in alarm on `ScaleMetric`, followed by the other alarms.
    alarms: Vec<(Direction, Alarm)>,
    settings: &'m Settings,
    executions: BTreeMap<u64, (Execution<'m>, ExecutionLog)>,
    started: u64,
    rng: Rng,
    faults: Faults,
    /// The time by which the clock of MSF is fast.
    clock_skew: SignedDuration,
    /// The time of the last fault.
    last_fault: Option<Timestamp>,
    /// The alarm event that arrives after the following one.
    held_back: Option<Value>,
    pub(crate) timeline: Vec<Entry>,
    pub(crate) cost: Cost,
    pub(crate) watch: Watch,
    pub(crate) recorder: Recorder,
}

/// The figures that determine the cost of the executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// The number of executions.
    pub executions: u64,
    /// The number of state transitions of the finished executions.
    pub transitions: u64,
    /// The largest number of executions at the same time.
    pub most_at_once: usize,
    /// The largest number of events in the history of an execution.
    pub most_events: u64,
}

/// A due event of the loop that scales the application or of the loop that scales the stream.
pub(crate) struct Event {
    pub(crate) unit: Unit,
    kind: EventKind,
}

/// The kind of a due event.
enum EventKind {
    EvaluateAlarms,
    Heartbeat,
    Start(Value),
    Resume(u64),
    Fault(Fault),
}

impl<'m> Autoscaler<'m> {
    pub(crate) fn new(machine: &'m Machine, settings: &'m Settings, faults: Faults, seed: u64) -> Self {
        Self {
            machine,
            alarms: settings
                .alarms
                .iter()
                .cloned()
                .map(|(direction, alarm)| (direction, Alarm::new(alarm)))
                .collect(),
            settings,
            executions: BTreeMap::new(),
            started: 0,
            rng: Rng::new(seed, 4),
            faults,
            clock_skew: SignedDuration::ZERO,
            last_fault: None,
            held_back: None,
            timeline: Vec::new(),
            cost: Cost::default(),
            watch: Watch::default(),
            recorder: Recorder::default(),
        }
    }

    /// The unit of the scaled capacity.
    fn unit(&self) -> Unit {
        self.settings.parsed.scaling.unit
    }

    /// An event of this loop.
    fn event(&self, kind: EventKind) -> Event {
        Event { unit: self.unit(), kind }
    }

    fn note(&mut self, at: Timestamp, what: TimelineEvent) {
        self.timeline.push(Entry { at, what });
    }

    /// Adds the faults that have struck to the timeline.
    fn note_faults(&mut self, at: Timestamp) {
        for fault in self.faults.take_struck() {
            self.last_fault = Some(at);
            self.note(at, TimelineEvent::Fault(fault));
            self.watch.saw(format!("fault: {fault}"));
            if matches!(fault, Fault::StaleVersion | Fault::ResourceInUse) {
                self.watch.hinders();
            }
        }
    }

    fn evaluate_alarms(&mut self, world: &mut World<Event>) {
        world.scaled(self.unit()).start_if_stopped();
        for index in 0..self.alarms.len() {
            let scaled = world.scaled(self.unit());
            if let Some(state) = self.alarms[index].1.evaluate(scaled) {
                self.alarm_changed(index, state, world);
            }
        }
        self.watch.minute(world.scaled(self.unit()), &self.alarms, self.settings);
    }

    fn alarm_changed(&mut self, index: usize, state: AlarmState, world: &mut World<Event>) {
        let now = world.now();
        let (direction, alarm) = &self.alarms[index];
        let (direction, event) = (*direction, alarm_event(alarm, now));
        let added = (index > 1).then(|| alarm.settings.name.clone());
        self.note(now, TimelineEvent::Alarm { direction, state, added });
        if state == AlarmState::Alarm {
            self.send(event, world);
        }
    }

    fn start_execution(&mut self, input: Value, world: &mut World<Event>) {
        let id = self.started;
        self.started += 1;
        let now = world.now();
        let context = ExecutionContext { id: format!("execution-{id}"), started: now };
        let execution_log = ExecutionLog { started: now, ..ExecutionLog::default() };
        self.recorder.starts(id, &input);
        self.executions.insert(id, (Execution::start(self.machine, context, input), execution_log));
        self.cost.executions += 1;
        self.cost.most_at_once = self.cost.most_at_once.max(self.executions.len());
        self.resume(id, world);
    }

    /// Runs an execution until it waits or ends.
    fn resume(&mut self, id: u64, world: &mut World<Event>) {
        let Some((mut execution, mut execution_log)) = self.executions.remove(&id) else { return };
        let now = world.now();
        execution.wake(now);
        loop {
            match execution.next() {
                Next::Invoke { resource, payload, .. } => {
                    let answer = self.invoke(resource, payload.clone(), &mut execution_log, world);
                    self.recorder.calls(id, resource, payload, &answer);
                    self.note_faults(now);
                    let kpus = world.scaled(self.unit()).kpus();
                    let what =
                        answer.as_ref().ok().and_then(|answer| timeline_event(&execution, answer, now, kpus));
                    self.timeline.extend(what.map(|what| Entry { at: now, what }));
                    execution.answer(answer, now, self.rng.chance());
                }
                Next::WaitUntil(time) => {
                    let scaled = world.scaled(self.unit());
                    self.watch.waits(execution.state_name(), &execution_log, scaled, self.settings);
                    world.at(time, self.event(EventKind::Resume(id)));
                    self.executions.insert(id, (execution, execution_log));
                    return;
                }
                Next::Ended(outcome) => {
                    self.recorder.ends(id, &execution, outcome);
                    self.cost.transitions += execution.transitions();
                    self.cost.most_events = self.cost.most_events.max(execution.events());
                    let failed = match outcome {
                        Outcome::Succeeded(_) => None,
                        Outcome::Failed(Failure { error, cause }) => Some((error.as_str(), cause.as_str())),
                        Outcome::TimedOut => Some(("States.Timeout", "the execution timed out")),
                    };
                    let met_a_fault = self.last_fault.is_some_and(|fault| fault >= execution_log.started);
                    let scaled = world.scaled(self.unit());
                    self.watch.ends(failed, met_a_fault, &execution_log, scaled, self.settings);
                    self.watch.saw(format!("end: {}", execution.state_name()));
                    if let Some((error, cause)) = failed {
                        // An execution that fails without a fault is a defect, and does not excuse a delay.
                        if met_a_fault {
                            self.watch.hinders();
                        }
                        let (error, cause) = (error.to_owned(), cause.to_owned());
                        self.note(now, TimelineEvent::Failed { error, cause });
                    }
                    return;
                }
            }
        }
    }
}

impl Scaler for Autoscaler<'_> {
    type Event = Event;

    fn start(&mut self, world: &mut World<Event>) {
        world.at_first_evaluation(self.event(EventKind::EvaluateAlarms));
        world.after(self.settings.heartbeat, self.event(EventKind::Heartbeat));
        for (_, alarm) in &mut self.alarms {
            alarm.state_updated = world.now();
        }
        for request in &self.settings.requests {
            world.at(request.at, self.event(EventKind::Start(request.input())));
        }
        for (time, fault) in self.faults.by_themselves() {
            world.at(time, self.event(EventKind::Fault(fault)));
        }
    }

    fn handle(&mut self, event: Event, world: &mut World<Event>) {
        match event.kind {
            EventKind::EvaluateAlarms => {
                world.at_next_evaluation(self.event(EventKind::EvaluateAlarms));
                self.evaluate_alarms(world);
            }
            EventKind::Heartbeat => {
                world.after(self.settings.heartbeat, self.event(EventKind::Heartbeat));
                self.start_execution(json!({}), world);
            }
            EventKind::Start(input) => self.start_execution(input, world),
            EventKind::Resume(id) => self.resume(id, world),
            EventKind::Fault(fault) => self.strike(fault, world),
        }
    }
}
