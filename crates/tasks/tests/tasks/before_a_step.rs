//! What is read only before a step: the snapshot, what the last step brought, what the month has cost.

use crate::world::{NOW, World, ago, alarm, now, operation, policy};
use jiff::SignedDuration;
use scaling::Reason;
use serde_json::{Value, json};
use tasks::{
    Alarm, Comparison, DataPoint, Operation, OperationStatus, PolicyText, ScaleAnswer, ScaleRequest, Source,
    TaskError, check, scale,
};

fn answer(world: &World, policy: &PolicyText, breaches: &Value) -> Result<ScaleAnswer, TaskError> {
    let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "it rings", "breaches": breaches, "policy": policy});
    let run = serde_json::from_value(json!({"check": check})).unwrap();
    now(scale(&ScaleRequest { now: NOW, run }, world, world, world))
}

fn reason(world: &World, policy: &PolicyText) -> Option<Reason> {
    answer(world, policy, &json!([])).unwrap().reason
}

fn watching(name: &str, metric: &str, threshold: f64) -> Alarm {
    let mut alarm = alarm(name, Comparison::GreaterThanThreshold, threshold);
    if let Source::Metric { name, .. } = &mut alarm.queries[0].source {
        metric.clone_into(name);
    }
    alarm
}

#[test]
fn a_snapshot_that_is_being_taken_is_waited_for_unless_a_lag_rings() {
    let mut world = World::new();
    world.snapshot = Ok(Some(ago(1_799)));
    assert_eq!(reason(&world, &policy()), Some(Reason::TakingSnapshot));
    let late = json!([{"value": 90_000.0, "threshold": 30_000.0, "is_lag": true}]);
    assert_eq!(answer(&world, &policy(), &late).unwrap().reason, None);
}

/// It is a courtesy, and must not keep a job from being scaled.
#[test]
fn a_snapshot_that_hangs_or_cannot_be_read_holds_nothing() {
    let mut world = World::new();
    world.snapshot = Ok(Some(ago(1_800)));
    assert_eq!(reason(&world, &policy()), None);
    world.snapshot =
        Err(TaskError::Fatal("failed to list the snapshots of 'orders': AccessDenied".to_owned()));
    let answer = answer(&world, &policy(), &json!([])).unwrap();
    assert!(answer.update.is_some());
    assert!(answer.warning.unwrap().contains("without knowing whether a snapshot is being taken"));
}

/// After an update that has failed, its size stays configured. From 8 to 6 is what is written of a step from 4 to 6.
#[test]
fn a_step_after_one_that_failed_goes_the_way_that_it_went() {
    let mut world = World::new();
    let update = |id: &str, status, began, ended| Operation {
        id: id.to_owned(),
        ..operation("UpdateApplication", status, began, Some(ended))
    };
    world.operations = vec![
        update("first", OperationStatus::Successful, 1_700, 1_600),
        update("failed", OperationStatus::Failed, 1_200, 1_100),
        update("second", OperationStatus::Successful, 700, 600),
    ];
    world.changes = vec![("first", 2, 4), ("failed", 4, 8), ("second", 8, 6)];
    let within = policy().with([("ReversalWindowMinutes", "60"), ("FailurePauseMinutes", "5")]);
    assert_eq!(reason(&world, &within), None, "out after out is no reversal");
}

/// From 4 to 8 KPU, ended twenty minutes ago. Before and since, half of what arrives is processed: the lag grows by 30 s a minute.
fn behind(lag_of: &str) -> World {
    let mut world = World::new();
    world.operations = vec![operation("UpdateApplication", OperationStatus::Successful, 1_320, Some(1_200))];
    world.changes = vec![("op-1", 4, 8)];
    world.alarms = vec![
        watching("orders-out", lag_of, 30_000.0),
        world.alarms[1].clone(),
        watching("load", "IncomingRecords", 0.0),
    ];
    for minutes in 1..=60_u32 {
        let start = NOW - SignedDuration::from_mins(minutes.into());
        world.points.push(("load", DataPoint { start, value: 60_000.0 }));
        world
            .points
            .push(("orders-out", DataPoint { start, value: 2_000_000.0 - 30_000.0 * f64::from(minutes) }));
    }
    world
}

