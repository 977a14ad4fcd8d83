//! The examples: each names existing parameters with allowed values, passes the template's rules, and makes the alarms that its first line promises.

use super::TEMPLATE;
use super::resolve::{Stack, scalar};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PIPELINE: &str = include_str!("../../pipeline.yaml");
const PIPELINE_EXAMPLE: &str = "pipeline";

/// Assignments of parameters: name and value.
type Overrides = Vec<(String, String)>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The overrides of a `samconfig.toml`, one quoted assignment a line.
fn overrides(example: &str) -> Overrides {
    let text = read(&format!("{example}/samconfig.toml"));
    let (_, list) = text.split_once("\nparameter_overrides = [\n").unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    let lines = list.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let assignment = |line: &str| {
        let quoted = line.strip_prefix('"').and_then(|line| line.strip_suffix("\","));
        let (name, value) = quoted.and_then(|line| line.split_once('=')).unwrap_or_else(|| panic!("{line}"));
        (name.to_owned(), value.to_owned())
    };
    lines.map(assignment).collect()
}

/// The stack of a template with these overrides. Fails on an unknown parameter and on a value that the parameter does not allow.
fn stack(template: &str, overrides: &Overrides) -> Stack {
    let declared: Value = serde_yaml_ng::from_str(template).unwrap();
    for (name, value) in overrides {
        let parameter = &declared["Parameters"][name.as_str()];
        assert!(!parameter.is_null(), "{name} is no parameter");
        if let Some(allowed) = parameter.get("AllowedValues").and_then(Value::as_sequence) {
            assert!(allowed.iter().any(|each| scalar(each) == *value), "{name}={value} is not allowed");
        }
        for (bound, is_within) in [("MinValue", f64::ge as fn(&f64, &f64) -> bool), ("MaxValue", f64::le)] {
            if let Some(bound) = parameter.get(bound).and_then(Value::as_f64) {
                assert!(is_within(&value.parse().unwrap(), &bound), "{name}={value} is out of {bound}");
            }
        }
    }
    let values: Vec<(&str, &str)> =
        overrides.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Stack::of(template, &values)
}

/// The alarms that scale and the alarms that notify of the metrics, without those that every stack with a subscriber has.
fn alarms(stack: &Stack) -> Vec<String> {
    const EVERYWHERE: [&str; 7] = [
        "FailedRunsAlarm",
        "NoRunsAlarm",
        "DeadLettersAlarm",
        "PinnedAtMaximumAlarm",
        "BlockedAlarm",
        "UnreadableAlarm",
        "BuiltInAutoscalingAlarm",
    ];
    assert_eq!(stack.objections(), Vec::<String>::new());
    let resources = stack.resources();
    let alarms =
        resources.as_mapping().unwrap().iter().filter(|(_, resource)| {
            resource.get("Type").is_some_and(|kind| kind == "AWS::CloudWatch::Alarm")
        });
    let names = alarms.map(|(name, _)| name.as_str().unwrap().to_owned());
    names.filter(|name| !EVERYWHERE.contains(&name.as_str())).collect()
}

/// The overrides of a stack that another template nests.
fn nested(resources: &Value, name: &str) -> Overrides {
    let parameters = resources[name]["Properties"]["Parameters"].as_mapping().unwrap();
    parameters.iter().map(|(name, value)| (scalar(name), scalar(value))).collect()
}

#[test]
fn each_sample_makes_the_alarms_that_it_promises() {
    #[rustfmt::skip]
    let samples: [(&str, &[&str]); 5] = [
        ("cpu-only",       &["ScaleOutAlarm", "ScaleInAlarm", "IneffectiveAlarm", "NoDataAlarm", "LoadAlarm"]),
        ("kinesis-demand", &["ScaleOutAlarm", "ScaleInAlarm", "IneffectiveAlarm", "NoDataAlarm", "LoadAlarm", "NoUtilizationDataAlarm"]),
        ("kafka-lag",      &["ScaleOutAlarm", "ScaleInAlarm", "NoDataAlarm", "NoUtilizationDataAlarm"]),
        ("kafka-records-lag", &["ScaleOutAlarm", "ScaleInAlarm", "NoDataAlarm", "NoUtilizationDataAlarm"]),
        ("schedule",       &["ScaleOutAlarm", "ScaleInAlarm", "NoDataAlarm"]),
    ];
    for (example, expected) in samples {
        assert_eq!(alarms(&stack(TEMPLATE, &overrides(example))), expected, "{example}");
    }
}

#[test]
fn the_sample_of_a_pipeline_makes_the_alarms_of_both_stacks() {
    let resources = stack(PIPELINE, &overrides(PIPELINE_EXAMPLE)).resources();
    let stream = stack(TEMPLATE, &nested(&resources, "StreamScaling"));
    assert_eq!(
        alarms(&stream),
        ["ShardsOutAlarm", "ShardsInAlarm", "ThrottledAlarm", "DrainedAlarm", "NoAgeAlarm"]
    );
    let application = stack(TEMPLATE, &nested(&resources, "ApplicationScaling"));
    assert_eq!(
        alarms(&application),
        [
            "ScaleOutAlarm",
            "ScaleInAlarm",
            "IneffectiveAlarm",
            "NoDataAlarm",
            "LoadAlarm",
            "NoUtilizationDataAlarm"
        ]
    );
}

/// An example that is in no table above would not be checked.
#[test]
fn every_folder_of_examples_is_known() {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let folders: BTreeSet<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let known = [
        "cdk",
        "cpu-only",
        "kafka-lag",
        "kafka-records-lag",
        "kinesis-demand",
        PIPELINE_EXAMPLE,
        "schedule",
        "terraform",
    ];
    assert_eq!(folders, known.map(str::to_owned).into());
}

/// No sample sets a parameter to its default, so that each line of it is needed.
#[test]
fn no_sample_repeats_a_default() {
    for (example, template) in [
        ("cpu-only", TEMPLATE),
        ("kinesis-demand", TEMPLATE),
        ("kafka-lag", TEMPLATE),
        ("kafka-records-lag", TEMPLATE),
        ("schedule", TEMPLATE),
        (PIPELINE_EXAMPLE, PIPELINE),
    ] {
        let declared: Value = serde_yaml_ng::from_str(template).unwrap();
        for (name, value) in overrides(example) {
            // The largest size is what a user pays for, so that each example states it.
            let default = declared["Parameters"][name.as_str()].get("Default").map(scalar);
            assert!(default != Some(value) || name.starts_with("Max"), "{example}: {name} is the default");
        }
    }
}

/// Terraform and the CDK pass parameters between braces, as `Name: 'value'` or `Name = "value"`.
#[test]
fn the_examples_for_terraform_and_the_cdk_pass_parameters_of_the_template() {
    for (path, begin, assignment) in
        [("terraform/main.tf", "  parameters = {\n", '='), ("cdk/app.ts", "  parameters: {\n", ':')]
    {
        let text = read(path);
        let (_, block) = text.split_once(begin).unwrap();
        let (block, _) = block.split_once("\n  }").unwrap();
        let parse = |line: &str| {
            let (name, value) = line.split_once(assignment).unwrap();
            // A reference to another resource stands for a name.
            let value = value.trim().trim_end_matches(',').trim_matches(['\'', '"']);
            (name.trim().to_owned(), value.to_owned())
        };
        let overrides: Overrides = block.lines().map(parse).collect();
        assert_eq!(alarms(&stack(TEMPLATE, &overrides)), ["ScaleOutAlarm", "ScaleInAlarm", "NoDataAlarm"]);
    }
}
