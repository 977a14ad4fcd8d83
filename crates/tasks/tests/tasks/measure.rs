//! Metrics of every answer.

use crate::world::{NOW, OUT, World, now, policy};
use serde_json::{Value, json};
use tasks::{Metric, OperationStatus, Ports, Refusal, Task, TaskError, measure, run};

/// Runs a task on a world, and measures its answer.
fn measured(task: Task, mut payload: Value, world: &World) -> Vec<(Metric, f64)> {
    payload["now"] = json!(NOW);
    let answer = now(run(
        task,
        payload.clone(),
        Ports { applications: world, streams: world, alarms: world, events: world },
    ));
    let measurement = measure(task, &payload, &answer);
    measurement.map_or(Vec::new(), |measurement| {
        assert_eq!(measurement.name, "orders");
        measurement.values
    })
}

fn check(world: &World) -> Vec<(Metric, f64)> {
    measured(Task::Check, json!({"startedAt": NOW, "policy": policy(), "run": {}}), world)
}

fn scale(direction: &str, world: &World) -> Vec<(Metric, f64)> {
    let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": direction}, "why": "cpu is 91 > 80", "policy": policy()});
    measured(Task::Scale, json!({"run": {"check": check}}), world)
}

/// Returns a world with the scale-out alarm in ALARM, with or without a data point that confirms the state.
fn scale_out_in_alarm(value: Option<f64>) -> World {
    value.into_iter().fold(World::new().in_alarm(OUT), |world, value| world.showing(OUT, value))
}

#[test]
fn a_check_measures_unreadable_blocked_and_pinned() {
    use Metric::{
        Blocked, BuiltInAutoscaling, Ineffective, Kpus, MaximumKpus, MinimumKpus, PinnedAtMaximum, Unreadable,
    };
    let size = [(Kpus, 8.0), (MinimumKpus, 1.0), (MaximumKpus, 10.0)];
    let readable = |built_in| {
        [size.to_vec(), vec![(BuiltInAutoscaling, built_in), (Unreadable, 0.0), (Blocked, 0.0)]].concat()
    };
    let and_not_pinned =
        |built_in| [readable(built_in), vec![(PinnedAtMaximum, 0.0), (Ineffective, 0.0)]].concat();
    assert_eq!(check(&World::new()), and_not_pinned(0.0));
    assert_eq!(check(&scale_out_in_alarm(Some(50.0))), and_not_pinned(0.0));
    // An unconfirmed alarm does not set the metric of the maximum. If the alarm breaches, `scale` sets the remaining metrics.
    let unconfirmed =
        [size.to_vec(), vec![(BuiltInAutoscaling, 0.0), (Unreadable, 0.0), (Blocked, 1.0)]].concat();
    assert_eq!(check(&scale_out_in_alarm(None)), unconfirmed);
    assert_eq!(
        check(&scale_out_in_alarm(Some(90.0))),
        [size.to_vec(), vec![(BuiltInAutoscaling, 0.0)]].concat()
    );

    assert_eq!(check(&World::new().with_built_in_autoscaling()), and_not_pinned(1.0));
    assert_eq!(check(&World::new().without_application()), [(Unreadable, 1.0)]);
}

#[test]
fn a_step_at_the_maximum_is_pinned() {
    let scale_metrics = |blocked, pinned| {
        vec![
            (Metric::Unreadable, 0.0),
            (Metric::Blocked, blocked),
            (Metric::PinnedAtMaximum, pinned),
            (Metric::Ineffective, 0.0),
        ]
    };
    let at = World::running;
    assert_eq!(scale("Out", &at(8)), scale_metrics(0.0, 0.0));
    assert_eq!(scale("Out", &at(10)), scale_metrics(0.0, 1.0));
    // The application is scaled into its bounds.
    assert_eq!(scale("Out", &at(12)), scale_metrics(0.0, 0.0));
    assert_eq!(scale("In", &at(1)), [(Metric::Unreadable, 0.0), (Metric::Blocked, 0.0)]);
    let busy = at(10).refuses(Refusal::Busy).updated(OperationStatus::InProgress, 900, None);
    assert_eq!(scale("Out", &busy), scale_metrics(1.0, 0.0));
}

/// A settled step changes the size metric. A running or failed step does not.
#[test]
fn a_settled_step_updates_the_size_metric_at_once() {
    let update = json!({
        "from": {"units": 8, "parallelism": 8}, "to": {"units": 16, "parallelism": 16}, "version": 6,
        "operation": "op-1", "asked": NOW,
    });
    let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 91 > 80", "policy": policy()});
    let poll = |parallelism, status| {
        let world = World::running(parallelism).updated(status, 100, Some(10));
        measured(
            Task::Poll,
            json!({"run": {"check": check, "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": update}}}),
            &world,
        )
    };
    assert_eq!(poll(16, OperationStatus::Successful), [(Metric::Kpus, 16.0)]);
    assert_eq!(poll(8, OperationStatus::Failed), []);
    assert_eq!(poll(8, OperationStatus::InProgress), []);
}

#[test]
fn an_unreadable_resource_sets_the_unreadable_metric() {
    let throttled = World::new().fails_to_update(TaskError::Retryable("throttled".to_owned()));
    assert_eq!(scale("Out", &throttled), [(Metric::Unreadable, 1.0)]);

    let forgotten = World::new().updated(OperationStatus::Failed, 900, Some(600));
    assert_eq!(scale("In", &forgotten), [(Metric::Unreadable, 1.0), (Metric::Blocked, 1.0)]);
}

/// The alarm is on the minimum over all tasks, so no task of a check may publish 0 while another task publishes 1.
#[test]
fn an_unreadable_resource_in_scale_sets_the_metric_once() {
    let world = scale_out_in_alarm(Some(90.0)).fails_to_update(TaskError::Fatal("access denied".to_owned()));
    let metrics = [check(&world), scale("Out", &world)].concat();
    let unreadable: Vec<f64> =
        metrics.iter().filter(|(metric, _)| *metric == Metric::Unreadable).map(|(_, value)| *value).collect();
    assert_eq!(unreadable, [1.0]);
}

#[test]
fn a_payload_without_an_application_name_has_no_metrics() {
    assert_eq!(measured(Task::Check, json!({"run": {}}), &World::new()), []);
}
