//! Confirmation of alarms: every row of the truth table of `check`.

use crate::world::{IN, NOW, OUT, World, ago, now, operation, policy};
use scaling::Direction;
use serde_json::{Value, json};
use tasks::{AlarmState, CheckRequest, CheckVerdict, Comparison, OperationStatus, Run, TaskError, check};

pub(crate) fn request(run: Value) -> CheckRequest {
    CheckRequest { now: NOW, started_at: NOW, policy: policy(), run: serde_json::from_value(run).unwrap() }
}

/// Returns an alarm event as EventBridge delivers it to the state machine.
fn event(alarm: &str, timestamp: &str) -> Value {
    json!({
        "version": "0", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "detail": {"alarmName": alarm, "state": {"value": "ALARM", "timestamp": timestamp},
                   "previousState": {"value": "OK"}},
    })
}

/// An earlier answer of `check` in the same execution.
fn checked() -> Value {
    json!({"verdict": "Quiet", "graceSeconds": 300, "why": "", "policy": policy()})
}

pub(crate) fn answer(world: &World, run: Value) -> (CheckVerdict, Option<Direction>) {
    let answer = now(check(&request(run), world, world)).unwrap();
    (answer.verdict, answer.direction())
}

/// An application that restarted ten minutes ago.
pub(crate) fn restarted() -> World {
    World::new().restarted(600)
}

impl World {
    /// The alarm has this state, and its metric has this data point, if any.
    pub(crate) fn with(self, alarm: &'static str, state: AlarmState, point: Option<(i64, f64)>) -> Self {
        let world = self.with_state(alarm, state);
        point.into_iter().fold(world, |world, (seconds_ago, value)| world.measured(alarm, seconds_ago, value))
    }
}

