//! The permissions that MSF needs in the name of the function that scales. No call of a task shows them.

use super::resolve::{Stack, scalar};
use serde_yaml_ng::Value;

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1";

/// The statements of the role that scales.
fn statements(values: &[(&str, &str)]) -> Vec<Value> {
    let resources = Stack::new(values).resources();
    let policy = &resources["ScaleRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    policy["Statement"].as_sequence().unwrap().clone()
}

/// The actions of a statement, with its conditions as `key=value`.
fn action_and_conditions(statement: &Value) -> (Vec<String>, Vec<String>) {
    let actions = match &statement["Action"] {
        Value::Sequence(actions) => actions.iter().map(scalar).collect(),
        action => vec![scalar(action)],
    };
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
