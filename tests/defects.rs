//! The defects of the public samples, each as a test that this product passes. The numbers come from a
//! review of the samples; the first is about schedules, and is not here.

use serde_yaml_ng::Value;
use simulator::{ComparedPolicy, Fault, Model, Parameters, Run, Scenario, Settings, TimelineEvent, Trace};
use std::fmt::Write as _;

/// Two hours of load, which grows more than fourfold after 40 minutes.
fn step_in_load(set: &[&str], faults: &[(usize, Fault)]) -> Run {
    let mut rows = String::from("seconds,records_per_second\n");
    for minute in 0..120 {
        writeln!(rows, "{},{}", minute * 60, if minute < 40 { 2_000 } else { 9_000 }).unwrap();
    }
    let mut parameters = Parameters::default();
    for assignment in set {
        parameters.set(assignment).unwrap();
    }
    let settings = Settings::new(&parameters).unwrap();
    let scenario = Scenario {
        trace: Trace::parse("step", rows.as_bytes()).unwrap(),
        model: Model { capacity_noise: 0.0, cpu_noise: 0.0, restart_spread: 0.0, ..Model::default() },
        bounds: settings.bounds(),
        seed: 1,
        faults: faults.to_vec(),
    };
    let run = scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap();
    assert_eq!(run.violations, []);
    run
}

/// The minutes at which something happened.
fn minutes(run: &Run, what: impl Fn(&TimelineEvent) -> bool) -> Vec<i64> {
    let found = run.timeline.iter().filter(|entry| what(&entry.what));
    found.map(|entry| entry.at.duration_since(run.start()).as_mins()).collect()
}

fn is_scaling(what: &TimelineEvent) -> bool {
    matches!(what, TimelineEvent::Scaling { .. })
}

fn template() -> Value {
    serde_yaml_ng::from_str(include_str!("../template.yaml")).unwrap()
}

/// Theirs writes a parallelism per KPU of 1 and ignores the value of the application, and swallows every error.
#[test]
fn d2_the_parallelism_per_kpu_is_kept_and_no_error_is_swallowed() {
    let run = step_in_load(&["ParallelismPerKpu=4", "ScaleOutFactor=2"], &[]);
    let out: Vec<_> = run.rescales().iter().filter(|rescale| rescale.to > rescale.from).collect();
    assert!(out.len() > 2 && out.iter().all(|rescale| rescale.to == (rescale.from * 2).min(32)), "{out:?}");
    let denied: Vec<_> = (0..7).map(|_| (40, Fault::ServerError)).collect();
    let run = step_in_load(&[], &denied);
    assert_eq!(minutes(&run, |what| matches!(what, TimelineEvent::Failed { .. })).len(), 1);
}

/// Theirs acts on the change of an alarm's state alone, and ends green when the update failed: an alarm that stays in
/// ALARM is never heard again.
#[test]
fn d3_an_alarm_that_stays_in_alarm_scales_after_lost_events_and_failures() {
    let lost = step_in_load(&[], &[(40, Fault::EventLost)]);
    assert_eq!(minutes(&lost, is_scaling).first(), Some(&50), "the heartbeat has seen it");
    let failed = step_in_load(&[], &[(40, Fault::RolledBackUpdate)]);
    assert!(
        minutes(
            &failed,
            |what| matches!(what, TimelineEvent::Failed { error, .. } if error == "UpdateRolledBack")
        )
        .len()
            == 1
    );
    assert!(minutes(&failed, is_scaling).len() > 1, "it has been tried again, after the pause");
}

/// Theirs counts the cooldown for each execution alone: the next one, started by an alarm that bounces, scales at once.
#[test]
fn d4_the_cooldown_is_the_applications_and_not_the_executions() {
    let bouncing: Vec<_> =
        (41..60).map(|minute| (minute, Fault::AlarmFlap)).chain([(40, Fault::EventDoubled)]).collect();
    let run = step_in_load(&["HeartbeatMinutes=1"], &bouncing);
    let settled: Vec<_> = run.rescales().iter().map(|rescale| (rescale.asked, rescale.settled)).collect();
    assert!(settled.len() > 1);
    for pair in settled.windows(2) {
        assert!(pair[1].0.duration_since(pair[0].1).as_secs() >= 300, "{pair:?}");
    }
}

