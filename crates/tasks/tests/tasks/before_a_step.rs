//! Step context that `scale` reads before a step: the snapshot, the effect of the last step and the cost of the month.

use crate::world::{NOW, OUT, World, ago, alarm_on, now, policy};
use jiff::SignedDuration;
use scaling::{Reason, Units};
use serde_json::{Value, json};
use tasks::{
    OperationStatus, PastUpdate, PolicyText, ScaleAnswer, ScaleRequest, TaskError, check, newest_scale_out,
    scale,
};

fn answer(world: &World, policy: &PolicyText, breaches: &Value) -> Result<ScaleAnswer, TaskError> {
    let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 91 > 80", "breaches": breaches, "policy": policy});
    let run = serde_json::from_value(json!({"check": check})).unwrap();
    now(scale(&ScaleRequest { now: NOW, run }, world, world, world, world))
}

fn reason(world: &World, policy: &PolicyText) -> Option<Reason> {
    answer(world, policy, &json!([])).unwrap().reason
}

#[test]
fn a_running_snapshot_blocks_a_step_unless_a_lag_breaches() {
    let world = World::new().takes_a_snapshot(1_799);
    assert_eq!(reason(&world, &policy()), Some(Reason::TakingSnapshot));
    let lag_breach = json!([{"value": 90_000.0, "threshold": 30_000.0, "isLag": true}]);
    assert_eq!(answer(&world, &policy(), &lag_breach).unwrap().reason, None);
}

/// Waiting for a snapshot is optional. A stuck snapshot must not block scaling.
#[test]
fn a_stuck_or_unreadable_snapshot_blocks_nothing() {
    assert_eq!(reason(&World::new().takes_a_snapshot(1_800), &policy()), None);
    let denied = TaskError::Fatal("failed to list the snapshots of 'orders': AccessDenied".to_owned());
    let world = World::new().fails_to_list_snapshots(denied);
    let answer = answer(&world, &policy(), &json!([])).unwrap();
    assert!(answer.update.is_some());
    let unknown = "a snapshot may be under way, and does not block this step";
    assert!(answer.warning.unwrap().contains(unknown));
    let observing = policy().with([("Mode", "observe")]);
    let observed = self::answer(&world, &observing, &json!([])).unwrap();
    assert_eq!(observed.reason, Some(Reason::Observing));
    assert!(observed.warning.unwrap().contains(unknown));
}

/// The reason of a hold is its explanation, although a snapshot could not be read.
#[test]
fn a_hold_after_an_unreadable_snapshot_is_explained_by_its_own_reason() {
    let denied = TaskError::Fatal("failed to list the snapshots of 'orders': AccessDenied".to_owned());
    let spent = policy().with([
        ("MonthlyBudgetDollars", "448"),
        ("KpuHourDollars", "0.11"),
        ("BudgetAlarm", "budget"),
    ]);
    let held = answer(&with_a_cost(600).fails_to_list_snapshots(denied), &spent, &json!([])).unwrap();
    assert_eq!(held.reason, Some(Reason::OverBudget));
    assert!(!held.why.contains("snapshot") && held.why.contains("MonthlyBudgetDollars"), "{}", held.why);
}

/// The sizes before and after an update.
type Sizes = (u32, u32);

/// The successful updates as MSF records them, newest first, and the newest scale-out, in KPUs.
#[test]
fn the_newest_scale_out_is_found_among_the_updates() {
    let rows: [(&[Sizes], Option<Sizes>); 6] = [
        (&[], None),
        (&[(8, 4)], None),
        (&[(4, 8), (2, 4)], Some((4, 8))),
        (&[(8, 4), (4, 8)], Some((4, 8))),
        (&[(8, 8), (4, 8)], Some((4, 8))),
        // A failed update from 4 to 8 leaves 8 configured, so that MSF records the next step from 4 to 6 as a change from 8 to 6.
        (&[(8, 6), (2, 4)], Some((4, 6))),
    ];
    let began = |index: usize| ago(3_600 * (1 + i64::try_from(index).unwrap()));
    let ended = |index| began(index) + SignedDuration::from_mins(2);
    for (changes, expected) in rows {
        let kpus = |count| Units::new(count).unwrap();
        let updates: Vec<PastUpdate> = changes
            .iter()
            .enumerate()
            .map(|(index, (from, to))| PastUpdate {
                began: began(index),
                ended: ended(index),
                from: kpus(*from),
                to: kpus(*to),
            })
            .collect();
        let found = newest_scale_out(&updates, || (0..changes.len()).map(ended));
        assert_eq!(found.map(|found| (found.from.count(), found.to.count())), expected, "{changes:?}");
        // The minutes before it belong to the size that an earlier operation left.
        let index = found.map(|found| updates.iter().position(|update| update.ended == found.ended).unwrap());
        let earlier = index.filter(|index| index + 1 < changes.len()).map(|index| ended(index + 1));
        assert_eq!(found.and_then(|found| found.since), earlier, "{changes:?}");
    }
}

