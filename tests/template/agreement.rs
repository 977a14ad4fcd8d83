//! The template agrees with the code: parameters, defaults, thresholds, functions and permissions.

use super::TEMPLATE;
use serde_yaml_ng::Value;
use simulator::{Metric, PARAMETERS, default_thresholds, demand_thresholds};
use std::collections::BTreeSet;
use tasks::Task;

fn template() -> Value {
    serde_yaml_ng::from_str(TEMPLATE).unwrap()
}

/// Names and values of a mapping.
fn entries(value: &Value) -> Vec<(String, Value)> {
    let fields = value.as_mapping().unwrap();
    fields.iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), value.clone())).collect()
}

fn names(value: &Value) -> BTreeSet<String> {
    entries(value).into_iter().map(|(name, _)| name).collect()
}

/// Returns a scalar of any type as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("{other:?} is no scalar"),
    }
}

/// Every text within a value, tags included, such as `!Ref MinKpu`.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Sequence(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Mapping(fields) => fields.values().for_each(|item| texts(item, found)),
        Value::Tagged(tagged) => match &tagged.value {
            Value::String(text) => found.push(format!("{} {text}", tagged.tag)),
            inner => texts(inner, found),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The parameters that only the deployment has, and the parameter of the local run that MSF knows from the application.
const ONLY_DEPLOYED: [&str; 14] = [
    "ApplicationName",
    "CustomMetricName",
    "MskClusterName",
    "KafkaTopic",
    "ConsumerGroup",
    "KinesisStreamName",
    "FanOutConsumerName",
    "LoadAlarmName",
    "LogRetentionDays",
    "NotificationEmail",
    "NotificationTopicArn",
    "KmsKeyArn",
    "ApplicationKmsKeyArn",
    "Architecture",
];
const ONLY_LOCAL: &str = "ParallelismPerKpu";

#[test]
fn the_local_run_has_the_same_parameters_and_defaults() {
    let template = template();
    let mut local: BTreeSet<String> = PARAMETERS.iter().map(|parameter| parameter.name.to_owned()).collect();
    assert!(local.remove(ONLY_LOCAL));
    local.extend(ONLY_DEPLOYED.map(str::to_owned));
    assert_eq!(names(&template["Parameters"]), local);
    for parameter in PARAMETERS.iter().filter(|parameter| parameter.name != ONLY_LOCAL) {
        assert_eq!(
            text(&template["Parameters"][parameter.name]["Default"]),
            parameter.default,
            "{}",
            parameter.name
        );
    }
}

#[test]
fn every_parameter_has_a_group_and_a_description_and_is_used() {
    let template = template();
    let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
    let parameters = names(&template["Parameters"]);
    // Errors and documents name parameters by their names, and so does the console without labels.
    assert!(interface.get("ParameterLabels").is_none());
    let groups = interface["ParameterGroups"].as_sequence().unwrap();
    let grouped: Vec<String> =
        groups.iter().flat_map(|group| group["Parameters"].as_sequence().unwrap()).map(text).collect();
    assert_eq!(grouped.len(), parameters.len(), "a parameter is in two groups or in none");
    assert_eq!(grouped.into_iter().collect::<BTreeSet<_>>(), parameters);
    let labels: Vec<String> = groups.iter().map(|group| text(&group["Label"]["default"])).collect();
    assert_eq!(labels[..2], ["Required", "Common"]);
    assert!(labels[2..].iter().all(|label| label.starts_with("Advanced: ")), "{labels:?}");
    let required = ["ApplicationName", "ScaleMetric", "MinKpu", "MaxKpu", "NotificationEmail"];
    let first: Vec<String> = groups[0]["Parameters"].as_sequence().unwrap().iter().map(text).collect();
    assert_eq!(first, required);

    let mut used = Vec::new();
    for section in ["Resources", "Conditions", "Globals"] {
        texts(&template[section], &mut used);
    }
    for name in &parameters {
        let by_name =
            |text: &String| *text == format!("!Ref {name}") || text.contains(&format!("${{{name}}}"));
        assert!(used.iter().any(by_name), "{name} does nothing");
        let description = text(&template["Parameters"][name.as_str()]["Description"]);
        assert!(
            description.len() > 20 && description.ends_with('.') || description.contains("1 to 128"),
            "{name}"
        );
    }
}

#[test]
fn the_local_run_has_the_same_thresholds_of_a_metric() {
    let template = template();
    for metric in Metric::ALL {
        let row = &template["Mappings"]["Metrics"][metric.scale_metric().as_str()];
        assert_eq!(text(&row["Namespace"]), metric.namespace());
        for (columns, thresholds) in [
            (["Out", "In"], default_thresholds(metric)),
            (["DemandOut", "DemandIn"], demand_thresholds(metric)),
        ] {
            let (out, r#in) = thresholds.unwrap_or((0.0, 0.0));
            assert_eq!(
                columns.map(|column| text(&row[column])),
                [out.to_string(), r#in.to_string()],
                "{}",
                metric.name()
            );
        }
    }
    let allowed = template["Parameters"]["ScaleMetric"]["AllowedValues"].as_sequence().unwrap();
    assert_eq!(allowed.iter().map(text).collect::<BTreeSet<_>>(), names(&template["Mappings"]["Metrics"]));
    // A metric without thresholds of its own must not be deployed without given ones.
    let rule = &template["Rules"]["MetricsWithoutDefaultsNeedThresholds"]["RuleCondition"];
    let mut asked = Vec::new();
    texts(rule, &mut asked);
    let mappings = entries(&template["Mappings"]["Metrics"]).into_iter();
    for (name, row) in mappings.filter(|(name, _)| name != "UserAlarms") {
        assert_eq!(text(&row["Out"]) == "0", asked.contains(&name), "{name}");
    }
}

#[test]
fn the_functions_are_the_tasks_and_the_state_machine_gets_every_placeholder() {
    let template = template();
    let resources = entries(&template["Resources"]);
    let functions = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    let handlers: BTreeSet<String> =
        functions.map(|(_, function)| text(&function["Properties"]["Handler"])).collect();
    assert_eq!(handlers, Task::ALL.iter().map(|task| task.name().to_owned()).collect());

    let definition = include_str!("../../statemachine/autoscaler.asl.json");
    let wanted: BTreeSet<String> =
        definition.split("${").skip(1).map(|rest| rest.split_once('}').unwrap().0.to_owned()).collect();
    let given = names(&template["Resources"]["StateMachine"]["Properties"]["DefinitionSubstitutions"]);
    assert_eq!(given, wanted);
}

/// Two stacks for one application stand side by side: every name of a resource contains the name of the stack.
#[test]
fn no_fixed_name_collides() {
    for (name, resource) in entries(&template()["Resources"]) {
        for (property, value) in entries(&resource["Properties"]) {
            // A stage is of its API alone, and a function is named by a reference.
            let is_no_name = ["MetricName", "StageName", "FunctionName"].contains(&property.as_str());
            let named = property.ends_with("Name") && !is_no_name;
            assert!(!named || format!("{value:?}").contains("${AWS::StackName}"), "{name}.{property}");
        }
    }
    assert!(!TEMPLATE.contains("arn:aws:"), "the partition is not always aws");
}

/// The reference of the parameters is made from the template. To make it anew: `UPDATE_DOCS=1 cargo test --test boundary`.
#[test]
#[expect(clippy::format_push_string, reason = "a page is short")]
fn the_reference_of_the_parameters_is_the_templates() {
    let template = template();
    let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
    let mut page = String::from(
        "# Parameters\n\nMade from `template.yaml`. `kpu simulate --set Name=value` takes those that matter to a local run.\n",
    );
    for group in interface["ParameterGroups"].as_sequence().unwrap() {
        page.push_str(&format!("\n## {}\n\n", text(&group["Label"]["default"])));
        page.push_str("| parameter | default | allowed | meaning |\n|---|---|---|---|\n");
        for name in group["Parameters"].as_sequence().unwrap().iter().map(text) {
            let parameter = &template["Parameters"][name.as_str()];
            let default = match parameter.get("Default").map(text) {
                None => "none".to_owned(),
                Some(default) if default.is_empty() => "empty".to_owned(),
                Some(default) => format!("`{default}`"),
            };
            let allowed = match (
                parameter.get("AllowedValues"),
                parameter.get("MinValue"),
                parameter.get("MaxValue"),
            ) {
                (Some(values), _, _) => {
                    values.as_sequence().unwrap().iter().map(text).collect::<Vec<_>>().join(", ")
                }
                (None, Some(least), Some(most)) => format!("{} to {}", text(least), text(most)),
                _ => String::new(),
            };
            let meaning = text(&parameter["Description"]);
            page.push_str(&format!("| `{name}` | {default} | {allowed} | {meaning} |\n"));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/parameters.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference/parameters.md differs from the template; UPDATE_DOCS=1 cargo test --test boundary makes it anew"
    );
}
