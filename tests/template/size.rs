//! The size of the template: resources of the default stack, parameters and bytes.

use super::TEMPLATE;
use super::resolve::Stack;
use serde_yaml_ng::Value;

/// The number of resources that a stack has after the transform of SAM, which adds the role of the state machine.
fn resources(values: &[(&str, &str)]) -> usize {
    let resources = Stack::new(values).resources();
    // `Globals` is no resource.
    resources.as_mapping().unwrap().len() - 1 + 1
}

#[test]
fn the_default_stack_is_small() {
    assert_eq!(resources(&[]), 23);
    // A subscriber adds the subscription and the alarms on lasting conditions.
    assert_eq!(resources(&[("NotificationEmail", "team@example.com")]), 30);
}

#[test]
fn the_template_is_within_its_limits() {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    let parameters = template["Parameters"].as_mapping().unwrap().len();
    assert!(parameters <= 66, "{parameters} parameters");
    assert!(TEMPLATE.len() <= 85_000, "{} bytes", TEMPLATE.len());
}

/// CloudFormation allows 4,000 characters. The console shows the description of a parameter below its field.
#[test]
fn no_description_is_a_page() {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    for (name, parameter) in template["Parameters"].as_mapping().unwrap() {
        let description = parameter["Description"].as_str().unwrap();
        assert!(description.len() <= 450, "{name:?} has {} characters", description.len());
    }
}
