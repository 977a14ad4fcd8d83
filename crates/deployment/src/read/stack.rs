//! Reads stacks and their resources.

use crate::found_stack::{Found, FoundStack};
use crate::{Account, Failure, Obstacle, Read, Target, Unread};
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{Parameter, Stack, StackResource};
use scaling::Unit;
use std::collections::BTreeMap;
use tasks::{MonthOfExecutions, ResourceKind, own_cost};

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) logical_name: String,
    pub(crate) physical_name: String,
    /// Such as `AWS::CloudWatch::Alarm`.
    pub(crate) kind: String,
}

/// The resources of a stack, or the reason why they could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Resources(pub(crate) Read<Vec<Resource>>);

impl Resources {
    /// Returns the physical name of a resource.
    pub(crate) fn get(&self, logical_name: &str) -> Read<String> {
        let resources = self.0.as_ref().map_err(Clone::clone)?;
        let found = resources.iter().find(|resource| resource.logical_name == logical_name);
        let found = found.map(|resource| resource.physical_name.clone());
        found.ok_or_else(|| {
            Unread::new(Obstacle::Missing, format!("the stack has no resource {logical_name}"))
        })
    }
}

impl Account {
    /// Finds the stacks of a target, the streams first and then by their names.
    ///
    /// # Errors
    /// If there is no such stack, or the stacks cannot be listed. An application or a stream without a stack is no error.
    pub async fn find(&self, target: &Target) -> Result<Vec<Found>, Failure> {
        let unreachable = |unread: Unread| Failure::Unreachable(unread.why);
        let (kind, resource) = match target {
            Target::Stack(name) => {
                let stacks = self.stacks_of_name(name).await?;
                let all = self.stacks().await;
                return Ok(stacks.iter().map(|stack| Found::of(stack, all.as_deref())).collect());
            }
            Target::All => {
                let all = self.stacks().await.map_err(unreachable)?;
                if all.is_empty() {
                    let why = "there is no stack of kpu-autoscaler in this account and Region; check --region and --profile";
                    return Err(Failure::NotFound(why.to_owned()));
                }
                return Ok(all.iter().map(|stack| Found::of(stack, Ok(&all))).collect());
            }
            Target::Application(name) => (&ResourceKind::APPLICATION, name),
            Target::Stream(name) => (&ResourceKind::STREAM, name),
        };
        let all = self.stacks().await.map_err(unreachable)?;
        let stack = all.iter().find(|stack| stack.scales(kind, resource));
        let unscaled = || Found { kind, resource: resource.clone(), stack: None, others: Ok(Vec::new()) };
        Ok(vec![stack.map_or_else(unscaled, |stack| Found::of(stack, Ok(&all)))])
    }

    /// Reads the stack with this name, or the stacks of kpu-autoscaler within it.
    async fn stacks_of_name(&self, name: &str) -> Result<Vec<FoundStack>, Failure> {
        let stack = self.describe(name).await?;
        if let Some(found) = stack.as_ref().and_then(found_stack) {
            return Ok(vec![found]);
        }
        let resources = self.resources(name).await.0.map_err(|unread| Failure::Unreachable(unread.why))?;
        let mut found = Vec::new();
        for nested in resources.iter().filter(|resource| resource.kind == "AWS::CloudFormation::Stack") {
            found.extend(self.describe(&nested.physical_name).await?.as_ref().and_then(found_stack));
        }
        if found.is_empty() {
            return Err(Failure::NotFound(format!(
                "the stack '{name}' is not a stack of kpu-autoscaler, and no stack within it is: they lack the parameter ScaleMetric or GracePeriodSeconds; check --stack"
            )));
        }
        sort(&mut found);
        Ok(found)
    }

