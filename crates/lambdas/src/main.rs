//! The Lambda functions of the tasks in one binary. The handler's name selects the task: `check`, `scale` or `poll`.

mod metrics;

use aws::Aws;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use std::io::Write as _;
use tasks::{Ports, Task, TaskError, measure};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // One JSON document a line. Lambda's own log format assigns level INFO to a line without a time.
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).init();
    let task = task_of(std::env::var("_HANDLER").ok().as_deref())?;
    // Connections are prepared before the first call, while starting is still fast.
    let aws = Aws::new(&aws::configuration().await);
    run(service_fn(|event: LambdaEvent<Value>| invoke(task, event.payload, &aws))).await
}

/// Returns the task that a handler's name selects.
fn task_of(handler: Option<&str>) -> Result<Task, String> {
    let name = handler.unwrap_or_default();
    Task::named(name).ok_or_else(|| {
        format!(
            "failed to start: the handler '{name}' is not check, scale or poll; deploy the template unchanged"
        )
    })
}

/// Runs a task, and writes one line about its answer and one with its metrics.
async fn invoke(task: Task, payload: Value, aws: &Aws) -> Result<Value, Failure> {
    let ports = Ports {
        applications: &aws.applications,
        streams: &aws.streams,
        alarms: &aws.alarms,
        events: &aws.events,
    };
    // On the heap, because the future is large.
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

/// Writes one line about an answer. The dashboard reads the sizes, the outcome and the cause of a scaling from it, and a query for the
/// reasons of the past (docs/how-to/find-out-why-it-did-not-scale.md) the rest.
fn log(task: Task, answer: &Value) {
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str);
    let number = |path: &str| answer.pointer(path).and_then(Value::as_f64);
    // The answer of poll has the sizes of the completed update, in KPUs or shards. The answer of scale has the sizes of the step.
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
        load = number("/demand/load"),
        capacity_per_kpu = number("/demand/capacityPerKpu"),
        lag_seconds = number("/demand/lagSeconds"),
        forecast = number("/demand/forecast"),
    );
}

/// A task's error, reported under the name that `Retry` and `Catch` of the state machine match. By default, Lambda reports a Rust type.
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
    fn the_handler_selects_the_task() {
        for task in Task::ALL {
            assert_eq!(task_of(Some(task.name())), Ok(task));
        }
        for wrong in [None, Some(""), Some("bootstrap"), Some("Check"), Some("scalable-target")] {
            assert!(
                task_of(wrong).is_err_and(|message| message.contains("check, scale or poll")),
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
