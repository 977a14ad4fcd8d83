//! Parameters of the policy: accepted values, and the messages for rejected values.

use scaling::Parallelism;
use tasks::{POLICY_PARAMETERS, Policy, PolicyText, TaskError};

fn with(parameter: &str, value: &str) -> Result<Policy, TaskError> {
    Policy::parse(&crate::world::policy().with([(parameter, value)]))
}

#[test]
fn an_invalid_value_is_rejected_with_the_parameter_name() {
    let rows = [
        ("MinKpu", vec!["0", "-1", "1.5", "", "two", "10001", "99999999999"]),
        ("MaxKpu", vec!["0", "ten", "", "NaN"]),
        ("MaxParallelism", vec!["0", "40000", "x"]),
        ("SourcePartitions", vec!["0", "many"]),
        ("LargestStepKpu", vec!["0", "1.5"]),
        ("ScaleInMaxLag", vec!["low", "NaN", "inf"]),
        ("ScalingOperation", vec!["", "Divide", "multiply/divide"]),
        ("ScaleOutFactor", vec!["1", "0.5", "x", ""]),
        ("ScaleInFactor", vec!["1", "-2", "1.0001"]),
        ("GracePeriodSeconds", vec!["0", "29", "86401", "5m"]),
        ("ScaleInGracePeriodSeconds", vec!["0", "29", "86401"]),
        ("PollIntervalSeconds", vec!["4", "601", ""]),
        ("UpdateTimeoutMinutes", vec!["0", "601", "soon"]),
        ("ApplicationName", vec![""]),
        ("ScaleOutAlarm", vec![""]),
        ("ScaleInAlarm", vec![""]),
    ];
    for (parameter, values) in rows {
        for value in values {
            let Err(TaskError::Fatal(message)) = with(parameter, value) else {
                panic!("{parameter}={value} was accepted")
            };
            assert!(
                message.starts_with("failed to read the policy: ") && message.contains(parameter),
                "{message}"
            );
        }
    }
}

#[test]
fn a_minimum_above_the_maximum_names_both_and_the_remedy() {
    assert_eq!(
        with("MinKpu", "11").unwrap_err().to_string(),
        "failed to read the policy: MinKpu is 11 and MaxKpu is 10; set MinKpu to at most MaxKpu"
    );
    assert!(with("MinKpu", "10").is_ok());
}

#[test]
fn the_scale_in_cooldown_defaults_to_the_scale_out_cooldown() {
    for (scale_in, seconds) in [("", 300), ("1800", 1_800), ("60", 60)] {
        let cooldown = with("ScaleInGracePeriodSeconds", scale_in).unwrap().scaling.grace_period;
        assert_eq!((cooldown.out.as_secs(), cooldown.r#in.as_secs()), (300, seconds));
    }
}

#[test]
fn a_target_is_a_positive_number() {
    let target =
        |value: &str| crate::world::policy().with([("ScalingOperation", "Target"), ("TargetValue", value)]);
    Policy::parse(&target("62.5")).unwrap();
    for value in ["", "0", "-1", "NaN", "inf", "half"] {
        let message = Policy::parse(&target(value)).unwrap_err().to_string();
        assert!(message.contains(&format!("TargetValue is '{value}'; set it to a number")), "{message}");
    }
}

#[test]
fn additional_alarms_are_a_comma_separated_list() {
    let policy = with("MoreScaleOutAlarms", "orders-memory, orders-out ,,orders-lag").unwrap();
    assert_eq!(
        policy.more_alarms.out,
        ["orders-memory", "orders-lag"],
        "the stack alarm is not listed twice"
    );
    assert_eq!(policy.alarm_names(), ["orders-out", "orders-memory", "orders-lag", "orders-in"]);
}

#[test]
fn a_fraction_of_a_kpu_cannot_be_added() {
    let text = crate::world::policy().with([("ScalingOperation", "Add/Subtract")]);
    assert!(Policy::parse(&text).is_ok());
    let message = Policy::parse(&text.with([("ScaleOutFactor", "1.5")])).unwrap_err().to_string();
    assert!(
        message
            .contains("ScaleOutFactor is '1.5', which does not fit Add/Subtract; set it to a whole number"),
        "{message}"
    );
}

/// An execution keeps the policy that it began with, and its next task runs in the functions of the newer release.
#[test]
fn the_policy_of_an_earlier_release_has_the_default_of_each_parameter_that_it_lacks() {
    for parameter in POLICY_PARAMETERS {
        let expected = with(parameter.name, parameter.default).unwrap();
        assert_eq!(without(parameter.name).unwrap(), expected, "{}", parameter.name);
    }
    assert_eq!(without("ScaleInMaxLag").unwrap(), with("ScaleInMaxLag", "").unwrap());
    assert!(without("ApplicationName").is_err(), "a name has no default");
}

fn without(parameter: &str) -> Result<Policy, TaskError> {
    let mut text = serde_json::to_value(crate::world::policy()).unwrap();
    text.as_object_mut().unwrap().remove(parameter);
    Policy::parse(&serde_json::from_value::<PolicyText>(text).unwrap())
}

#[test]
fn the_policy_of_a_later_release_may_have_further_parameters() {
    let mut text = serde_json::to_value(crate::world::policy()).unwrap();
    text["SomethingNew"] = "5".into();
    let policy = Policy::parse(&serde_json::from_value::<PolicyText>(text).unwrap()).unwrap();
    assert_eq!(policy, with("Mode", "active").unwrap());
}

#[test]
fn an_empty_maximum_parallelism_means_unknown() {
    assert_eq!(with("MaxParallelism", "").unwrap().scaling.limits.max_parallelism, None);
    for (given, most) in [("", 256), ("128", 128), ("512", 512)] {
        let limits = with("MaxParallelism", given).unwrap().scaling.limits;
        assert_eq!(limits.most().map(Parallelism::count), Some(most), "the quota unless it is given");
    }
    assert_eq!(with("MaxParallelism", "128").unwrap().scaling.limits.max_parallelism.unwrap().count(), 128);
}

#[test]
fn step_scaling_is_parsed_or_rejected_with_the_parameter_name() {
    let step_scaling = || {
        crate::world::policy().with([
            ("ScalingOperation", "Steps"),
            ("ScaleOutSteps", "0:25%, 10:2, 20:=8"),
            ("ScaleInSteps", "0:1"),
        ])
    };
    Policy::parse(&step_scaling()).unwrap();
    for (text, part) in [
        (step_scaling().with([("ScaleOutSteps", "10:1")]), "ScaleOutSteps is '10:1'; begin the first step"),
        (step_scaling().with([("ScaleInSteps", "")]), "ScaleInSteps is ''; write the step '' as"),
    ] {
        let Err(TaskError::Fatal(message)) = Policy::parse(&text) else { panic!("{part}") };
        assert!(message.contains(part), "{message}");
    }
}
