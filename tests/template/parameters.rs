//! Every parameter does something: another value changes a resource, or a decision in a scenario.

use super::resources::stack;
use boundary::scenario;
use serde_yaml_ng::Value;
use simulator::{
    ComparedPolicy, Entry, Model, PARAMETERS, Parameters, Pipeline, STREAM_PARAMETERS, Scaled, Settings,
    Trace,
};
use std::collections::BTreeSet;

const CPU: &str = "containerCPUUtilization";
const LAG: &str = "millisBehindLatest";
const KAFKA: &str = "SumOffsetLag";
const STREAM: &str = "WriteUtilization";

/// Each parameter whose other value changes an alarm, a rule, a function or another resource, with the metric of the stack.
#[rustfmt::skip]
pub(super) const SEEN_IN_A_RESOURCE: [(&str, &str, &str); 33] = [
    ("ApplicationName", "payments", CPU), ("ScaleMetric", "busyTimeMsPerSecond", CPU), ("CustomMetricName", "other", "Custom"),
    ("Statistic", "Minimum", CPU), ("PeriodSeconds", "120", CPU),
    ("ScaleOutThreshold", "70", CPU), ("ScaleOutEvaluationPeriods", "4", CPU), ("ScaleOutDatapointsToAlarm", "2", CPU),
    ("ScaleInThreshold", "30", CPU), ("ScaleInEvaluationPeriods", "21", CPU), ("ScaleInDatapointsToAlarm", "19", CPU),
    ("ScaleInUtilizationMetric", "busyTimeMsPerSecond", LAG), ("ScaleInUtilizationThreshold", "30", LAG),
    ("MskClusterName", "other", KAFKA), ("KafkaTopic", "other", KAFKA), ("ConsumerGroup", "other", KAFKA),
    ("KinesisStreamName", "other", "IncomingRecords"), ("FanOutConsumerName", "other", "SubscribeToShardEvent.MillisBehindLatest"),
    ("HeartbeatMinutes", "1", CPU), ("LogRetentionDays", "7", CPU), ("Architecture", "x86_64", CPU),
    ("NotificationEmail", "team@example.com", CPU), ("NotificationTopicArn", "arn:aws:sns:eu-central-1:111122223333:ours", CPU),
    ("KmsKeyArn", "arn:aws:kms:eu-central-1:111122223333:key/1", CPU), ("LoadAlarmName", "ours", LAG),
    ("MoreScaleOutAlarms", "ours", CPU), ("MoreScaleInAlarms", "ours", CPU), ("MonthlyBudgetDollars", "900", CPU),
    ("Target", "stream", CPU), ("ThrottledThreshold", "10", STREAM), ("DrainedSeconds", "30", STREAM),
    ("SourcePartitions", "shards", CPU), ("ApplicationKmsKeyArn", "arn:aws:kms:eu-central-1:111122223333:key/1", CPU),
];

/// Each parameter that only the policy holds: a scenario decides otherwise with the other value.
pub(super) const SEEN_IN_A_DECISION: [(&str, &str); 34] = [
    ("MinKpu", "3"),
    ("MaxKpu", "3"),
    ("HighKpu", "5"),
    ("HighStart", "1:30"),
    ("HighEnd", "3:00"),
    ("HighDays", "Sat"),
    ("LowKpu", "1-2"),
    ("Windows", "daily 0:30-1:00 5"),
    ("TimeZone", "Asia/Tokyo"),
    ("LeadMinutes", "25"),
    ("BacklogWaitMinutes", "0"),
    ("Mode", "observe"),
    ("MaxParallelism", "4"),
    ("SourcePartitions", "3"),
    ("ScalingOperation", "Steps"),
    ("ScaleOutFactor", "4"),
    ("ScaleInFactor", "3"),
    ("ScaleOutSteps", "0:1"),
    ("ScaleInSteps", "0:1"),
    ("TargetValue", "50"),
    ("Preset", "cost"),
    ("LagObjectiveSeconds", "600"),
    ("LargestStepKpu", "1"),
    ("GracePeriodSeconds", "900"),
    ("ScaleInGracePeriodSeconds", "3600"),
    ("FailurePauseMinutes", "2"),
    ("IneffectivePauseMinutes", "5"),
    ("MonthlyBudgetDollars", "100"),
    ("KpuHourDollars", "0.5"),
    ("StateGigabytes", "2000"),
    ("ApplicationAutoScaling", "on"),
    ("PollIntervalSeconds", "300"),
    ("UpdateTimeoutMinutes", "2"),
    // A parameter of the simulator alone: MSF knows it of the application.
    ("ParallelismPerKpu", "2"),
];

