//! The permissions of the roles: the tables of `docs/reference/permissions.md`, and the permissions that MSF needs in the name of the function
//! that scales, which no call of a task shows.

use super::SCALABLE_TARGET;
use super::resolve::{Stack, scalar};
use crate::reference::{quoted, rows};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../docs/reference/permissions.md");

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1";

/// The statements of the role that scales.
fn statements(values: &[(&str, &str)]) -> Vec<Value> {
    let resources = Stack::new(values).resources();
    let policy = &resources["ScaleRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    policy["Statement"].as_sequence().unwrap().clone()
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(values) => values.iter().map(scalar).collect(),
        value => vec![scalar(value)],
    }
}

/// The actions of a statement, with its conditions as `key=value`.
fn action_and_conditions(statement: &Value) -> (Vec<String>, Vec<String>) {
    let actions = texts(&statement["Action"]);
    let operators = statement["Condition"].as_mapping().unwrap().values();
    let conditions = operators.flat_map(|operator| operator.as_mapping().unwrap());
    let mut conditions: Vec<String> =
        conditions.map(|(key, value)| format!("{}={}", scalar(key), scalar(value))).collect();
    conditions.sort();
    (actions, conditions)
}

/// Source: MSF developer guide, "Managing CMK using APIs", the policy of the operator of an application.
#[test]
fn a_customer_managed_key_is_used_through_msf_for_this_application() {
    const VIA: &str = "kms:ViaService=kinesisanalytics.<AWS::Region>.amazonaws.com";
    const OF_THE_APPLICATION: &str = "kms:EncryptionContext:aws:kinesisanalytics:arn=arn:<AWS::Partition>:kinesisanalytics:<AWS::Region>:<AWS::AccountId>:application/orders";
    let of_the_key = |values: &[(&str, &str)]| -> Vec<(Vec<String>, Vec<String>)> {
        let statements = statements(values);
        let used = statements.iter().filter(|statement| statement["Resource"] == KEY);
        used.map(action_and_conditions).collect()
    };
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expected = [
        (owned(&["kms:DescribeKey"]), owned(&[VIA])),
        (
            owned(&[
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
            ]),
            owned(&[OF_THE_APPLICATION, VIA]),
        ),
        (
            owned(&["kms:CreateGrant"]),
            owned(&[
                OF_THE_APPLICATION,
                "kms:GrantConstraintType=EncryptionContextSubset",
                "kms:GrantOperations=Decrypt",
                VIA,
            ]),
        ),
    ];
    assert_eq!(of_the_key(&[("ApplicationKmsKeyArn", KEY)]), expected);
    assert!(of_the_key(&[]).is_empty());
    let stream = [("Target", "stream"), ("ScaleMetric", "WriteUtilization"), ("ApplicationKmsKeyArn", KEY)];
    assert!(of_the_key(&stream).is_empty(), "a stream has no such key");
}

/// Source: MSF developer guide, "security-iam-snapshots": the action has no call, and its resource is the application.
#[test]
fn an_update_may_take_an_enhanced_snapshot() {
    let with_the_action = |values: &[(&str, &str)]| {
        let statements = statements(values);
        let holds = |statement: &&Value| {
            let actions = statement["Action"].as_sequence();
            actions.is_some_and(|actions| {
                actions.iter().any(|action| scalar(action) == "kinesisanalytics:CreateSystemSnapshot")
            })
        };
        statements.iter().find(holds).map(|statement| scalar(&statement["Resource"]))
    };
    assert!(with_the_action(&[]).unwrap().ends_with(":application/orders"));
    assert_eq!(with_the_action(&[("Target", "stream"), ("ScaleMetric", "WriteUtilization")]), None);
}

/// The key's policy must name the role, which exists only after the key.
#[test]
fn the_role_is_an_output() {
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    assert_eq!(
        format!("{:?}", template["Outputs"]["ScaleRoleArn"]["Value"]).matches("ScaleRole.Arn").count(),
        1
    );
}

