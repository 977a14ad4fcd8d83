//! The policy's parameters: what is accepted, and how the rest is refused.

use tasks::{Policy, PolicyText, TaskError};

fn with(parameter: &str, value: &str) -> Result<Policy, TaskError> {
    Policy::parse(&crate::world::policy().with([(parameter, value)]))
}

#[test]
fn what_makes_no_sense_is_refused_by_a_sentence_that_names_the_parameter() {
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
        ("ReversalWindowMinutes", vec!["-1", "1441"]),
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
fn scaling_in_waits_as_long_as_scaling_out_unless_told_otherwise() {
    for (scale_in, seconds) in [("", 300), ("1800", 1_800), ("60", 60)] {
        let grace = with("ScaleInGracePeriodSeconds", scale_in).unwrap().scaling.grace_period;
        assert_eq!((grace.out.as_secs(), grace.r#in.as_secs()), (300, seconds));
    }
}

#[test]
fn a_target_is_a_number_above_zero() {
    let target =
        |value: &str| crate::world::policy().with([("ScalingOperation", "Target"), ("TargetValue", value)]);
    Policy::parse(&target("62.5")).unwrap();
    for value in ["", "0", "-1", "NaN", "inf", "half"] {
        let message = Policy::parse(&target(value)).unwrap_err().to_string();
        assert!(message.contains(&format!("TargetValue is '{value}'; set it to a number")), "{message}");
    }
}

#[test]
fn further_alarms_are_names_with_commas_between_them() {
    let policy = with("MoreScaleOutAlarms", "orders-memory, orders-out ,,orders-lag").unwrap();
    assert_eq!(policy.more_alarms.out, ["orders-memory", "orders-lag"], "its own is not named twice");
    assert_eq!(policy.alarm_names(), ["orders-out", "orders-memory", "orders-lag", "orders-in"]);
}

#[test]
fn a_fraction_of_a_kpu_cannot_be_added() {
    let text = crate::world::policy().with([("ScalingOperation", "Add/Subtract")]);
    assert!(Policy::parse(&text).is_ok());
    let message = Policy::parse(&text.with([("ScaleOutFactor", "1.5")])).unwrap_err().to_string();
    assert!(message.contains("ScaleOutFactor does not fit Add/Subtract"), "{message}");
}

/// Executions outlive deployments: a policy that was stated before a parameter was added still parses, and one with
/// a parameter that is not known yet, too.
#[test]
fn the_policy_of_another_release_is_understood() {
    let mut text = serde_json::to_value(crate::world::policy()).unwrap();
    text.as_object_mut().unwrap().remove("ScaleInMaxLag");
    text["SomethingNew"] = "5".into();
    let policy = Policy::parse(&serde_json::from_value::<PolicyText>(text).unwrap()).unwrap();
    assert_eq!(policy, Policy::parse(&crate::world::policy()).unwrap());
}

#[test]
fn the_empty_maximum_parallelism_means_that_it_is_not_known() {
    assert_eq!(with("MaxParallelism", "").unwrap().scaling.limits.max_parallelism, None);
    assert_eq!(with("MaxParallelism", "128").unwrap().scaling.limits.max_parallelism.unwrap().count(), 128);
}

#[test]
fn steps_by_the_breach_are_read_or_refused_by_their_parameter() {
    let by_breach = || {
        crate::world::policy().with([
            ("ScalingOperation", "Steps"),
            ("ScaleOutSteps", "0:25%, 10:2, 20:=8"),
            ("ScaleInSteps", "0:1"),
        ])
    };
    Policy::parse(&by_breach()).unwrap();
    for (text, part) in [
        (by_breach().with([("ScaleOutSteps", "10:1")]), "ScaleOutSteps cannot be read: the first step"),
        (by_breach().with([("ScaleInSteps", "")]), "ScaleInSteps cannot be read"),
    ] {
        let Err(TaskError::Fatal(message)) = Policy::parse(&text) else { panic!("{part}") };
        assert!(message.contains(part), "{message}");
    }
}
