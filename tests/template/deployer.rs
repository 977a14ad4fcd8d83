//! The deployer's policy: it has a statement for every resource of the template, and its resources are those of the stack.

use super::resolve::{Stack, scalar};
use serde_json::Value;
use std::collections::BTreeSet;

const POLICY: &str = include_str!("../../docs/how-to/deployer-policy.json");
const PAGE: &str = include_str!("../../docs/how-to/deployer-permissions.md");

/// The first part of a type, and the service whose actions create the resource.
const SERVICES: [(&str, &str); 9] = [
    ("AWS::CloudWatch::", "cloudwatch"),
    ("AWS::Events::", "events"),
    ("AWS::IAM::", "iam"),
    ("AWS::Logs::", "logs"),
    ("AWS::SNS::", "sns"),
    ("AWS::SQS::", "sqs"),
    ("AWS::Scheduler::", "scheduler"),
    ("AWS::Serverless::Function", "lambda"),
    ("AWS::Serverless::StateMachine", "states"),
];

/// Returns the statements: the name, the actions and the resources of each.
fn statements() -> Vec<(String, Vec<String>, Vec<String>)> {
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .map(|each| {
            (each["Sid"].as_str().unwrap().to_owned(), texts(&each["Action"]), texts(&each["Resource"]))
        })
        .collect()
}

/// Every type of a resource has a service, and the policy has actions for these services and for those of a deployment alone.
#[test]
fn the_policy_has_the_services_of_the_template() {
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    let types =
        template["Resources"].as_mapping().unwrap().values().map(|resource| scalar(&resource["Type"]));
    let service = |kind: String| {
        let found = SERVICES.iter().find(|(start, _)| kind.starts_with(start));
        found
            .unwrap_or_else(|| panic!("{kind} has no statement in docs/how-to/deployer-policy.json"))
            .1
            .to_owned()
    };
    let mut needed: BTreeSet<String> = types.map(service).collect();
    needed.extend(["cloudformation", "s3"].map(str::to_owned));
    let given = statements().into_iter().flat_map(|(_, actions, _)| actions);
    let given: BTreeSet<String> = given.map(|action| action.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(given, needed);
}

/// The alarms and the log groups have names of the template. CloudFormation names the other resources.
#[test]
fn the_policy_has_the_names_of_the_template() {
    let resources =
        Stack::new(&[("AWS::StackName", "STACK"), ("NotificationEmail", "team@example.com")]).resources();
    let patterns: Vec<String> = statements().into_iter().flat_map(|(_, _, resources)| resources).collect();
    let mut compared = 0;
    for (name, resource) in resources.as_mapping().unwrap() {
        let properties = resource.get("Properties");
        let named = ["AlarmName", "LogGroupName"].iter().find_map(|property| properties?.get(property));
        let Some(named) = named.map(scalar) else { continue };
        let is_allowed = |pattern: &String| {
            let parts = pattern.split_once("alarm:").or_else(|| pattern.split_once("log-group:"));
            parts.is_some_and(|(_, rest)| rest != "*" && named.starts_with(rest.trim_end_matches('*')))
        };
        assert!(patterns.iter().any(is_allowed), "{name:?}: no statement allows {named}");
        compared += 1;
    }
    assert!(compared >= 12, "{compared}");
}

#[test]
fn the_page_explains_every_statement() {
    for (name, _, resources) in statements() {
        assert!(PAGE.contains(&format!("| `{name}` |")), "docs/how-to/deployer-permissions.md lacks {name}");
        let is_known =
            |resource: &String| resource == "*" || resource.contains("STACK") || resource.contains("BUCKET");
        let of_a_stack = resources.iter().all(is_known);
        assert!(
            of_a_stack || ["Transform", "StateMachines", "ReadAlarms"].contains(&name.as_str()),
            "{name}"
        );
    }
}
