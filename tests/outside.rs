//! The readers of external input: each function takes any bytes, and must refuse them or understand them, and never panic. `fuzz/`
//! calls them with the inputs of a fuzzer, `corpus.rs` with the inputs that a fuzzer has found.

use crate::fixtures::cpu_alarm;
use asl::{Execution, ExecutionContext, Failure, Machine, Next};
use jiff::{SignedDuration, Timestamp};
use scaling::Parallelism;
use serde_json::{Value, json};
use simulator::{Parameters, Settings, Trace};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{
    Alarm, AlarmState, Alarms, ApplicationDescription, Comparison, DataPoint, DescribedAlarms, EventBus,
    Operation, ParallelismChange, Ports, Refusal, ResourceDescription, ResourceStatus, Resources,
    ScalingEvent, Series, Snapshots, StreamSummary, Streams, Task, TaskError, Update, UpdateOutcome, measure,
    run,
};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// An execution's input, an alarm event with its `reasonData` among them: as the whole payload of every task, and as the
/// input of an execution.
///
/// # Panics
/// If a task waits, or fails as if waiting would help, or does not name the failed action.
pub fn execution_input(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(data) else { return };
    let settings = Settings::new(&Parameters::default()).unwrap();
    let policy = settings.policy_text();
    let check = json!({"now": NOW, "startedAt": NOW, "policy": policy, "run": input});
    let payloads = Task::ALL.map(|task| (task, input.clone())).into_iter().chain([(Task::Check, check)]);
    for (task, payload) in payloads {
        let ports = Ports { applications: &Still, streams: &Still, alarms: &Still, events: &Still };
        let future = pin!(run(task, payload.clone(), ports));
        let Poll::Ready(answer) = future.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("nothing here waits")
        };
        if let Err(error) = &answer {
            assert!(
                matches!(error, TaskError::Fatal(_)) && error.to_string().starts_with("failed to "),
                "{error}"
            );
        }
        let _ = measure(task, &payload, &answer);
    }
}

/// A definition of a state machine; if it loads, it is run for a while with answers that it did not ask for.
pub fn state_machine(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let names = ["CheckFunctionArn", "ScaleFunctionArn", "PollFunctionArn", "PutEvents", "ApplicationName"];
    let placeholders: BTreeMap<String, String> =
        names.map(|name| (name.to_owned(), "value".to_owned())).into();
    let Ok(machine) = Machine::load(text, &placeholders) else { return };
    let context = ExecutionContext { id: "one".to_owned(), started: NOW };
    let mut execution = Execution::start(&machine, context, json!({}));
    let answers = [json!({}), json!({"verdict": "Breaching", "waitSeconds": 1, "graceSeconds": 1}), json!(5)];
    let mut now = NOW;
    for answer in answers.iter().cycle().take(60) {
        match execution.next() {
            Next::Invoke { .. } if answer.is_number() => {
                let failure = Failure { error: "Retryable".to_owned(), cause: String::new() };
                execution.answer(Err(failure), now, 0.5);
            }
            Next::Invoke { .. } => execution.answer(Ok(answer.clone()), now, 0.5),
            Next::WaitUntil(time) => {
                now = now.max(time);
                execution.wake(now);
            }
            Next::Ended(_) => return,
        }
    }
}

/// A load trace.
///
/// # Panics
/// If a trace is accepted that cannot be one.
pub fn trace(data: &[u8]) {
    if let Ok(trace) = Trace::parse("fuzzed", data) {
        assert!(trace.minutes() > 0);
        assert!(trace.records_per_second().iter().all(|rate| rate.is_finite() && *rate >= 0.0));
    }
}

/// Parameters, one `Name=value` a line.
///
/// # Panics
/// If parameters are accepted that contradict each other.
pub fn parameters(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parameters = Parameters::default();
    for line in text.lines() {
        if parameters.set(line).is_err() {
            return;
        }
    }
    if let Ok(settings) = Settings::new(&parameters) {
        let (least, most) = settings.bounds();
        assert!(least >= 1 && least <= most);
        assert!(settings.heartbeat() >= SignedDuration::from_mins(1));
    }
}

/// A world that stands still: an application of eight KPUs, and both alarms in ALARM with data that confirms them.
struct Still;

fn parallelism(count: u32) -> Parallelism {
    Parallelism::new(count).unwrap()
}

impl Snapshots for Still {
    async fn snapshot(&self, _: &str) -> Result<Option<Timestamp>, TaskError> {
        Ok(None)
    }
}

impl Resources for Still {
    async fn describe(&self, _: &str) -> Result<Option<ResourceDescription>, TaskError> {
        Ok(Some(ResourceDescription {
            arn: "arn:aws:kinesisanalytics:eu-west-1:123456789012:application/orders".to_owned(),
            status: ResourceStatus::Running,
            current_parallelism: parallelism(8),
            application: Some(ApplicationDescription {
                version: 7,
                parallelism_per_kpu: parallelism(1),
                autoscaling_enabled: false,
                last_updated: None,
                allow_non_restored_state: None,
            }),
        }))
    }

    async fn operations(&self, _: &str) -> Result<Vec<Operation>, TaskError> {
        Ok(Vec::new())
    }

    async fn operation(&self, _: &str, _: &str) -> Result<Option<Operation>, TaskError> {
        Ok(None)
    }

    async fn change(&self, _: &str, _: &str) -> Result<Option<ParallelismChange>, TaskError> {
        Ok(None)
    }

    async fn tag(&self, _: &str, _: &str) -> Result<Option<String>, TaskError> {
        Ok(None)
    }

    async fn update(&self, _: &Update) -> Result<UpdateOutcome, TaskError> {
        Ok(UpdateOutcome::Accepted { operation: Some("op-1".to_owned()) })
    }
}

impl Streams for Still {
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError> {
        Ok(Some(StreamSummary {
            arn: format!("arn:aws:kinesis:eu-west-1:123456789012:stream/{stream}"),
            status: ResourceStatus::Running,
            shards: parallelism(8),
            is_on_demand: false,
        }))
    }

    async fn tag(&self, _: &str, _: &str) -> Result<Option<String>, TaskError> {
        Ok(None)
    }

    async fn set_tag(&self, _: &str, _: &str, _: &str) -> Result<(), TaskError> {
        Ok(())
    }

    async fn update_shard_count(&self, _: &str, _: Parallelism) -> Result<Option<Refusal>, TaskError> {
        Ok(None)
    }
}

impl EventBus for Still {
    async fn publish(&self, _: &ScalingEvent) -> Result<(), TaskError> {
        Ok(())
    }
}

impl Alarms for Still {
    async fn describe(&self, names: &[&str]) -> Result<DescribedAlarms, TaskError> {
        let alarm = |name: &&str| cpu_alarm(name, Comparison::GreaterThanThreshold, 85.0, AlarmState::Alarm);
        Ok(names.iter().map(alarm).collect::<Vec<_>>().into())
    }

    async fn data_points(&self, alarm: &Alarm, _: Timestamp, _: Timestamp) -> Result<Vec<Series>, TaskError> {
        let point = DataPoint { start: NOW - SignedDuration::from_secs(120), value: 91.0 };
        Ok(vec![alarm.series(vec![point])])
    }
}
