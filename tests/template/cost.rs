//! The price of the autoscaler itself: the computed alarms and metrics agree with the template, and the page on costs with the computation.

use super::resolve::{Stack, scalar};
use serde_yaml_ng::Value;
use simulator::{ComparedPolicy, Model, Parameters, Scenario, Settings, Trace};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tasks::{Metric, MonthOfExecutions, OwnCost, alarm_metrics, own_cost, prices};

const PAGE: &str = include_str!("../../docs/how-to/estimate-cost.md");
const EMAIL: (&str, &str) = ("NotificationEmail", "team@example.com");
const LAG: (&str, &str) = ("ScaleMetric", "millisBehindLatest");
const DEMAND: (&str, &str) = ("ScalingOperation", "Demand");

/// The parameters of a stack that scales a stream.
const STREAM: [(&str, &str); 3] =
    [("Target", "stream"), ("ScaleMetric", "WriteUtilization"), ("HeartbeatMinutes", "1")];

/// Returns a lookup in the parameters of a stack, with the defaults of the template.
fn lookup(values: &[(&str, &str)]) -> impl Fn(&str) -> String + use<> {
    static DEFAULTS: LazyLock<Value> = LazyLock::new(|| serde_yaml_ng::from_str(super::TEMPLATE).unwrap());
    let values: Vec<(String, String)> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    move |name| {
        let given = values.iter().rev().find(|(given, _)| given == name);
        let default = || scalar(&DEFAULTS["Parameters"][name]["Default"]);
        given.map_or_else(default, |(_, value)| value.clone())
    }
}

/// Returns the number of metrics of all alarms in the template. An alarm on an expression has several.
fn alarm_metrics_of(stack: &Stack) -> usize {
    let resources = stack.resources();
    let alarms = resources.as_mapping().unwrap().values();
    let alarms = alarms
        .filter(|resource| resource.get("Type").is_some_and(|kind| kind == "AWS::CloudWatch::Alarm"))
        .map(|alarm| alarm["Properties"].clone());
    alarms
        .map(|alarm| {
            let period = |of: &Value| of["Period"].as_u64().is_none_or(|seconds| seconds >= 60);
            let Some(queries) = alarm["Metrics"].as_sequence() else {
                assert!(period(&alarm), "an alarm of high resolution has another price");
                return 1;
            };
            let metrics: Vec<_> = queries.iter().filter_map(|query| query.get("MetricStat")).collect();
            assert!(metrics.iter().all(|metric| period(metric)));
            metrics.len()
        })
        .sum()
}

/// Over every metric, operation and target, with and without a subscriber, a load alarm and a budget.
#[test]
fn the_alarms_are_priced_as_the_template_makes_them() {
    const TOPIC: (&str, &str) = ("NotificationTopicArn", "arn:aws:sns:eu-central-1:111122223333:ours");
    const LOAD: (&str, &str) = ("LoadAlarmName", "ours");
    const BUDGET: (&str, &str) = ("MonthlyBudgetDollars", "900");
    /// The beginnings of the objections to a metric that does not fit the target or the operation.
    const IMPOSSIBLE: [&str; 4] = [
        "ScaleMetric does not fit",
        "ScalingOperation is Demand",
        "Demand needs",
        "ScaleMetric is WriteUtilization",
    ];
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    let metrics = template["Parameters"]["ScaleMetric"]["AllowedValues"].as_sequence().unwrap();
    let mut seen = BTreeSet::new();
    for metric in metrics.iter().map(scalar) {
        for (target, operation) in
            [("application", "Multiply/Divide"), ("application", "Demand"), ("stream", "Steps")]
        {
            for optional in [&[][..], &[EMAIL], &[TOPIC], &[LOAD], &[BUDGET], &[EMAIL, LOAD, BUDGET]] {
                let fixed =
                    [("ScaleMetric", metric.as_str()), ("Target", target), ("ScalingOperation", operation)];
                let user_alarms = [("MoreScaleOutAlarms", "a"), ("MoreScaleInAlarms", "b")];
                let values = [&fixed, optional, &user_alarms[..]].concat();
                let stack = Stack::new(&values);
                let is_impossible =
                    |objection: &String| IMPOSSIBLE.iter().any(|start| objection.starts_with(start));
                if !stack.objections().iter().any(is_impossible) {
                    let expected = alarm_metrics_of(&stack);
                    assert_eq!(
                        usize::try_from(alarm_metrics(&lookup(&values))).unwrap(),
                        expected,
                        "{values:?}"
                    );
                    seen.insert(expected);
                }
            }
        }
    }
    assert!(seen.len() >= 8 && seen.contains(&6) && seen.contains(&12) && seen.contains(&17), "{seen:?}");
}

