//! Stacks, and what they are made of.

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

/// The resources of a stack, or why they could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Resources(pub(crate) Read<Vec<Resource>>);

impl Resources {
    /// The physical name of a resource.
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
    /// The stack of this name.
    pub(crate) async fn stack_of_name(&self, name: &str) -> Result<FoundStack, Failure> {
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| {
            let why = Unread::of(&format!("describe the stack '{name}'"), &error).why;
            // CloudFormation has no code of its own for a stack that does not exist.
            let is_missing = error.code() == Some("ValidationError") && why.contains("does not exist");
            if is_missing { Failure::NotFound(why) } else { Failure::Unreachable(why) }
        })?;
        let found = answer.stacks().iter().find_map(ours).ok_or_else(|| {
            Failure::NotFound(format!(
                "'{name}' is no stack of kpu-autoscaler: its parameters are not ApplicationName, ScaleMetric and so on"
            ))
        })?;
        if found.is_of_a_stream {
            return Err(Failure::NotFound(format!(
                "'{name}' scales a stream, and these commands look at applications only; open its state machine, its alarms and its dashboard in the console, and see docs/how-to/stop-in-an-emergency.md for how to pause it"
            )));
        }
        Ok(found)
    }

    /// The stacks that scale this application.
    pub(crate) async fn stacks_of_application(&self, application: &str) -> Read<Vec<FoundStack>> {
        let mut found = Vec::new();
        let mut pages = self.cloudformation.describe_stacks().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("look for stacks", &error))?;
            let ours = page.stacks().iter().filter_map(ours);
            found.extend(ours.filter(|stack| !stack.is_of_a_stream && stack.application == application));
        }
        Ok(found)
    }

    /// What a stack is made of.
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

/// A stack is ours if it has an application and a state machine to scale it.
fn ours(stack: &Stack) -> Option<FoundStack> {
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
        is_of_a_stream: parameter("Target") == Some("stream"),
        topic: output("NotificationTopic").map(str::to_owned),
    })
}
