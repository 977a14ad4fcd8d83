//! Stacks of kpu-autoscaler, as CloudFormation lists them.

use crate::{Read, Unread};
use std::collections::BTreeMap;
use tasks::{OwnCost, ResourceKind};

/// A stack of kpu-autoscaler.
#[derive(Debug, Clone)]
pub(crate) struct FoundStack {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) status: String,
    /// The kind of the resource that it scales.
    pub(crate) kind: &'static ResourceKind,
    /// The name of the application or stream that it scales.
    pub(crate) resource: String,
    /// The parameter `ApplicationName` of a stack that scales a stream: the application that reads the stream.
    pub(crate) reader: Option<String>,
    /// The parameter `ApplicationKmsKeyArn`; empty in a stack without it.
    pub(crate) application_key: String,
    /// All parameters with their values.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The price of the autoscaler itself for a month, computed from its parameters.
    pub(crate) own_cost: OwnCost,
    /// The topic of its notifications.
    pub(crate) topic: Option<String>,
}

/// A scaled application or stream, with the stack that scales it.
#[derive(Debug, Clone)]
pub struct Found {
    pub(crate) kind: &'static ResourceKind,
    pub(crate) resource: String,
    /// `None` if no stack scales it.
    pub(crate) stack: Option<FoundStack>,
    /// The names of the other stacks that scale it.
    pub(crate) others: Read<Vec<String>>,
}

impl FoundStack {
    /// Whether the stack scales the resource of this kind and name.
    pub(crate) fn scales(&self, kind: &ResourceKind, resource: &str) -> bool {
        self.kind == kind && self.resource == resource
    }
}

impl Found {
    /// Returns the resource of a stack, with the others of `all` that scale it.
    pub(crate) fn of(stack: &FoundStack, all: Result<&[FoundStack], &Unread>) -> Self {
        let is_other =
            |other: &&FoundStack| other.scales(stack.kind, &stack.resource) && other.arn != stack.arn;
        let others = all.map(|all| all.iter().filter(is_other).map(|other| other.name.clone()).collect());
        Self {
            kind: stack.kind,
            resource: stack.resource.clone(),
            stack: Some(stack.clone()),
            others: others.map_err(Clone::clone),
        }
    }

    /// Returns the name of the stack, or of the resource if no stack scales it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.stack.as_ref().map_or(&self.resource, |stack| &stack.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, FoundStack};
    use crate::{Obstacle, Unread};
    use std::collections::BTreeMap;
    use tasks::{MonthOfExecutions, ResourceKind, own_cost};

    fn stack(name: &str, kind: &'static ResourceKind, resource: &str) -> FoundStack {
        FoundStack {
            name: name.to_owned(),
            arn: format!("arn:{name}"),
            status: String::new(),
            kind,
            resource: resource.to_owned(),
            reader: None,
            application_key: String::new(),
            parameters: BTreeMap::new(),
            own_cost: own_cost(&|_| String::new(), MonthOfExecutions::of_heartbeats(5.0)),
            topic: None,
        }
    }

    #[test]
    fn another_stack_scales_the_resource_of_the_same_kind_and_name() {
        let (application, stream) = (&ResourceKind::APPLICATION, &ResourceKind::STREAM);
        let all = [
            stack("a", application, "orders"),
            stack("b", application, "orders"),
            stack("c", application, "payments"),
            stack("d", stream, "orders"),
        ];
        for (index, others) in [vec!["b"], vec!["a"], vec![], vec![]].into_iter().enumerate() {
            let found = Found::of(&all[index], Ok(&all));
            assert_eq!(found.others, Ok(others.into_iter().map(str::to_owned).collect()), "{}", found.name());
        }
        let unread = Unread::new(Obstacle::Denied, "no");
        assert_eq!(Found::of(&all[0], Err(&unread)).others, Err(unread));
    }
}
