//! The rules of the template, which refuse parameters before a resource is created.

use super::parameters::{SEEN_IN_A_DECISION, SEEN_IN_A_RESOURCE};
use super::resolve::Stack;
use super::resources::stack;
use simulator::{AlarmSettings, PARAMETERS, Parameters, Settings};
use tasks::{Policy, SCALE_METRICS, USES, Use};

#[test]
fn the_rules_refuse_a_metric_without_its_required_parameters_with_a_clear_message() {
    let refused = |values: &[(&str, &str)]| Stack::new(values).objections();
    assert!(refused(&[]).is_empty());
    let thresholds = [("ScaleOutThreshold", "9"), ("ScaleInThreshold", "1")];
    let kafka = |more: &[(&str, &str)]| {
        let mut values = vec![("ScaleMetric", "SumOffsetLag")];
        values.extend(thresholds);
        values.extend(more);
        refused(&values)
    };
    assert_eq!(
        kafka(&[("MskClusterName", "a"), ("KafkaTopic", "b"), ("ConsumerGroup", "c")]),
        Vec::<String>::new()
    );
    for missing in [0, 1, 2] {
        let mut names = vec![("MskClusterName", "a"), ("KafkaTopic", "b"), ("ConsumerGroup", "c")];
        names.remove(missing);
        assert_eq!(
            kafka(&names),
            [
                "MskClusterName, KafkaTopic or ConsumerGroup is empty. Set all three, because ScaleMetric is a Kafka metric."
            ]
        );
    }
    for reads_a_stream in [
        ("ScaleMetric", "millisBehindLatest"),
        ("ScaleMetric", "GetRecords.IteratorAgeMilliseconds"),
        ("SourcePartitions", "shards"),
    ] {
        assert_eq!(
            refused(&[reads_a_stream]),
            [
                "KinesisStreamName is empty. Set it, because Target is stream, SourcePartitions is shards, or ScaleMetric is of a Kinesis stream."
            ]
        );
    }
    let fan_out =
        [("ScaleMetric", "SubscribeToShardEvent.MillisBehindLatest"), ("KinesisStreamName", "clicks")];
    assert_eq!(
        refused(&fan_out),
        [
            "FanOutConsumerName is empty. Set it, because ScaleMetric is SubscribeToShardEvent.MillisBehindLatest."
        ]
    );
    assert_eq!(refused(&[("ScaleMetric", "Custom")]).len(), 2, "the name and the thresholds");
    assert_eq!(refused(&[("ScaleMetric", "lastCheckpointDuration")]).len(), 1);
    let records = refused(&[
        ("ScaleMetric", "IncomingRecords"),
        ("KinesisStreamName", "clicks"),
        thresholds[0],
        thresholds[1],
        ("Statistic", "Average"),
    ]);
    assert!(records[0].contains("Leave Statistic empty, or set it to Sum"), "{records:?}");
    assert_eq!(refused(&[("Statistic", "Sum")]).len(), 1);
    for metric in ["millisBehindLatest", "busyTimeMsPerSecond"] {
        let sum = [("ScaleMetric", metric), ("KinesisStreamName", "clicks"), ("Statistic", "Sum")];
        assert_eq!(
            refused(&sum),
            [
                "Statistic is Sum, which has no meaning for a utilization, a lag or a duration. Leave it empty, or set it to Average, Maximum or Minimum."
            ]
        );
    }
}

const OPERATIONS: [&str; 5] = ["Multiply/Divide", "Add/Subtract", "Steps", "Target", "Demand"];

/// `sam deploy --guided` asks for them, whatever the target and the budget are. `kpu doctor` warns of them.
const WITHOUT_RULE: [&str; 3] = ["MinKpu", "MaxKpu", "KpuHourDollars"];

/// A value that differs from the default and cannot act would mislead. The template has a rule for each row by an operation or a target.
#[test]
fn a_parameter_that_cannot_act_is_refused() {
    let stack_with = |by: &str, value: &str, name: &str, other: &str| {
        let metric = match (by, value) {
            ("Target", "stream") => "WriteUtilization",
            (_, "Demand") => "millisBehindLatest",
            _ => "containerCPUUtilization",
        };
        let heartbeat = [("HeartbeatMinutes", "1"), (by, value), (name, other)];
        stack(metric, &heartbeat).objections()
    };
    for each in USES.iter().filter(|each| each.by != "ScaleMetric") {
        let all: &[&str] = match each.by {
            "Target" => &["application", "stream"],
            "MonthlyBudgetDollars" => &["", "800"],
            _ => &OPERATIONS,
        };
        for (name, value) in
            each.parameters.iter().flat_map(|name| all.iter().map(move |value| (name, value)))
        {
            let other = match *name {
                "ScaleOutSteps" | "ScaleInSteps" => "0:1",
                "Preset" => "cost",
                _ => "7",
            };
            let objections = stack_with(each.by, value, name, other);
            let refused = objections.iter().any(|text| text.contains(name));
            let is_unused = !each.acts_with(value);
            let has_rule = !WITHOUT_RULE.contains(name);
            assert_eq!(refused, is_unused && has_rule, "{name} with {}={value}: {objections:?}", each.by);
            let mut local = Parameters::default();
            let assignments = [format!("{name}={other}"), format!("{}={value}", each.by)];
            for text in &assignments {
                local.set(text).unwrap();
            }
            assert_eq!(local.check_use(&assignments).is_err(), is_unused, "{assignments:?}");
        }
    }
    let user_alarms = [("MoreScaleOutAlarms", "high"), ("MoreScaleInAlarms", "low")];
    let refused =
        |more: &[(&str, &str)]| stack("UserAlarms", &[&user_alarms, more].concat()).objections().len();
    assert_eq!([refused(&[]), refused(&[("ScaleOutThreshold", "9")])], [0, 1]);
}

