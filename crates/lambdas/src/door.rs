//! The function that API Gateway calls for Application Auto Scaling.

use aws::{Aws, StepFunctions};
use front::{Request, Response, Scaled, answer};
use scaling::Unit;
use serde_json::Value;
use tasks::ScaledStream;

/// What the environment of the function says.
#[derive(Debug)]
pub(crate) struct Door {
    scaled: Scaled,
    runs: StepFunctions,
}

impl Door {
    /// The handler's name.
    pub(crate) const HANDLER: &str = "front";

    /// The door to what the environment names.
    ///
    /// # Errors
    /// If it lacks something.
    pub(crate) fn open(
        config: &aws::SdkConfig,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let variable = |name| {
            variable(name).ok_or_else(|| {
                format!("failed to start: the environment has no {name}; deploy the template as it is")
            })
        };
        let unit = if variable("TARGET")? == "stream" { Unit::Shard } else { Unit::Kpu };
        let scaled = Scaled { unit, name: variable("RESOURCE_NAME")? };
        Ok(Self { scaled, runs: StepFunctions::new(config, variable("STATE_MACHINE_ARN")?) })
    }

    /// Answers a request of this identity.
    pub(crate) async fn answer(&self, event: &Value, id: &str, aws: &Aws) -> Response {
        let Self { scaled, runs } = self;
        match (Request::parse(event, id), scaled.unit) {
            (Err(why), _) => Response::refused(400, &why),
            (Ok(request), Unit::Kpu) => answer(&request, scaled, &aws.applications, runs).await,
            (Ok(request), Unit::Shard) => answer(&request, scaled, &ScaledStream(&aws.streams), runs).await,
        }
    }
}