    async fn describe(&self, name: &str) -> Result<Option<Stack>, Failure> {
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| {
            let why = Unread::of(&format!("describe the stack '{name}'"), &error).why;
            // CloudFormation has no separate error code for a stack that does not exist.
            let is_missing = error.code() == Some("ValidationError") && why.contains("does not exist");
            if is_missing { Failure::NotFound(why) } else { Failure::Unreachable(why) }
        })?;
        Ok(answer.stacks.unwrap_or_default().into_iter().next())
    }

    /// Lists the stacks of kpu-autoscaler.
    async fn stacks(&self) -> Read<Vec<FoundStack>> {
        let mut found = Vec::new();
        let mut pages = self.cloudformation.describe_stacks().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("list the stacks", &error))?;
            found.extend(page.stacks().iter().filter_map(found_stack));
        }
        sort(&mut found);
        Ok(found)
    }

    /// Reads the resources of a stack.
    pub(crate) async fn resources(&self, stack: &str) -> Resources {
        let answer = self.cloudformation.describe_stack_resources().stack_name(stack).send().await;
        let answer =
            answer.map_err(|error| Unread::of(&format!("read the resources of the stack '{stack}'"), &error));
        Resources(answer.map(|answer| answer.stack_resources().iter().filter_map(resource).collect()))
    }
}

fn resource(resource: &StackResource) -> Option<Resource> {
    Some(Resource {
        logical_name: resource.logical_resource_id()?.to_owned(),
        physical_name: resource.physical_resource_id()?.to_owned(),
        kind: resource.resource_type()?.to_owned(),
    })
}

/// Sorts stacks in the direction of the data: the streams, and then the applications that read them.
fn sort(stacks: &mut [FoundStack]) {
    stacks.sort_by(|one, other| {
        let key = |stack: &FoundStack| (stack.kind.unit == Unit::Kpu, stack.name.clone());
        key(one).cmp(&key(other))
    });
}

/// Returns the stack if it is a stack of `template.yaml`, by two of its parameters that `pipeline.yaml` and `scalable-target.yaml` do not
/// both have.
///
/// CloudFormation returns the parameters in every status, whereas a stack has outputs only after a success. A deployer sets the tags. The
/// description changes with releases.
fn found_stack(stack: &Stack) -> Option<FoundStack> {
    let parameters = parameters(stack);
    let parameter = |name: &str| parameters.get(name).map(String::as_str);
    let output = |name| {
        let found = stack.outputs().iter().find(|output| output.output_key() == Some(name));
        found.and_then(|output| output.output_value())
    };
    parameter("ScaleMetric").and_then(|_| parameter("GracePeriodSeconds"))?;
    let kind = ResourceKind::targeted(parameter("Target").unwrap_or_default())?;
    let application = parameter("ApplicationName").unwrap_or_default();
    let is_reader = kind.unit == Unit::Shard && !application.is_empty();
    Some(FoundStack {
        name: stack.stack_name().unwrap_or_default().to_owned(),
        arn: stack.stack_id().unwrap_or_default().to_owned(),
        status: stack.stack_status().map_or("unknown", |status| status.as_str()).to_owned(),
        kind,
        resource: parameter(kind.name_parameter)?.to_owned(),
        reader: is_reader.then(|| application.to_owned()),
        application_key: parameter("ApplicationKmsKeyArn").unwrap_or_default().to_owned(),
        own_cost: own_cost(
            &|name| parameter(name).unwrap_or_default().to_owned(),
            month(parameter("HeartbeatMinutes")),
        ),
        topic: output("NotificationTopic").map(str::to_owned),
        parameters,
    })
}

/// Returns all parameters with their values.
fn parameters(stack: &Stack) -> BTreeMap<String, String> {
    let pair = |parameter: &Parameter| {
        Some((parameter.parameter_key()?.to_owned(), parameter.parameter_value()?.to_owned()))
    };
    stack.parameters().iter().filter_map(pair).collect()
}

