//! The simulated policy is the deployed policy: for every metric, operation and target, the template and the simulator make the same policy
//! and the same alarms, or both refuse the combination.

use super::parameters::{SEEN_IN_A_DECISION, SEEN_IN_A_DECISION_OF_A_STREAM, SEEN_IN_A_RESOURCE};
use super::resolve::{Stack, scalar};
use super::resources::stack;
use serde_yaml_ng::Value;
use simulator::{
    AlarmSettings, Metric, MissingData, PARAMETERS, Parameters, Settings, budget_alarm, default_thresholds,
};
use tasks::{Comparison, USES};

/// The fields of a policy that hold the name of an alarm, or names.
const ALARMS: [&str; 6] =
    ["ScaleOutAlarm", "ScaleInAlarm", "MoreScaleOutAlarms", "MoreScaleInAlarms", "LoadAlarm", "BudgetAlarm"];

/// The fields that hold another name.
const NAMES: [&str; 2] = ["ApplicationName", "KinesisStreamName"];

/// The settings of an alarm that decide when it is in ALARM.
#[derive(Debug, PartialEq)]
struct Condition {
    metric: String,
    statistic: String,
    period_seconds: usize,
    comparison: String,
    /// In the unit of the metric.
    threshold: f64,
    evaluation_periods: usize,
    datapoints_to_alarm: usize,
    missing_data: String,
}

fn whole(value: &Value) -> usize {
    scalar(value).parse().unwrap()
}

fn of_the_template(alarm: &Value) -> Condition {
    let threshold: f64 = scalar(&alarm["Threshold"]).parse().unwrap();
    let (metric, statistic, period, threshold) = match alarm.get("Metrics") {
        None => {
            (scalar(&alarm["MetricName"]), scalar(&alarm["Statistic"]), whole(&alarm["Period"]), threshold)
        }
        Some(queries) => {
            let queries = queries.as_sequence().unwrap();
            let expression = scalar(&queries[0]["Expression"]);
            let metric = &queries[1]["MetricStat"];
            let (name, statistic) = (scalar(&metric["Metric"]["MetricName"]), scalar(&metric["Stat"]));
            let period = whole(&metric["Period"]);
            match expression.as_str() {
                "age / 1000" => (name, statistic, period, 1_000.0 * threshold),
                // The simulator publishes the expression as a metric whose statistics are all the same.
                text if text.contains("shards") => {
                    ("WriteUtilization".to_owned(), String::new(), period, threshold)
                }
                text if text.starts_with("kpus * 730 * ") => (name, statistic, period, f64::INFINITY),
                other => panic!("{other} is not understood"),
            }
        }
    };
    let evaluation_periods = whole(&alarm["EvaluationPeriods"]);
    Condition {
        metric,
        statistic,
        period_seconds: period,
        comparison: scalar(&alarm["ComparisonOperator"]),
        threshold,
        evaluation_periods,
        datapoints_to_alarm: alarm.get("DatapointsToAlarm").map_or(evaluation_periods, whole),
        missing_data: scalar(&alarm["TreatMissingData"]),
    }
}

fn of_the_simulator(alarm: &AlarmSettings) -> Condition {
    let is_expression = alarm.metric == Metric::WriteUtilization;
    Condition {
        metric: alarm.metric.name().to_owned(),
        statistic: if is_expression { String::new() } else { alarm.statistic.name().to_owned() },
        period_seconds: 60 * alarm.period_minutes,
        comparison: match alarm.comparison {
            Comparison::GreaterThanThreshold => "GreaterThanThreshold".to_owned(),
            Comparison::LessThanOrEqualToThreshold => "LessThanOrEqualToThreshold".to_owned(),
            other => format!("{other:?}"),
        },
        threshold: alarm.threshold,
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        missing_data: match alarm.missing_data {
            MissingData::Missing => "missing",
            MissingData::Ignore => "ignore",
            MissingData::Breaching => "breaching",
            MissingData::NotBreaching => "notBreaching",
        }
        .to_owned(),
    }
}

/// The names in a field of a policy.
fn listed(text: &str) -> Vec<&str> {
    text.split(',').filter(|name| !name.is_empty()).collect()
}