/// The state of an alarm, the age and kind of its newest data point, and the evidence.
type Row = (AlarmState, Option<(i64, &'static str)>, char);

/// Every alarm state with every kind of newest data point. The restart was 600 s ago, and the window is 420 s.
/// The evidence is breaching (B), unconfirmed (?) or not breaching (-).
#[rustfmt::skip]
const ALARM_ROWS: [Row; 15] = [
    //  state                         newest data point           evidence
    (AlarmState::Ok,               None,                       '-'),
    (AlarmState::Ok,               Some((120, "breaching")),   '-'),
    (AlarmState::Ok,               Some((120, "within")),      '-'),
    (AlarmState::Ok,               Some((660, "breaching")),   '-'),
    (AlarmState::InsufficientData, None,                       '-'),
    (AlarmState::InsufficientData, Some((120, "breaching")),   '-'),
    (AlarmState::InsufficientData, Some((120, "within")),      '-'),
    (AlarmState::InsufficientData, Some((660, "breaching")),   '-'),
    (AlarmState::Alarm,            None,                       '?'),
    (AlarmState::Alarm,            Some((120, "breaching")),   'B'),
    (AlarmState::Alarm,            Some((120, "within")),      '-'),
    (AlarmState::Alarm,            Some((660, "breaching")),   '?'),  // from before the restart
    (AlarmState::Alarm,            Some((660, "within")),      '?'),
    (AlarmState::Alarm,            Some((30,  "breaching")),   '?'),  // its minute is incomplete
    (AlarmState::Alarm,            Some((480, "breaching")),   '?'),  // older than the evaluation window
];

#[test]
fn both_alarms_follow_the_truth_table() {
    let mut seen = Vec::new();
    for (state_out, point_out, evidence_out) in ALARM_ROWS {
        for (state_in, point_in, evidence_in) in ALARM_ROWS {
            let value = |kind, breaching| if kind == "breaching" { breaching } else { 50.0 };
            let world = restarted()
                .with(OUT, state_out, point_out.map(|(ago, kind)| (ago, value(kind, 90.0))))
                .with(IN, state_in, point_in.map(|(ago, kind)| (ago, value(kind, 10.0))));

            // The verdict on both alarms, for a run that has scaled and for a run that leaves the recheck to the heartbeat.
            let (expected, first_check) = match (evidence_out, evidence_in) {
                ('B', _) => ((CheckVerdict::Breaching, Some(Direction::Out)), None),
                ('?', _) | ('-', '?') => {
                    ((CheckVerdict::RecheckLater, None), Some((CheckVerdict::Quiet, None)))
                }
                ('-', 'B') => ((CheckVerdict::Breaching, Some(Direction::In)), None),
                _ => ((CheckVerdict::Quiet, None), None),
            };
            let row = format!("out {state_out:?} {point_out:?}, in {state_in:?} {point_in:?}");
            let has_scaled = json!({"poll": {"verdict": "Settled"}});
            assert_eq!(answer(&world, has_scaled), expected, "it has scaled: {row}");
            let first_check = first_check.unwrap_or(expected);
            let old_event = event(OUT, "2020-01-01T00:00:00.000+0000");
            assert_eq!(answer(&world, old_event), first_check, "an alarm: {row}");
            assert_eq!(answer(&world, json!({})), first_check, "the heartbeat: {row}");
            seen.push(expected);
        }
    }
    assert_eq!(seen.len(), 225);
    for (verdict, direction) in [
        (CheckVerdict::Breaching, Some(Direction::Out)),
        (CheckVerdict::Breaching, Some(Direction::In)),
        (CheckVerdict::RecheckLater, None),
        (CheckVerdict::Quiet, None),
    ] {
        assert!(seen.contains(&(verdict, direction)), "{verdict:?} {direction:?} never happened");
    }
}

/// An alarm with a long evaluation window can stay in ALARM on data points from before its metric stopped.
#[test]
fn a_stale_metric_confirms_no_alarm_with_a_long_evaluation_window() {
    for (seconds_ago, expected) in [(360, CheckVerdict::Breaching), (480, CheckVerdict::Quiet)] {
        let mut world = restarted().in_alarm(IN).measured(IN, seconds_ago, 10.0);
        world.alarm(IN).evaluation_periods = 30;
        assert_eq!(answer(&world, json!({})).0, expected, "{seconds_ago} s ago");
    }
}

#[test]
fn the_newest_valid_point_counts_in_any_order() {
    for (values, expected) in [
        (vec![(180, 90.0), (120, 50.0)], CheckVerdict::Quiet),
        (vec![(120, 50.0), (180, 90.0)], CheckVerdict::Quiet),
        (vec![(180, 50.0), (120, 90.0)], CheckVerdict::Breaching),
        (vec![(120, f64::NAN), (180, 90.0)], CheckVerdict::Breaching),
        (vec![(120, f64::INFINITY)], CheckVerdict::Quiet),
        (vec![(120, 80.0)], CheckVerdict::Quiet), // equal to the threshold is not above it
    ] {
        let world = values.iter().fold(restarted().in_alarm(OUT), |world, (seconds_ago, value)| {
            world.measured(OUT, *seconds_ago, *value)
        });
        assert_eq!(answer(&world, json!({})).0, expected, "{values:?}");
    }
}

#[test]
fn a_restart_invalidates_older_data_and_a_running_operation_all_data() {
    for (kind, status, ended, expected) in [
        ("UpdateApplication", OperationStatus::Successful, Some(150), CheckVerdict::Breaching),
        ("UpdateApplication", OperationStatus::Successful, Some(90), CheckVerdict::Quiet),
        ("Maintenance", OperationStatus::Successful, Some(90), CheckVerdict::Quiet),
        ("RollbackApplication", OperationStatus::Failed, Some(90), CheckVerdict::Quiet),
        ("SomethingNew", OperationStatus::Cancelled, Some(90), CheckVerdict::Quiet),
        ("UpdateApplication", OperationStatus::InProgress, None, CheckVerdict::Quiet),
    ] {
        let world = World::new()
            .ran(operation("StartApplication", OperationStatus::Successful, 9_000, Some(8_000)))
            .ran(operation(kind, status, 200, ended))
            .breaching(OUT, 95.0);
        assert_eq!(answer(&world, json!({})).0, expected, "{kind} {status:?} {ended:?}");
    }
}

#[test]
fn an_event_newer_than_the_alarm_state_is_trusted_at_the_first_check() {
    // The alarm is OK since an hour ago. `NOW` is 2027-01-15T08:00:00Z.
    for (alarm, timestamp, run, expected) in [
        (OUT, "2027-01-15T07:59:55.123+0000", json!({}), CheckVerdict::Breaching),
        (OUT, "2027-01-15T06:59:59.000+0000", json!({}), CheckVerdict::Quiet), // older than the alarm state
        ("payments-out", "2027-01-15T07:59:55.123+0000", json!({}), CheckVerdict::Quiet),
        (
            OUT,
            "2027-01-15T07:59:55.123+0000",
            json!({"check": checked()}), // not the first check of the run
            CheckVerdict::Quiet,
        ),
    ] {
        let world = restarted().showing(OUT, 95.0);
        let mut input = event(alarm, timestamp);
        input.as_object_mut().unwrap().extend(run.as_object().unwrap().clone());
        assert_eq!(answer(&world, input).0, expected, "{alarm} at {timestamp}");
    }
}

#[test]
fn an_unknown_input_starts_an_ordinary_check() {
    for input in [
        json!({}),
        json!({"Comment": "Insert your JSON here"}),
        json!({"detail": {}}),
        json!({"detail": "text"}),
        json!({"detail": {"alarmName": 5}}),
    ] {
        assert_eq!(answer(&World::new(), input.clone()), (CheckVerdict::Quiet, None), "{input}");
    }
}

#[test]
fn a_change_of_the_alarm_in_the_console_takes_effect() {
    let mut world = restarted().breaching(OUT, 70.0);
    assert_eq!(answer(&world, json!({})).0, CheckVerdict::Quiet);
    world.alarm(OUT).threshold = 60.0;
    assert_eq!(answer(&world, json!({})).0, CheckVerdict::Breaching);
    world.alarm(OUT).comparison = Comparison::LessThanThreshold;
    assert_eq!(answer(&world, json!({})).0, CheckVerdict::Quiet);
    // A data point with a period of five minutes is incomplete after two minutes.
    world.alarm(OUT).comparison = Comparison::GreaterThanThreshold;
    world.alarm(OUT).period = jiff::SignedDuration::from_secs(300);
    assert_eq!(answer(&world, json!({})).0, CheckVerdict::Quiet);
}

#[test]
fn every_comparison_operator_has_its_cloudwatch_meaning() {
    for (comparison, below, equal, above) in [
        (Comparison::GreaterThanThreshold, false, false, true),
        (Comparison::GreaterThanOrEqualToThreshold, false, true, true),
        (Comparison::LessThanThreshold, true, false, false),
        (Comparison::LessThanOrEqualToThreshold, true, true, false),
    ] {
        let alarm = crate::world::alarm("any", comparison, 50.0);
        assert_eq!(
            (alarm.breaches(49.9), alarm.breaches(50.0), alarm.breaches(50.1)),
            (below, equal, above),
            "{comparison:?}"
        );
    }
}

#[test]
fn a_run_ends_at_its_deadline_even_while_an_alarm_breaches() {
    let world = restarted().breaching(OUT, 95.0);
    for (minutes, expected) in [(359, CheckVerdict::Breaching), (360, CheckVerdict::Overdue)] {
        let request = CheckRequest { started_at: ago(minutes * 60), ..request(json!({})) };
        assert_eq!(now(check(&request, &world, &world)).unwrap().verdict, expected, "{minutes} minutes");
    }
}

#[test]
fn a_deleted_alarm_is_an_error_that_names_the_alarm() {
    let world = World::new().without_alarm(IN);
    let Err(TaskError::Fatal(message)) = now(check(&request(json!({})), &world, &world)) else { panic!() };
    assert!(message.contains("'orders-in'") && message.contains("ScaleInAlarm"), "{message}");
}

#[test]
fn the_answer_states_the_cause_and_returns_the_policy() {
    let world = restarted().breaching(OUT, 91.234);
    let answer = now(check(&request(json!({})), &world, &world)).unwrap();
    assert_eq!(answer.why, "containerCPUUtilization is 91.23 > 80");
    assert_eq!((answer.grace_seconds, answer.policy), (300, policy()));
    assert!(!Run::default().has_scaled());
}