/// Theirs shows a parameter for the period of the metric, and does not use it.
#[test]
fn d5_the_period_that_is_shown_is_the_period_that_is_used() {
    for alarm in ["ScaleOutAlarm", "ScaleInAlarm"] {
        let period = format!("{:?}", template()["Resources"][alarm]["Properties"]["Period"]);
        assert!(period.contains("PeriodSeconds"), "{alarm}: {period}");
    }
    let at = |period: &str| minutes(&step_in_load(&[&format!("PeriodSeconds={period}")], &[]), is_scaling)[0];
    assert!(at("300") > at("60"));
}

/// Theirs asks whether the application is UPDATING, and takes everything else for done.
#[test]
fn d6_done_means_that_the_operation_succeeded_and_the_size_runs() {
    for (fault, error) in [
        (Fault::AbortedUpdate, "UpdateFailed"),
        (Fault::FailedUpdate, "ApplicationStopped"),
        (Fault::RolledBackUpdate, "UpdateRolledBack"),
        (Fault::StuckUpdate, "UpdateStuck"),
        (Fault::Delete, "ApplicationDeleted"),
    ] {
        let minute = if fault == Fault::Delete { 46 } else { 40 };
        let run = step_in_load(&[], &[(minute, fault)]);
        let failed = |what: &TimelineEvent| matches!(what, TimelineEvent::Failed { error: found, .. } if found == error);
        let told = |what: &TimelineEvent| matches!(what, TimelineEvent::Published { kind, .. } if kind == "Scaling Failed");
        assert_eq!((minutes(&run, failed).len(), minutes(&run, told).len()), (1, 1), "{fault:?}");
    }
}

/// Theirs starts from the configured parallelism, jumps if that is no whole number of KPUs, and knows whole factors only.
#[test]
fn d7_a_step_starts_from_the_running_size_and_factors_may_be_fractions() {
    let run = step_in_load(&["ScaleOutFactor=1.5"], &[(48, Fault::ForeignScaling)]);
    let own = minutes(&run, is_scaling).len();
    assert_eq!(run.rescales().len(), own + 1, "the update of another caller is among them");
    for pair in run.rescales().windows(2) {
        assert_eq!(pair[1].from, pair[0].to, "{pair:?}");
    }
}

/// Theirs has one metric, names that collide, and never notices a metric that does not exist.
#[test]
fn d8_stacks_do_not_collide_and_a_metric_without_data_has_an_alarm() {
    let template = template();
    assert!(template["Parameters"]["ScaleMetric"]["AllowedValues"].as_sequence().unwrap().len() > 10);
    for (name, resource) in template["Resources"].as_mapping().unwrap() {
        let named =
            resource["Properties"].get("AlarmName").or_else(|| resource["Properties"].get("LogGroupName"));
        if let Some(named) = named {
            assert!(format!("{named:?}").contains("${AWS::StackName}"), "{name:?}");
        }
    }
    let no_data = &template["Resources"]["NoDataAlarm"]["Properties"];
    assert_eq!(
        (&no_data["Statistic"], &no_data["TreatMissingData"]),
        (&"SampleCount".into(), &"breaching".into())
    );
}

/// Theirs knows one partition of AWS, gives its functions three seconds, leaves missing data to chance, and has the same
/// evidence for both directions.
#[test]
fn d9_partitions_timeouts_missing_data_and_evidence_are_chosen() {
    let template = template();
    assert!(!include_str!("../template.yaml").contains("arn:aws:"));
    assert_eq!(template["Globals"]["Function"]["Timeout"], 50);
    // A stream publishes nothing while it is idle, so that its missing data is chosen otherwise.
    let idle_stream = ["IsIncomingRecords", "breaching", "notBreaching"];
    let idle_stream = Value::Sequence(idle_stream.map(Value::from).into());
    for (alarm, missing_data, evidence) in [
        ("ScaleOutAlarm", Value::from("notBreaching"), "ScaleOutEvaluationPeriods"),
        ("ScaleInAlarm", idle_stream, "ScaleInEvaluationPeriods"),
    ] {
        let properties = &template["Resources"][alarm]["Properties"];
        let chosen = match &properties["TreatMissingData"] {
            Value::Tagged(tagged) if tagged.tag == "If" => &tagged.value,
            chosen => chosen,
        };
        assert_eq!(*chosen, missing_data, "{alarm}");
        assert!(format!("{:?}", properties["EvaluationPeriods"]).contains(evidence));
    }
    let gap: Vec<_> = (40..120).step_by(5).map(|minute| (minute, Fault::MetricGap)).collect();
    assert_eq!(minutes(&step_in_load(&["ScaleInDatapointsToAlarm=1"], &gap), is_scaling), Vec::<i64>::new());
}