/// A role, an action, and a word for the resources, as the page names them.
type Permission = (String, String, &'static str);

/// Words of the page for resources, and the parts of their ARNs. The first one that is found counts.
const RESOURCES: [(&str, &str); 13] = [
    ("the application", ":application/"),
    ("the stream", ":stream/"),
    ("all alarms", ":alarm:*"),
    ("its executions", ":execution:"),
    ("the default event bus", ":event-bus/"),
    ("the stack's log group", "<FunctionLogs.Arn>"),
    ("its log group", "<ScalableTargetLogs.Arn>"),
    ("the three functions", "<CheckFunction.Arn><ScaleFunction.Arn><PollFunction.Arn>"),
    ("both state machines", "<StateMachine><NotificationStateMachine>"),
    ("the state machine", ":stateMachine:"),
    ("the dead-letter queue", "<DeadLetterQueue.Arn>"),
    ("the topic", "<Topic>"),
    ("the key", ":key/"),
];

/// The permissions that a stack gives to the role of a resource.
fn given(stack: &Stack, resource: &str, role: &str) -> BTreeSet<Permission> {
    let resources = stack.resources();
    let policy = &resources[resource]["Properties"]["Policies"][0];
    let document = policy.get("PolicyDocument").unwrap_or(policy);
    let mut all = BTreeSet::new();
    for statement in document["Statement"].as_sequence().unwrap() {
        let on = texts(&statement["Resource"]).concat();
        let word = RESOURCES.iter().find(|(_, part)| on.contains(part)).map(|(word, _)| *word);
        let word = word.unwrap_or_else(|| if on == "*" { "`*`" } else { panic!("{on}") });
        all.extend(texts(&statement["Action"]).into_iter().map(|action| (role.to_owned(), action, word)));
    }
    all
}

/// The permissions of a row of the page.
fn stated(role: &str, actions: &str, on: &str) -> BTreeSet<Permission> {
    let words = RESOURCES.iter().map(|(word, _)| *word).chain(["`*`"]);
    let word = words.max_by_key(|word| on.starts_with(word).then_some(word.len())).unwrap();
    assert!(on.starts_with(word), "{on}");
    quoted(actions).map(|action| (role.to_owned(), action.to_owned(), word)).collect()
}

#[test]
fn the_tables_of_the_page_have_the_permissions_of_the_roles() {
    const ROLES: [(&str, &str); 3] = [("CheckRole", "check"), ("ScaleRole", "scale"), ("PollRole", "poll")];
    let application =
        [("ApplicationKmsKeyArn", KEY), ("KinesisStreamName", "clicks"), ("SourcePartitions", "shards")];
    let stream = [("Target", "stream"), ("ScaleMetric", "WriteUtilization"), ("KinesisStreamName", "clicks")];
    for (heading, values) in
        [("## Functions of an application", application), ("## Functions of a stream", stream)]
    {
        let stack = Stack::new(&values);
        let code: BTreeSet<Permission> =
            ROLES.iter().flat_map(|(resource, role)| given(&stack, resource, role)).collect();
        let of_row = |row: Vec<&'static str>| {
            let yes = ROLES.iter().zip(row[2..].to_vec()).filter(|(_, cell)| *cell == "yes");
            yes.flat_map(|((_, role), _)| stated(role, row[0], row[1])).collect::<Vec<_>>()
        };
        let page: BTreeSet<Permission> = rows(PAGE, heading).flat_map(of_row).collect();
        assert_eq!(page, code, "{heading}: left: the page; right: the template");
    }

    let stack = Stack::new(&[("KmsKeyArn", KEY)]);
    let mut code = given(&stack, "StateMachine", "both state machines");
    code.extend(given(&stack, "StartRole", "both rules and the heartbeat"));
    let arn = "arn:aws:states:eu-central-1:111122223333:stateMachine:scaling";
    for target in ["application", "stream"] {
        let values = [
            ("AutoscalerStack", "orders-scaling"),
            ("Target", target),
            ("StateMachineArn", arn),
            ("ApplicationName", "orders"),
            ("KinesisStreamName", "clicks"),
        ];
        let stack = Stack::of(SCALABLE_TARGET, &values);
        code.extend(given(&stack, "ScalableTargetRole", "scalable-target API"));
    }
    let mut page = BTreeSet::new();
    let mut role = "";
    for row in rows(PAGE, "## Other roles of the stack") {
        if !row[0].is_empty() {
            role = row[0].trim_start_matches('[').split(']').next().unwrap();
        }
        page.extend(stated(role, row[1], row[2]));
    }
    assert_eq!(page, code, "left: the page; right: the templates");
}
