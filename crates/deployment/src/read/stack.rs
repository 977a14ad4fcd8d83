//! Reads stacks and their resources.

use crate::found_stack::FoundStack;
use crate::{Account, Failure, Obstacle, Read, Unread};
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{Stack, StackResource};

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
    /// Reads the stack with this name.
    pub(crate) async fn stack_of_name(&self, name: &str) -> Result<FoundStack, Failure> {
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| {
            let why = Unread::of(&format!("describe the stack '{name}'"), &error).why;
            // CloudFormation has no separate error code for a stack that does not exist.
            let is_missing = error.code() == Some("ValidationError") && why.contains("does not exist");
            if is_missing { Failure::NotFound(why) } else { Failure::Unreachable(why) }
        })?;
        let found = answer.stacks().iter().find_map(found_stack).ok_or_else(|| {
            Failure::NotFound(format!(
                "the stack '{name}' is not a stack of kpu-autoscaler: it lacks the parameter ApplicationName or ScaleMetric; check --stack"
            ))
        })?;
        if found.scales_stream {
            return Err(Failure::NotFound(format!(
                "the stack '{name}' scales a stream, and this command supports applications only; open its state machine, its alarms and its dashboard in the console; docs/how-to/stop-in-an-emergency.md shows how to pause it"
            )));
        }
        Ok(found)
    }

    /// Lists the stacks that scale this application.
    pub(crate) async fn stacks_of_application(&self, application: &str) -> Read<Vec<FoundStack>> {
        let mut found = Vec::new();
        let mut pages = self.cloudformation.describe_stacks().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("list the stacks", &error))?;
            let stacks = page.stacks().iter().filter_map(found_stack);
            found.extend(stacks.filter(|stack| !stack.scales_stream && stack.application == application));
        }
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

/// Returns the stack if it has the parameters `ScaleMetric` and `ApplicationName` of `template.yaml`.
fn found_stack(stack: &Stack) -> Option<FoundStack> {
    let parameter = |name| {
        let found = stack.parameters().iter().find(|parameter| parameter.parameter_key() == Some(name));
        found.and_then(|parameter| parameter.parameter_value())
    };
    let output = |name| {
        let found = stack.outputs().iter().find(|output| output.output_key() == Some(name));
        found.and_then(|output| output.output_value())
    };
    parameter("ScaleMetric")?;
    Some(FoundStack {
        name: stack.stack_name().unwrap_or_default().to_owned(),
        arn: stack.stack_id().unwrap_or_default().to_owned(),
        status: stack.stack_status().map_or("unknown", |status| status.as_str()).to_owned(),
        application: parameter("ApplicationName")?.to_owned(),
        scales_stream: parameter("Target") == Some("stream"),
        application_key: parameter("ApplicationKmsKeyArn").unwrap_or_default().to_owned(),
        topic: output("NotificationTopic").map(str::to_owned),
    })
}