/// An application whose update ended 20 minutes ago. Before and after the update it processes half of the load, so the lag grows by 30 s per
/// minute.
fn falling_behind_since(lag_metric: &str, update: OperationStatus) -> World {
    let lag = |minutes_ago| 2e6 - 30_000.0 * i32::try_from(minutes_ago).map_or(0.0, f64::from);
    World::new()
        .updated(update, 1_320, Some(1_200))
        .with_alarm(alarm_on(OUT, lag_metric, 30_000.0))
        .with_alarm(alarm_on("load", "IncomingRecords", 0.0))
        .measured_for("load", 1..61, |_| 60_000.0)
        .measured_for(OUT, 1..61, lag)
}

/// An application that falls behind after an update from 4 to 8 KPUs as it did before.
pub(crate) fn falling_behind(lag_metric: &str) -> World {
    falling_behind_since(lag_metric, OperationStatus::Successful).changed("op-1", 4, 8)
}

#[test]
fn an_ineffective_step_is_detected_from_the_load_and_lag_alarms() {
    let watched = policy().with([("LoadAlarm", "load"), ("IneffectivePauseMinutes", "60")]);
    assert_eq!(reason(&falling_behind("millisBehindLatest"), &watched), Some(Reason::Ineffective));
    // The effect is unknown after the pause, without a load alarm, and with a lag that is not a time.
    for (lag_metric, policy) in [
        ("millisBehindLatest", watched.clone().with([("IneffectivePauseMinutes", "20")])),
        ("millisBehindLatest", watched.clone().with([("LoadAlarm", "")])),
        ("SumOffsetLag", watched.clone()),
    ] {
        assert_eq!(reason(&falling_behind(lag_metric), &policy), None, "{lag_metric} {policy:?}");
    }
    // Only a successful scale-out has an effect, and only if MSF still keeps its version.
    for (status, change) in [
        (OperationStatus::Successful, Some((16, 8))),
        (OperationStatus::Successful, Some((8, 8))),
        (OperationStatus::Successful, None),
        (OperationStatus::Failed, Some((4, 8))),
    ] {
        let world = falling_behind_since("millisBehindLatest", status);
        let world = change.into_iter().fold(world, |world, (from, to)| world.changed("op-1", from, to));
        let policy = watched.clone().with([("FailurePauseMinutes", "5")]);
        assert_eq!(reason(&world, &policy), None, "{status:?} {change:?}");
    }
}

/// An application that has cost as much as 8 KPUs and the orchestration KPU for this number of hours.
fn with_a_cost(hours: i64) -> World {
    let mut world = World::new().with_alarm(alarm_on("budget", "KPUs", 500.0));
    world.alarm("budget").period = SignedDuration::from_hours(1);
    (1..=hours).fold(world, |world, hours| world.measured("budget", 3_600 * hours, 722.7))
}

/// `NOW` is January 15 at 8:00, so 344 hours of the month have passed. A month of 8 KPUs and the orchestration KPU costs 722.70 dollars.
#[test]
fn the_cost_of_the_month_is_computed_from_the_budget_alarm() {
    let with = |dollars: &str| {
        policy().with([
            ("MonthlyBudgetDollars", dollars),
            ("KpuHourDollars", "0.11"),
            ("BudgetAlarm", "budget"),
        ])
    };
    // The hours of the previous month do not count.
    let world = with_a_cost(600);
    // The 344 hours cost 340.56 dollars. One day at n KPUs and then 376 hours at one KPU cost 2.64 (n + 1) + 82.72.
    for (dollars, expected) in
        [("", Some(10)), ("460", Some(10)), ("450", Some(9)), ("448", None), ("340", None), ("1", None)]
    {
        let answer = answer(&world, &with(dollars), &json!([])).unwrap();
        let to = answer.update.and_then(|update| update.to).map(|to| to.units.count());
        assert_eq!(to, expected, "{dollars}");
        assert_eq!(answer.reason, expected.is_none().then_some(Reason::OverBudget), "{dollars}");
    }
    let message = answer(&world.without_alarm("budget"), &with("448"), &json!([])).unwrap_err().to_string();
    assert!(message.contains("failed to find the alarm 'budget'"), "{message}");
}

