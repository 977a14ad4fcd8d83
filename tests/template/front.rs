//! The API for Application Auto Scaling: it is there only if asked for, and speaks the protocol that AWS has published for custom resources.

use crate::resolve::{Stack, scalar};
use front::{ScalableTarget, ScalingStatus};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;

fn resources() -> Value {
    Stack::new(&[("ApplicationAutoScaling", "on")]).resources()
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
fn it_is_off_by_default_and_whole_when_on() {
    let of_the_front = |resources: &Value| -> BTreeSet<String> {
        names(resources).into_iter().filter(|name| name.starts_with("Front")).collect()
    };
    assert_eq!(of_the_front(&Stack::new(&[]).resources()), BTreeSet::new());
    let parts = ["Api", "Deployment", "FailsAlarm", "Function", "Permission", "Role", "Stage"];
    assert_eq!(of_the_front(&resources()), parts.map(|part| format!("Front{part}")).into());
}

/// Source: the published description of `ScalableTargetDimension`: two methods on one path, both signed, with these answers.
#[test]
fn it_has_the_methods_of_the_protocol_and_lets_in_nobody_who_does_not_sign() {
    let api = &resources()["FrontApi"]["Properties"]["Body"];
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
        assert!(scalar(&integration["uri"]).contains("<FrontFunction.Arn>/invocations"));
    }
    let scheme = &api["components"]["securitySchemes"]["sigv4"];
    assert_eq!(scheme["x-amazon-apigateway-authtype"], "awsSigv4");
    let permission = &resources()["FrontPermission"]["Properties"];
    assert_eq!(permission["Principal"], "apigateway.amazonaws.com");
    assert!(scalar(&permission["SourceArn"]).ends_with("<FrontApi>/*/*/scalableTargetDimensions/*"));
}

#[test]
fn its_documents_are_those_of_the_protocol_and_the_code_writes_them() {
    let schemas = resources()["FrontApi"]["Properties"]["Body"]["components"]["schemas"].clone();
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

/// It is told which of the two it stands before, and starts this state machine alone.
#[test]
fn the_function_knows_what_the_stack_scales() {
    let stream = [
        ("ApplicationAutoScaling", "on"),
        ("Target", "stream"),
        ("KinesisStreamName", "clicks"),
        ("ScaleMetric", "WriteUtilization"),
    ];
    for (stack, target, name) in [
        (Stack::new(&[("ApplicationAutoScaling", "on")]), "application", "orders"),
        (Stack::new(&stream), "stream", "clicks"),
    ] {
        let resources = stack.resources();
        let variables = &resources["FrontFunction"]["Properties"]["Environment"]["Variables"];
        assert_eq!((&variables["TARGET"], &variables["RESOURCE_NAME"]), (&target.into(), &name.into()));
        assert_eq!(variables["STATE_MACHINE_ARN"], "<StateMachine>");
        let told = &resources["FrontFailsAlarm"]["Properties"];
        assert_eq!(told["Dimensions"][0]["Value"], resources["FrontApi"]["Properties"]["Name"]);
        assert_eq!(told["AlarmActions"], told["OKActions"]);
    }
}
