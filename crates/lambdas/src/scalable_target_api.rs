//! The function behind the scalable-target API, which API Gateway invokes for Application Auto Scaling. It is a binary of its own, so that
//! the functions of the tasks do not carry its Step Functions client.

use aws::{Aws, SdkConfig, StepFunctions};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use scalable_target::{Request, Response, Scaled, answer};
use scaling::Unit;
use serde_json::Value;
use std::convert::Infallible;
use tasks::{ResourceKind, ScaledStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // One JSON document a line. Lambda's own log format assigns level INFO to a line without a time.
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).init();
    // The API retries, because no state machine does it.
    let config = aws::with_retries(&aws::configuration().await);
    let api = ScalableTargetApi::from_environment(&config, |name| std::env::var(name).ok())?;
    run(service_fn(|event: LambdaEvent<Value>| invoke(&api, event))).await
}

/// Answers an invocation and writes one line about it. A failure is a response with an error status.
async fn invoke(api: &ScalableTargetApi, event: LambdaEvent<Value>) -> Result<Value, Infallible> {
    // On the heap, because the future is large.
    let response = Box::pin(api.respond(&event.payload, &event.context.request_id)).await;
    let (status, body) = (response.status, &response.body);
    if status >= 500 {
        tracing::error!(task = "scalable-target", status, message = %body);
    } else {
        tracing::info!(task = "scalable-target", status, message = %body);
    }
    Ok(response.document())
}

/// The API for one application or stream.
#[derive(Debug)]
struct ScalableTargetApi {
    scaled: Scaled,
    runs: StepFunctions,
    aws: Aws,
}

impl ScalableTargetApi {
    /// The API for the resource and the state machine that the environment names.
    ///
    /// # Errors
    /// If a variable is missing.
    fn from_environment(
        config: &SdkConfig,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let variable = |name| {
            variable(name).ok_or_else(|| {
                format!("failed to start: the environment variable {name} is missing; deploy scalable-target.yaml unchanged")
            })
        };
        let kind = ResourceKind::targeted(&variable("TARGET")?).unwrap_or(&ResourceKind::APPLICATION);
        Ok(Self {
            scaled: Scaled { unit: kind.unit, name: variable("RESOURCE_NAME")? },
            runs: StepFunctions::new(config, variable("STATE_MACHINE_ARN")?),
            aws: Aws::new(config),
        })
    }

    /// Answers the request of this invocation.
    async fn respond(&self, event: &Value, invocation_id: &str) -> Response {
        let Self { scaled, runs, aws } = self;
        match (Request::parse(event, invocation_id), scaled.unit) {
            (Err(why), _) => Response::error(400, &why),
            (Ok(request), Unit::Kpu) => answer(&request, scaled, &aws.applications, runs).await,
            (Ok(request), Unit::Shard) => answer(&request, scaled, &ScaledStream(&aws.streams), runs).await,
        }
    }
}