/// Returns the executions of a month, with the default of the template if a stack has no such parameter.
fn month(heartbeat_minutes: Option<&str>) -> MonthOfExecutions {
    const DEFAULT_MINUTES: f64 = 5.0;
    let minutes = heartbeat_minutes.and_then(|minutes| minutes.parse().ok());
    MonthOfExecutions::of_heartbeats(minutes.unwrap_or(DEFAULT_MINUTES))
}

#[cfg(test)]
mod tests {
    use super::{found_stack, sort};
    use aws_sdk_cloudformation::types::{Parameter, Stack};

    fn stack(name: &str, parameters: &[(&str, &str)]) -> Stack {
        let parameter = |(key, value): &(&str, &str)| {
            Parameter::builder().parameter_key(*key).parameter_value(*value).build()
        };
        let parameters = parameters.iter().map(parameter).collect();
        Stack::builder().stack_name(name).set_parameters(Some(parameters)).build()
    }

    #[test]
    fn a_stack_is_known_by_its_parameters() {
        let ours = [("ScaleMetric", "x"), ("GracePeriodSeconds", "300"), ("ApplicationName", "orders")];
        for (parameters, expected) in [
            // The first releases had no parameter Target.
            (ours.to_vec(), Some(("application", "orders", None))),
            (
                [&ours[..], &[("Target", "application"), ("KinesisStreamName", "clicks")]].concat(),
                Some(("application", "orders", None)),
            ),
            (
                [&ours[..], &[("Target", "stream"), ("KinesisStreamName", "clicks")]].concat(),
                Some(("stream", "clicks", Some("orders"))),
            ),
            (
                vec![
                    ("ScaleMetric", "x"),
                    ("GracePeriodSeconds", "300"),
                    ("ApplicationName", ""),
                    ("Target", "stream"),
                    ("KinesisStreamName", "clicks"),
                ],
                Some(("stream", "clicks", None)),
            ),
            // pipeline.yaml.
            (
                vec![("ScaleMetric", "x"), ("ApplicationName", "orders"), ("KinesisStreamName", "clicks")],
                None,
            ),
            // scalable-target.yaml.
            (vec![("Target", "stream"), ("ApplicationName", ""), ("KinesisStreamName", "clicks")], None),
            (vec![], None),
        ] {
            let found = found_stack(&stack("any", &parameters));
            let found = found
                .as_ref()
                .map(|found| (found.kind.noun, found.resource.as_str(), found.reader.as_deref()));
            assert_eq!(found, expected, "{parameters:?}");
        }
    }

    #[test]
    fn the_price_of_the_autoscaler_follows_the_parameters() {
        let ours = [
            ("ScaleMetric", "containerCPUUtilization"),
            ("GracePeriodSeconds", "300"),
            ("ApplicationName", "orders"),
        ];
        let dollars = |more: &[(&str, &str)]| {
            found_stack(&stack("any", &[&ours[..], more].concat())).unwrap().own_cost.total()
        };
        let quiet = dollars(&[("HeartbeatMinutes", "60")]);
        let default = dollars(&[]);
        assert!((default - dollars(&[("HeartbeatMinutes", "5")])).abs() < 1e-9);
        let notified = dollars(&[("NotificationEmail", "team@example.com")]);
        assert!(quiet < default && default < notified, "{quiet} {default} {notified}");
    }

    #[test]
    fn streams_are_before_the_applications_that_read_them() {
        let of = |name, target| {
            let all = [
                ("ScaleMetric", "x"),
                ("GracePeriodSeconds", "300"),
                ("ApplicationName", "a"),
                ("KinesisStreamName", "s"),
                ("Target", target),
            ];
            found_stack(&stack(name, &all)).unwrap()
        };
        let mut stacks =
            [of("a", "application"), of("z", "stream"), of("b", "application"), of("y", "stream")];
        sort(&mut stacks);
        assert_eq!(stacks.each_ref().map(|stack| stack.name.as_str()), ["y", "z", "a", "b"]);
    }
}