#[test]
fn the_functions_and_their_metrics_are_priced_as_deployed() {
    let globals = &Stack::new(&[]).resources()["Globals"]["Function"];
    assert_eq!(scalar(&globals["MemorySize"]), "128", "the computation has an eighth of a gigabyte");
    let is_of = |metric: &Metric, other: &str| !metric.name().contains(other);
    let month = MonthOfExecutions::of_heartbeats(5.0);
    for (values, other, of_an_application_alone) in [(&[][..], "Shards", 0), (&STREAM[..], "Kpus", 2)] {
        let count =
            Metric::ALL.iter().filter(|metric| is_of(metric, other)).count() - of_an_application_alone;
        #[expect(clippy::cast_precision_loss, reason = "a few metrics")]
        let expected = (count + 1) as f64 * prices::CUSTOM_METRIC;
        assert!((own_cost(&lookup(values), month).metrics - expected).abs() < 1e-9, "{count}");
    }
}

/// The stack is priced before it runs, by the transitions of an average execution.
#[test]
fn the_estimated_transitions_are_those_of_the_shipped_trace() {
    let settings = Settings::new(&Parameters::default()).unwrap();
    let scenario = Scenario {
        trace: Trace::us_flights().unwrap(),
        model: Model::default(),
        bounds: settings.bounds(),
        seed: 1,
        faults: Vec::new(),
    };
    let run = scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| {}).unwrap();
    let month = run.month();
    let estimate = MonthOfExecutions::of_heartbeats(5.0);
    for (measured, estimated) in
        [(month.executions, estimate.executions), (month.transitions, estimate.transitions)]
    {
        assert!((0.9..=1.1).contains(&(measured / estimated)), "{measured} and {estimated}");
    }
}

/// A month of a stack that has a subscriber, as a row of the page.
fn row(label: &str, values: &[(&str, &str)]) -> String {
    let parameter = lookup(&[values, &[EMAIL]].concat());
    let heartbeat: f64 = parameter("HeartbeatMinutes").parse().unwrap();
    let cost = own_cost(&parameter, MonthOfExecutions::of_heartbeats(heartbeat));
    let OwnCost { transitions, alarms, metrics, reads, functions, notifications } = cost;
    format!(
        "| {label} | {alarms:.2} | {metrics:.2} | {transitions:.2} | {:.2} | **{:.2}** |",
        reads + functions + notifications,
        cost.total()
    )
}

#[test]
fn the_page_on_costs_has_the_computed_figures() {
    let quiet = MonthOfExecutions::of_heartbeats(5.0).executions * 3.0 * prices::TRANSITION;
    let rows = [
        row("application on the CPU, `HeartbeatMinutes=5`", &[]),
        row("the same with `ScalingOperation=Demand`", &[DEMAND]),
        row("application on a lag of a Kinesis stream", &[LAG, ("KinesisStreamName", "clicks")]),
        row("stream, `HeartbeatMinutes=1`", &STREAM),
        format!("| state transition | {} for 1,000 |", prices::TRANSITION * 1e3),
        format!("| metric of an alarm, a month | {:.2} |", prices::ALARM_METRIC),
        format!("| custom metric, a month | {:.2} |", prices::CUSTOM_METRIC),
        format!("| metric requested by `GetMetricData` | {:.2} for 1,000 |", prices::REQUESTED_METRIC * 1e3),
        format!("| request of a function | {:.2} for 1,000,000 |", prices::REQUEST * 1e6),
        format!(
            "| gigabyte-second of a function | {} (arm64), {} (x86_64) |",
            prices::GIGABYTE_SECOND_ARM64,
            prices::GIGABYTE_SECOND_X86_64
        ),
        format!("| gigabyte of logs | {:.2} |", prices::LOG_GIGABYTE),
        format!("| notification by e-mail | {:.2} for 100,000 |", prices::EMAIL * 1e5),
        format!("| dashboard, a month, from the fourth of an account on | {:.2} |", prices::DASHBOARD),
        format!("At 5 minutes, quiet heartbeats cost {quiet:.2} dollars a month."),
    ];
    let missing: Vec<&String> = rows.iter().filter(|row| !PAGE.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/how-to/estimate-cost.md lacks {missing:#?}");
}