/// The same of a stream.
pub(super) const SEEN_IN_A_DECISION_OF_A_STREAM: [(&str, &str); 2] = [("MinShards", "3"), ("MaxShards", "4")];

/// The resources of a stack without the policy, which passes every value on.
fn without_policy(metric: &str, more: &[(&str, &str)]) -> Value {
    let mut resources = stack(metric, more).resources();
    let machine = resources["StateMachine"]["Properties"].as_mapping_mut().unwrap();
    machine.remove("DefinitionSubstitutions").unwrap();
    resources
}

#[test]
fn every_parameter_changes_a_resource_or_a_decision() {
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    let declared = template["Parameters"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap());
    let mut all: BTreeSet<&str> = declared.collect();
    all.extend(PARAMETERS.iter().map(|parameter| parameter.name));
    let of_resources = SEEN_IN_A_RESOURCE.iter().map(|(name, ..)| *name);
    let of_decisions =
        SEEN_IN_A_DECISION.iter().chain(&SEEN_IN_A_DECISION_OF_A_STREAM).map(|(name, _)| *name);
    assert_eq!(of_resources.chain(of_decisions).collect::<BTreeSet<_>>(), all);
}

#[test]
fn a_parameter_of_a_resource_changes_a_resource() {
    for (name, value, metric) in SEEN_IN_A_RESOURCE {
        assert_ne!(
            without_policy(metric, &[(name, value)]),
            without_policy(metric, &[]),
            "{name} does nothing"
        );
    }
}

#[test]
fn a_parameter_of_the_policy_changes_a_decision() {
    let timeline = |scenario: &simulator::Scenario, settings: Settings| -> Vec<Entry> {
        scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap().timeline
    };
    let unchanged: Vec<_> =
        scenario::all().into_iter().map(|(_, scenario, settings)| timeline(&scenario, settings)).collect();
    let mut without_effect = Vec::new();
    for (name, value) in SEEN_IN_A_DECISION {
        let changed = scenario::with(&format!("{name}={value}")).into_iter().zip(&unchanged);
        // The settings of some scenarios refuse the value.
        let mut played = changed.filter_map(|((_, scenario), before)| Some((scenario.ok()?, before)));
        if !played.any(|((scenario, settings), before)| timeline(&scenario, settings) != *before) {
            without_effect.push(name);
        }
    }
    assert_eq!(without_effect, [""; 0], "these parameters change no decision of any scenario");
}

#[test]
fn a_parameter_of_the_shards_changes_a_decision() {
    let timeline = |assignment: Option<&str>| {
        let settings = |assignments: &[&str]| {
            let mut parameters = Parameters::default();
            for assignment in assignments {
                parameters.set(assignment).unwrap();
            }
            Settings::new(&parameters).unwrap()
        };
        let stream: Vec<&str> = STREAM_PARAMETERS.into_iter().chain(assignment).collect();
        let rates = [(1_400.0, 60), (5_600.0, 120), (100.0, 180)];
        let rates = rates.iter().flat_map(|(rate, minutes)| vec![*rate; *minutes]).collect();
        let pipeline = Pipeline {
            trace: Trace::new("producer", rates),
            application: Scaled { model: Model::default(), settings: settings(&[]), faults: Vec::new() },
            stream: Scaled {
                model: Model::of_a_stream(500.0),
                settings: settings(&stream),
                faults: Vec::new(),
            },
            seed: 1,
        };
        pipeline.run(&mut |_| ()).unwrap().stream.timeline
    };
    let unchanged = timeline(None);
    for (name, value) in SEEN_IN_A_DECISION_OF_A_STREAM {
        assert_ne!(timeline(Some(&format!("{name}={value}"))), unchanged, "{name} does nothing");
    }
}