/// Compares the policy and the alarms of a deployed stack with the policy and the alarms of the simulator.
fn compare(stack: &Stack, settings: &Settings, case: &str) {
    let resources = stack.resources();
    let deployed = &resources["StateMachine"]["Properties"]["DefinitionSubstitutions"];
    let simulated = serde_json::to_value(settings.policy_text()).unwrap();
    let simulated = simulated.as_object().unwrap();
    let of_the_policy = |name: &str| !name.ends_with("FunctionArn");
    let fields = deployed.as_mapping().unwrap().keys().map(|name| name.as_str().unwrap());
    let fields: Vec<&str> = fields.filter(|name| of_the_policy(name)).collect();
    assert_eq!(fields.len(), simulated.len(), "{case}");
    let mut known: Vec<AlarmSettings> = settings.alarms().cloned().collect();
    known.extend([settings.load_alarm(), budget_alarm()]);
    for name in fields {
        let (ours, theirs) = (scalar(&deployed[name]), simulated[name].as_str().unwrap());
        if NAMES.contains(&name) {
            continue;
        }
        if !ALARMS.contains(&name) {
            assert_eq!(ours, theirs, "{case}: {name}");
            continue;
        }
        let (ours, theirs) = (listed(&ours), listed(theirs));
        assert_eq!(ours.len(), theirs.len(), "{case}: {name}: {ours:?} {theirs:?}");
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            let theirs = known.iter().find(|alarm| alarm.name == theirs).unwrap();
            // An alarm of the user is not in the template.
            if let Some(logical) = ours.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
                let alarm = &resources[logical]["Properties"];
                assert_eq!(of_the_template(alarm), of_the_simulator(theirs), "{case}: {name}");
            }
        }
    }
    assert_eq!(60 * whole_minutes(&resources), settings.heartbeat().as_secs(), "{case}");
}

/// The minutes between two heartbeats.
fn whole_minutes(resources: &Value) -> i64 {
    let expression = scalar(&resources["Heartbeat"]["Properties"]["ScheduleExpression"]);
    let increment = expression.strip_prefix("cron(0/").and_then(|rest| rest.split(' ').next());
    increment.map_or(60, |minutes| minutes.parse().unwrap())
}

fn allowed(parameter: &str) -> Vec<String> {
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    template["Parameters"][parameter]["AllowedValues"].as_sequence().unwrap().iter().map(scalar).collect()
}

/// Returns both sides of one combination, or `None` if both refuse it.
///
/// # Errors
/// If one side alone refuses it.
fn both(
    values: &[(&str, &str)],
    only_deployed: &[(&str, &str)],
) -> Result<Option<(Stack, Settings)>, String> {
    let metric = values.iter().find(|(name, _)| *name == "ScaleMetric").unwrap().1;
    let deployed = stack(metric, &[values, only_deployed].concat());
    let mut parameters = Parameters::default();
    for (name, value) in values {
        parameters.set(&format!("{name}={value}")).unwrap();
    }
    // `kpu simulate` refuses the same, and an assignment that is without effect.
    let assignments: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let simulated = parameters.check_use(&assignments).and_then(|()| Settings::new(&parameters));
    match (deployed.objections().as_slice(), simulated) {
        ([], Ok(settings)) => Ok(Some((deployed, settings))),
        ([_, ..], Err(_)) => Ok(None),
        (objections, settings) => {
            Err(format!("{values:?}: template: {objections:?}, simulator: {:?}", settings.err()))
        }
    }
}

/// The value of `ScaleMetric`, in the parameter's own text.
fn value_of(metric: Metric) -> &'static str {
    if metric == Metric::RecordsLagMax { "records-lag-max" } else { metric.name() }
}

/// The parameters of a legal or illegal combination. Add/Subtract takes whole factors.
fn combination<'a>(metric: Metric, operation: &'a str, target: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut values =
        vec![("ScaleMetric", value_of(metric)), ("ScalingOperation", operation), ("Target", target)];
    if operation == "Target" {
        // Between the thresholds, in the unit of the metric.
        values.push(("TargetValue", if metric == Metric::BusyTimeMsPerSecond { "600" } else { "60" }));
    }
    if operation == "Add/Subtract" {
        values.push(("ScaleInFactor", "1"));
    }
    if default_thresholds(metric).is_none() {
        values.push(("ScaleOutThreshold", "90"));
        // A lag that does not act is refused.
        if operation != "Demand" {
            values.push(("ScaleInThreshold", "10"));
        }
    }
    values
}