/// The stack with another value of a parameter differs from the stack with its default, where the table says that the parameter acts.
#[test]
fn a_parameter_acts_with_the_metrics_of_the_table() {
    let other = |name| match name {
        "ScaleInUtilizationMetric" => "busyTimeMsPerSecond",
        "Statistic" => "Minimum",
        "PeriodSeconds" => "120",
        _ => "7",
    };
    let metrics = SCALE_METRICS.iter().map(|(metric, _)| *metric);
    for metric in metrics {
        for row in USES.iter().filter(|row| row.by == "ScaleMetric") {
            for name in row.parameters {
                let thresholds = [("ScaleOutThreshold", "90"), ("ScaleInThreshold", "10")];
                let resources = |more: &[_]| stack(metric, &[&thresholds, more].concat()).resources();
                let acts = resources(&[(name, other(name))]) != resources(&[]);
                assert_eq!(row.acts_with(metric), acts, "{name} with {metric}");
            }
        }
    }
}

/// Another value of a parameter changes the policy or an alarm, where no row of the table says that it does not act.
#[test]
fn the_table_has_every_parameter_that_does_not_act_with_an_operation() {
    // Parameters that act with windows or a budget alone.
    let common = "HighKpu=6 HighStart=1:00 HighEnd=2:00 MonthlyBudgetDollars=800";
    let bases = [common.to_owned(), format!("ScaleMetric=millisBehindLatest {common}")];
    let others =
        SEEN_IN_A_DECISION.into_iter().chain(SEEN_IN_A_RESOURCE.map(|(name, value, _)| (name, value)));
    let is_simulated = |name: &str| PARAMETERS.iter().any(|parameter| parameter.name == name);
    let by_a_table = |name: &str| {
        ["ScalingOperation", "Target", "ScaleMetric", "MoreScaleOutAlarms", "MoreScaleInAlarms"]
            .contains(&name)
    };
    let others: Vec<_> = others
        .filter(|(name, _)| is_simulated(name) && !by_a_table(name) && *name != "ParallelismPerKpu")
        .collect();
    let (mut acting, mut unused, mut missing) = (0, 0, Vec::new());
    for (base, operation) in bases.iter().flat_map(|base| OPERATIONS.map(|operation| (base, operation))) {
        let factor = if operation == "Add/Subtract" { "ScaleInFactor=1" } else { "" };
        let base = format!("{base} ScalingOperation={operation} {factor}");
        let Some((_, before)) = settings(&base, "") else { continue };
        // With a utilization and `Demand`, ScaleInThreshold is refused as well: it would move no decision, but the alarm that starts a check.
        let is_compared = |name: &str| !(name == "ScaleInThreshold" && operation == "Demand");
        for (name, value) in others.iter().filter(|(name, _)| is_compared(name)) {
            let Some((parameters, after)) = settings(&base, &format!("{name}={value}")) else { continue };
            let is_unused =
                |row: &Use| row.parameters.contains(name) && !row.acts_with(parameters.get(row.by));
            let is_unused = USES.iter().any(is_unused);
            if (before == after) != is_unused {
                missing.push(format!("{name}={value} with {base}"));
            }
            *(if is_unused { &mut unused } else { &mut acting }) += 1;
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(acting > 200 && unused > 50, "{acting} {unused}");
}

/// The policy and the alarms of assignments, or `None` if they are refused.
fn settings(base: &str, other: &str) -> Option<(Parameters, (Policy, Vec<AlarmSettings>))> {
    let mut parameters = Parameters::default();
    base.split_whitespace()
        .chain([other])
        .filter(|text| !text.is_empty())
        .for_each(|text| parameters.set(text).unwrap());
    let settings = Settings::new(&parameters).ok()?;
    let alarms = settings.alarms().cloned().collect();
    Some((parameters, (settings.policy().clone(), alarms)))
}

#[test]
fn a_target_needs_a_metric_that_falls() {
    for (metric, refused) in
        [("containerCPUUtilization", false), ("Custom", false), ("millisBehindLatest", true)]
    {
        let objections = stack(metric, &[("ScalingOperation", "Target")]).objections();
        assert_eq!(
            objections.iter().any(|text| text.contains("falls in proportion")),
            refused,
            "{metric}: {objections:?}"
        );
    }
}
