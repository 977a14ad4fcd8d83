//! The template of the scalable-target API: it speaks the protocol that AWS has published for custom resources.

use super::SCALABLE_TARGET;
use super::resolve::{Stack, scalar};
use scalable_target::{ScalableTarget, ScalingStatus};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;

const MACHINE: &str = "arn:aws:states:eu-central-1:111122223333:stateMachine:StateMachine-1";
const OURS: &str = "arn:aws:sns:eu-central-1:111122223333:ours";
const APPLICATION: [(&str, &str); 3] =
    [("AutoscalerStack", "orders-scaling"), ("StateMachineArn", MACHINE), ("ApplicationName", "orders")];

fn stack(values: &[(&str, &str)]) -> Stack {
    Stack::of(SCALABLE_TARGET, &[&APPLICATION, values].concat())
}

fn resources() -> Value {
    stack(&[]).resources()
}

fn names(mapping: &Value) -> BTreeSet<String> {
    mapping.as_mapping().unwrap().keys().map(scalar).collect()
}

fn texts(sequence: &Value) -> BTreeSet<String> {
    sequence.as_sequence().unwrap().iter().map(scalar).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn it_needs_the_name_of_its_target() {
    assert!(stack(&[]).objections().is_empty());
    for (values, objection) in [
        (&[("ApplicationName", "")][..], "ApplicationName is empty. Set it, because Target is application."),
        (&[("Target", "stream")], "KinesisStreamName is empty. Set it, because Target is stream."),
    ] {
        assert_eq!(stack(values).objections(), [objection]);
    }
}

#[test]
fn the_api_has_the_methods_of_the_protocol_and_requires_signed_requests() {
    let api = &resources()["ScalableTargetApi"]["Properties"]["DefinitionBody"];
    assert_eq!(names(&api["paths"]), set(&["/scalableTargetDimensions/{scalableTargetDimensionId}"]));
    let path = &api["paths"]["/scalableTargetDimensions/{scalableTargetDimensionId}"];
    assert_eq!(names(path), set(&["get", "patch"]));
    for method in ["get", "patch"] {
        let method = &path[method];
        let [signed] = method["security"].as_sequence().unwrap().as_slice() else { panic!("{method:?}") };
        assert_eq!(names(signed), set(&["sigv4"]));
        assert_eq!(names(&method["responses"]), set(&["200", "400", "403", "404", "429", "500"]));
        let integration = &method["x-amazon-apigateway-integration"];
        assert_eq!(integration["type"], "aws_proxy");
        assert!(scalar(&integration["uri"]).contains("<ScalableTargetFunction.Arn>/invocations"));
    }
    let scheme = &api["components"]["securitySchemes"]["sigv4"];
    assert_eq!(scheme["x-amazon-apigateway-authtype"], "awsSigv4");
    let permission = &resources()["ScalableTargetPermission"]["Properties"];
    assert_eq!(permission["Principal"], "apigateway.amazonaws.com");
    assert!(scalar(&permission["SourceArn"]).ends_with("<ScalableTargetApi>/*/*/scalableTargetDimensions/*"));
}

#[test]
fn the_documents_match_the_protocol_and_the_code() {
    let schemas =
        resources()["ScalableTargetApi"]["Properties"]["DefinitionBody"]["components"]["schemas"].clone();
    let target = &schemas["ScalableTargetDimension"];
    let required =
        ["actualCapacity", "desiredCapacity", "scalableTargetDimensionId", "scalingStatus", "version"];
    assert_eq!(texts(&target["required"]), set(&required));
    let statuses = ScalingStatus::ALL.map(|status| format!("{status:?}"));
    assert_eq!(texts(&target["properties"]["scalingStatus"]["enum"]), statuses.into());
    let written = ScalableTarget {
        scalable_target_dimension_id: "orders".to_owned(),
        version: "7".to_owned(),
        actual_capacity: 4.0,
        desired_capacity: 8.0,
        scaling_status: ScalingStatus::Failed,
        resource_name: "orders".to_owned(),
        dimension_name: "KPU",
        failure_reason: Some("it is paused".to_owned()),
    };
    let written = serde_json::to_value(written).unwrap();
    let fields: BTreeSet<String> = written.as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, names(&target["properties"]));
    for (field, value) in written.as_object().unwrap() {
        let kind = if value.is_number() { "number" } else { "string" };
        assert_eq!(target["properties"][field.as_str()]["type"], kind, "{field}");
    }
    assert_eq!(texts(&schemas["ScalableTargetDimensionUpdate"]["required"]), set(&["desiredCapacity"]));
    assert_eq!(names(&schemas["Error"]["properties"]), set(&["message"]));
}

/// The function reads the resource that the stack scales, and starts this state machine alone.
#[test]
fn the_function_knows_the_resource_that_the_stack_scales() {
    let stream = [("Target", "stream"), ("ApplicationName", ""), ("KinesisStreamName", "clicks")];
    for (stack, target, name) in [(stack(&[]), "application", "orders"), (stack(&stream), "stream", "clicks")]
    {
        let resources = stack.resources();
        let variables = &resources["ScalableTargetFunction"]["Properties"]["Environment"]["Variables"];
        assert_eq!((&variables["TARGET"], &variables["RESOURCE_NAME"]), (&target.into(), &name.into()));
        assert_eq!(variables["STATE_MACHINE_ARN"], MACHINE);
        let statements =
            &resources["ScalableTargetRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
        let statements: Vec<&Value> = statements.as_sequence().unwrap().iter().collect();
        let of = |action: &str| {
            let is_it = |statement: &&&Value| format!("{:?}", statement["Action"]).contains(action);
            scalar(&statements.iter().find(is_it).unwrap()["Resource"])
        };
        assert_eq!(of("states:StartExecution"), MACHINE);
        assert!(of("states:DescribeExecution").ends_with(":execution:StateMachine-1:*"));
    }
}

/// Without a topic there are no notifications. The topic of the autoscaler stack accepts alarms whose names begin with that stack's name.
#[test]
fn its_alarm_exists_only_with_a_topic_and_is_accepted_by_it() {
    assert!(resources().get("ScalableTargetFailsAlarm").is_none());
    let resources = stack(&[("NotificationTopicArn", OURS)]).resources();
    let alarm = &resources["ScalableTargetFailsAlarm"]["Properties"];
    assert_eq!(alarm["Dimensions"][0]["Value"], resources["ScalableTargetApi"]["Properties"]["Name"]);
    assert_eq!((&alarm["AlarmActions"][0], &alarm["OKActions"][0]), (&OURS.into(), &OURS.into()));
    assert_eq!(alarm["AlarmName"], "orders-scaling-scalable-target-fails");
}