#[test]
fn the_simulated_policy_and_alarms_are_the_deployed_ones_or_both_refuse() {
    let (mut compared, mut refused) = (0, 0);
    for metric in Metric::ALL {
        for operation in &allowed("ScalingOperation") {
            for target in &allowed("Target") {
                for more in [
                    [("HeartbeatMinutes", "1"), ("MonthlyBudgetDollars", "")],
                    [("HeartbeatMinutes", "1"), ("MonthlyBudgetDollars", "500")],
                    [("HeartbeatMinutes", "10"), ("MonthlyBudgetDollars", "")],
                ] {
                    let values = [&combination(metric, operation, target)[..], &more].concat();
                    match both(&values, &[("FanOutConsumerName", "")]).unwrap() {
                        Some((stack, settings)) => {
                            compare(&stack, &settings, &format!("{values:?}"));
                            compared += 1;
                        }
                        None => refused += 1,
                    }
                }
            }
        }
    }
    assert_eq!((compared, refused), (COMPARED, 3 * Metric::ALL.len() * 5 * 2 - COMPARED));
}

/// Two utilizations take every operation, two lags in time and three in records Multiply/Divide, Add/Subtract, Steps and Demand, and the
/// incoming records the first three: 33 for an application. A stream takes four, with a heartbeat of a minute and without a budget.
const COMPARED: usize = 3 * 33 + 4;

/// Every metric that the simulator lacks is refused by it, so that no result can be mistaken for its policy.
#[test]
fn the_simulator_refuses_a_metric_that_it_cannot_simulate() {
    let simulated = Metric::ALL.map(value_of);
    let mut refused = Vec::new();
    for metric in allowed("ScaleMetric").iter().filter(|metric| !simulated.contains(&metric.as_str())) {
        let mut parameters = Parameters::default();
        parameters.set(&format!("ScaleMetric={metric}")).unwrap();
        let error = Settings::new(&parameters).unwrap_err().to_string();
        assert!(error.contains("cannot simulate"), "{error}");
        refused.push(metric.clone());
    }
    assert_eq!(refused.len() + simulated.len(), allowed("ScaleMetric").len());
}

/// An operation with which a parameter acts.
fn operation_of(name: &str) -> &'static str {
    let row = USES.iter().find(|row| row.by == "ScalingOperation" && row.parameters.contains(&name));
    let acts = |operation: &&str| row.is_none_or(|row| row.acts_with(operation));
    ["Multiply/Divide", "Steps", "Target", "Demand"].into_iter().find(acts).unwrap()
}

/// Each parameter of a policy or of a scaling alarm, with another value, for an application and for a stream.
#[test]
fn another_value_of_a_parameter_is_deployed_and_simulated_alike() {
    let of_alarms = SEEN_IN_A_RESOURCE.iter().map(|(name, value, _)| (*name, *value)).filter(|(name, _)| {
        let is_simulated = PARAMETERS.iter().any(|parameter| parameter.name == *name);
        // A stack names the alarms of the user, and the simulator describes them.
        is_simulated && !["Target", "ScaleMetric", "MoreScaleOutAlarms", "MoreScaleInAlarms"].contains(name)
    });
    let of_the_policy = SEEN_IN_A_DECISION.into_iter().chain(SEEN_IN_A_DECISION_OF_A_STREAM);
    let mut one_sided = Vec::new();
    let mut compared = 0;
    for (name, value) in of_alarms.chain(of_the_policy).filter(|(name, _)| *name != "ParallelismPerKpu") {
        for (metric, target, heartbeat) in [
            (Metric::ContainerCpuUtilization, "application", "10"),
            (Metric::MillisBehindLatest, "application", "10"),
            (Metric::WriteUtilization, "stream", "1"),
        ] {
            let operation = operation_of(name);
            let mut values = combination(metric, operation, target);
            values.retain(|(other, _)| *other != name);
            values.extend([("HeartbeatMinutes", heartbeat), (name, value)]);
            if name == "KpuHourDollars" {
                values.push(("MonthlyBudgetDollars", "500"));
            }
            match both(&values, &[("FanOutConsumerName", "")]) {
                Ok(Some((stack, settings))) => {
                    compare(&stack, &settings, &format!("{values:?}"));
                    compared += 1;
                }
                Ok(None) => {}
                // A rule of CloudFormation compares no numbers: the first task refuses these values, by the function that the
                // simulator calls.
                Err(difference) if difference.contains("set ScaleInThreshold below") => {}
                // The template has no rule for these, and `kpu doctor` warns of them.
                Err(difference) if difference.contains("does not act with ScaleMetric=") => {}
                Err(difference) if difference.contains("Kpu is 3, and does not act with Target=stream") => {}
                Err(difference) => one_sided.push(difference),
            }
        }
    }
    assert!(one_sided.is_empty() && compared > 100, "{compared} compared\n{}", one_sided.join("\n"));
}
