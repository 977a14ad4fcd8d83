//! Stacks, and what they are made of.

use super::why;
use crate::{Account, Failure, Read};
use aws_sdk_cloudformation::types::Stack;
use std::collections::BTreeMap;

/// A stack of ours.
#[derive(Debug, Clone)]
pub(crate) struct FoundStack {
    pub(crate) name: String,
    pub(crate) status: String,
    /// The application that it scales.
    pub(crate) application: String,
    /// The topic that it tells.
    pub(crate) topic: Option<String>,
}

/// The physical names of a stack's resources by their logical ones, or why they could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Resources(Read<BTreeMap<String, String>>);

impl Resources {
    pub(crate) fn unread(why: String) -> Self {
        Self(Err(why))
    }

    /// The physical name of a resource.
    pub(crate) fn get(&self, name: &str) -> Read<String> {
        let resources = self.0.as_ref().map_err(Clone::clone)?;
        let found = resources.get(name).cloned();
        found.ok_or_else(|| format!("the stack has no resource {name}; deploy it again"))
    }
}

impl Account {
    /// The stack of this name.
    pub(crate) async fn stack_of_name(&self, name: &str) -> Result<FoundStack, Failure> {
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| {
            let why = why(&format!("describe the stack '{name}'"), &error);
            // CloudFormation has no code of its own for a stack that does not exist.
            if why.contains("does not exist") { Failure::NotFound(why) } else { Failure::Unreachable(why) }
        })?;
        answer.stacks().iter().find_map(ours).ok_or_else(|| {
            Failure::NotFound(format!(
                "'{name}' is no stack of kpu-autoscaler: it has no parameter ApplicationName"
            ))
        })
    }

    /// The stack that scales this application, if there is one.
    pub(crate) async fn stack_of_application(
        &self,
        application: &str,
    ) -> Result<Option<FoundStack>, Failure> {
        let mut pages = self.cloudformation.describe_stacks().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Failure::Unreachable(why("look for the stack", &error)))?;
            let found = page.stacks().iter().filter_map(ours).find(|stack| stack.application == application);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What a stack is made of.
    pub(crate) async fn resources(&self, stack: &str) -> Read<Resources> {
        let answer = self.cloudformation.describe_stack_resources().stack_name(stack).send().await;
        let answer =
            answer.map_err(|error| why(&format!("read the resources of the stack '{stack}'"), &error))?;
        let pair = |resource: &aws_sdk_cloudformation::types::StackResource| {
            Some((resource.logical_resource_id()?.to_owned(), resource.physical_resource_id()?.to_owned()))
        };
        Ok(Resources(Ok(answer.stack_resources().iter().filter_map(pair).collect())))
    }
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
        status: stack.stack_status().map_or("unknown", |status| status.as_str()).to_owned(),
        application: parameter("ApplicationName")?.to_owned(),
        topic: output("NotificationTopic").map(str::to_owned),
    })
}
