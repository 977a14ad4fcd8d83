//! The Lambda functions in one binary. Which of them it is, the handler's name says: `check`, `scale` or `poll`, which are the tasks of the
//! state machine, or `front`, the door for Application Auto Scaling.

mod door;
mod metrics;

use aws::Aws;
use door::Door;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use std::io::Write as _;
use tasks::{Ports, Task, TaskError, measure};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // One JSON document a line. Lambda's own log format takes a line without a time for one of level INFO.
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).init();
    let function = Function::named(std::env::var("_HANDLER").ok().as_deref())?;
    // Connections are prepared before the first call, while starting is still fast.
    let config = aws::configuration().await;
    match function {
        Function::Task(task) => {
            let aws = Aws::new(&config);
            run(service_fn(|event: LambdaEvent<Value>| invoke(task, event.payload, &aws))).await
        }
        Function::Front => {
            // No state machine tries again for it.
            let config = aws::patient(&config);
            let (aws, door) = (Aws::new(&config), Door::open(&config, |name| std::env::var(name).ok())?);
            run(service_fn(|event: LambdaEvent<Value>| answer(&door, event, &aws))).await
        }
    }
}

/// What a function of the stack does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    /// A task of the state machine.
    Task(Task),
    /// It answers Application Auto Scaling.
    Front,
}

impl Function {
    /// The one that a handler's name means.
    fn named(handler: Option<&str>) -> Result<Self, String> {
        let name = handler.unwrap_or_default();
        if name == Door::HANDLER {
            return Ok(Self::Front);
        }
        Task::named(name).map(Self::Task).ok_or_else(|| {
            format!("failed to start: the handler '{name}' is none of check, scale, poll and front; deploy the template as it is")
        })
    }
}

/// Answers a request. A failure is an answer as well, in the words of the protocol.
async fn answer(door: &Door, event: LambdaEvent<Value>, aws: &Aws) -> Result<Value, Failure> {
    let response = Box::pin(door.answer(&event.payload, &event.context.request_id, aws)).await;
    let body = &response.body;
    if response.status >= 500 {
        tracing::error!(task = Door::HANDLER, status = response.status, message = %body);
    } else {
        tracing::info!(task = Door::HANDLER, status = response.status, message = %body);
    }
    Ok(response.document())
}

/// Runs a task, and writes one line about it, and one with what it has measured.
async fn invoke(task: Task, payload: Value, aws: &Aws) -> Result<Value, Failure> {
    let ports = Ports {
        applications: &aws.applications,
        streams: &aws.streams,
        alarms: &aws.alarms,
        events: &aws.events,
    };
    // On the heap, for it is large.
    let answer = Box::pin(tasks::run(task, payload.clone(), ports)).await;
    match &answer {
        Ok(answer) => log(task, answer),
        Err(error) => tracing::error!(task = task.name(), error = error.name(), message = %error),
    }
    if let Some(measurement) = measure(task, &payload, &answer) {
        let line = metrics::embedded(&measurement);
        if let Err(error) = writeln!(std::io::stdout().lock(), "{line}") {
            tracing::error!(task = task.name(), message = %format!("failed to write metrics: {error}"));
        }
    }
    answer.map_err(Failure)
}

/// One line about an answer. The dashboard reads the sizes, the outcome and the cause of a scaling from it.
fn log(task: Task, answer: &Value) {
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str);
    // A look at an update tells where it has led, in KPUs or in shards; a decision only, where it would lead.
    let size = |paths: [&str; 3]| paths.iter().find_map(|path| answer.pointer(path)?.as_u64());
    tracing::info!(
        task = task.name(),
        verdict = text("/verdict"),
        reason = text("/reason"),
        why = text("/why"),
        warning = text("/warning"),
        from_units = size(["/event/fromKpus", "/event/fromShards", "/step/from/units"]),
        to_units = size(["/event/toKpus", "/event/toShards", "/step/to/units"]),
        outcome = text("/event/kind"),
        because = text("/event/because"),
    );
}

/// An error by the name that the state machine's `Retry` and `Catch` know, not by that of a Rust type.
#[derive(Debug)]
struct Failure(TaskError);

impl From<Failure> for Diagnostic {
    fn from(Failure(error): Failure) -> Self {
        Self { error_type: error.name().to_owned(), error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_chooses_the_function() {
        for chosen in Task::ALL {
            assert_eq!(Function::named(Some(chosen.name())), Ok(Function::Task(chosen)));
        }
        assert_eq!(Function::named(Some("front")), Ok(Function::Front));
        for wrong in [None, Some(""), Some("bootstrap"), Some("Check")] {
            let refused = Function::named(wrong);
            assert!(
                refused.is_err_and(|message| message.contains("check, scale, poll and front")),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn an_error_has_the_name_that_the_state_machine_knows() {
        for error in
            [TaskError::Retryable("failed to a".to_owned()), TaskError::Fatal("failed to b".to_owned())]
        {
            let diagnostic = Diagnostic::from(Failure(error.clone()));
            assert_eq!(
                (diagnostic.error_type, diagnostic.error_message),
                (error.name().to_owned(), error.to_string())
            );
        }
    }
}