#[test]
fn an_alarm_on_a_metric_other_than_load_is_a_warning() {
    for (metric, warned) in [
        ("heapMemoryUtilization", true),
        ("numberOfFailedCheckpoints", true),
        ("containerCPUUtilization", false),
    ] {
        let world = World::new().watching(OUT, metric);
        let request = crate::check::request(json!({}));
        let warning = now(check(&request, &world, &world)).unwrap().warning.unwrap_or_default();
        assert_eq!(warning.contains("which is not the load"), warned, "{metric}: {warning}");
    }
}

/// Kinesis has its lags in milliseconds, Kafka in seconds. A threshold that fits only the other unit is a warning with the meant value.
#[test]
fn a_threshold_in_the_wrong_unit_is_a_warning_with_the_meant_value() {
    for (metric, threshold, limit, warned) in [
        ("millisBehindLatest", 30.0, "", Some("set it to 30000 if 30 s are meant")),
        ("GetRecords.IteratorAgeMilliseconds", 999.0, "", Some("set it to 999000")),
        (
            "millisBehindLatest",
            30_000.0,
            "1",
            Some("ScaleInThreshold is 1, and millisBehindLatest is in milliseconds; set it to 1000"),
        ),
        (
            "EstimatedMaxTimeLag",
            30_000.0,
            "90",
            Some("EstimatedMaxTimeLag is in seconds; set it to 30 if 30 s are meant"),
        ),
        (
            "EstimatedMaxTimeLag",
            30_001.0,
            "30000",
            Some("ScaleInThreshold is 30000, and EstimatedMaxTimeLag is in seconds; set it to 30"),
        ),
        ("millisBehindLatest", 30_000.0, "1000", None),
        ("millisBehindLatest", 0.0, "", None),
        ("millisBehindLatest", 864e5, "0", None),
        ("EstimatedMaxTimeLag", 120.0, "90", None),
        ("EstimatedMaxTimeLag", 7_200.0, "", None),
        ("MaxOffsetLag", 1e9, "1", None),
        ("containerCPUUtilization", 85.0, "", None),
    ] {
        let world = World::new().watching(OUT, metric).with_threshold(OUT, threshold);
        let mut request = crate::check::request(json!({}));
        request.policy = request.policy.with([("ScaleInMaxLag", limit)]);
        let warning = now(check(&request, &world, &world)).unwrap().warning.unwrap_or_default();
        assert_eq!(
            warning.contains("are meant"),
            warned.is_some(),
            "{metric} {threshold} {limit}: {warning}"
        );
        assert!(warning.contains(warned.unwrap_or_default()), "{metric} {threshold} {limit}: {warning}");
    }
}

/// The updates of this month have left snapshots: at 100 GB each costs 2.30 dollars for a month.
#[test]
fn the_snapshots_of_the_month_count_towards_the_budget() {
    let with = |state| {
        policy().with([
            ("MonthlyBudgetDollars", "460"),
            ("KpuHourDollars", "0.11"),
            ("StateGigabytes", state),
            ("BudgetAlarm", "budget"),
        ])
    };
    let day = 86_400;
    // The step itself leaves one, and an update of the previous month none in this one.
    for (state, days, expected) in [
        ("0", &[3, 5, 7][..], Some(10)),
        ("100", &[][..], Some(10)),
        ("100", &[3, 5, 7][..], Some(9)),
        ("100", &[20, 21, 22][..], Some(10)),
        ("2000", &[][..], None),
    ] {
        let world = days.iter().fold(with_a_cost(344), |world, days| {
            world.updated(OperationStatus::Successful, days * day, Some(days * day - 60))
        });
        let answer = answer(&world, &with(state), &json!([])).unwrap();
        let to = answer.update.and_then(|update| update.to).map(|to| to.units.count());
        assert_eq!(to, expected, "{state} GB, updates {days:?} days ago");
    }
}

#[test]
fn a_budget_requires_a_price() {
    for (dollars, price, part) in [
        ("500", "", "KpuHourDollars is empty"),
        ("500", "0", "KpuHourDollars is 0; set it to a number of dollars above 0"),
        ("-5", "0.11", "MonthlyBudgetDollars is -5"),
        ("much", "0.11", "MonthlyBudgetDollars is 'much'; set it to a number, or leave it empty"),
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