#[test]
fn a_step_that_has_brought_nothing_is_noticed_where_load_and_lag_are_watched() {
    let watched = policy().with([("LoadAlarm", "load"), ("IneffectivePauseMinutes", "60")]);
    assert_eq!(reason(&behind("millisBehindLatest"), &watched), Some(Reason::Ineffective));
    // Without the pause, the load, or a lag in time, nothing is known of it.
    for (lag_of, policy) in [
        ("millisBehindLatest", watched.clone().with([("IneffectivePauseMinutes", "20")])),
        ("millisBehindLatest", watched.clone().with([("LoadAlarm", "")])),
        ("SumOffsetLag", watched.clone()),
    ] {
        assert_eq!(reason(&behind(lag_of), &policy), None, "{lag_of} {policy:?}");
    }
    // A step of another hand than the last one's, or one in, is not judged.
    let mut scaled_in = behind("millisBehindLatest");
    scaled_in.changes = vec![("op-1", 16, 8)];
    assert_eq!(reason(&scaled_in, &watched), None);
}

/// NOW is the 15th of January at eight: 344 hours of this month are over. At 8 KPU and one that orchestrates, a month costs 722.7 dollars.
#[test]
fn what_the_month_has_cost_is_read_of_the_alarm_on_the_budget() {
    let with = |dollars: &str| {
        policy().with([
            ("MonthlyBudgetDollars", dollars),
            ("KpuHourDollars", "0.11"),
            ("BudgetAlarm", "budget"),
        ])
    };
    let mut world = World::new();
    let mut budget = watching("budget", "KPUs", 500.0);
    budget.period = SignedDuration::from_hours(1);
    world.alarms.push(budget);
    for hours in 1..=600_i64 {
        // Those of last month cost nothing of this one.
        world.points.push(("budget", DataPoint { start: ago(3_600 * hours), value: 722.7 }));
    }
    // 344 hours have cost 340.56 dollars. A day at n KPU, and then 376 hours at one, cost 2.64 (n + 1) + 82.72.
    for (dollars, expected) in
        [("", Some(10)), ("460", Some(10)), ("450", Some(9)), ("448", None), ("340", None), ("1", None)]
    {
        let answer = answer(&world, &with(dollars), &json!([])).unwrap();
        let to = answer.update.and_then(|update| update.to).map(|to| to.units.count());
        assert_eq!(to, expected, "{dollars}");
        assert_eq!(answer.reason, expected.is_none().then_some(Reason::OverBudget), "{dollars}");
    }
    world.alarms.pop();
    let message = answer(&world, &with("448"), &json!([])).unwrap_err().to_string();
    assert!(message.contains("failed to find the alarm 'budget'"), "{message}");
}

#[test]
fn what_is_no_load_is_a_warning() {
    for (metric, warned) in [
        ("heapMemoryUtilization", true),
        ("numberOfFailedCheckpoints", true),
        ("containerCPUUtilization", false),
    ] {
        let mut world = World::new();
        world.alarms[0] = watching("orders-out", metric, 80.0);
        let request = crate::check::request(json!({}));
        let warning = now(check(&request, &world, &world)).unwrap().warning.unwrap_or_default();
        assert_eq!(warning.contains("which is not the load"), warned, "{metric}: {warning}");
    }
}

#[test]
fn a_budget_has_a_price() {
    for (dollars, price, part) in [
        ("500", "", "KpuHourDollars is empty"),
        ("500", "0", "KpuHourDollars is 0; set it to a number of dollars above 0"),
        ("-5", "0.11", "MonthlyBudgetDollars is -5"),
        ("much", "0.11", "MonthlyBudgetDollars takes a number or nothing"),
    ] {
        let text = policy().with([
            ("MonthlyBudgetDollars", dollars),
            ("KpuHourDollars", price),
            ("BudgetAlarm", "budget"),
        ]);
        let message = tasks::Policy::parse(&text).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}
