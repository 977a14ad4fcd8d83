//! The messages of `check`, in full: an error or a warning names the parameter or the resource, its value, the cause and the remedy.

mod failures;
mod holds;
mod updates;

use crate::check::request;
use crate::clock::checked;
use crate::world::{IN, OUT, World, ago, now, policy};
use serde_json::json;
use std::collections::BTreeSet;
use tasks::{
    AlarmState, CheckVerdict, Comparison, DataPoint, Query, Series, Source, TaskError, UnusableKind, check,
    job_query_id,
};

/// A case, its change of parameters, its change of the world, and the message.
type Row = (&'static [(&'static str, &'static str)], fn(World) -> World, &'static str);

const AS_IT_IS: fn(World) -> World = |world| world;

#[rustfmt::skip]
const ERRORS: [Row; 28] = [
    (&[("MinKpu", "11")], AS_IT_IS,
     "failed to read the policy: MinKpu is 11 and MaxKpu is 10; set MinKpu to at most MaxKpu"),
    (&[("MaxKpu", "10"), ("HighKpu", "40"), ("HighStart", "8:00"), ("HighEnd", "18:00")], AS_IT_IS,
     "failed to read the policy: HighKpu ('daily 8:00-18:00 40') has 40 KPU and MaxKpu is 10; raise MaxKpu, because a window can only narrow the bounds"),
    (&[("HighKpu", "8"), ("HighStart", "8:00")], AS_IT_IS,
     "failed to read the policy: HighEnd is empty; set all of HighKpu, HighStart and HighEnd, or none of them"),
    (&[("Windows", "daily 8:00-8:00 4")], AS_IT_IS,
     "failed to read the policy: Windows has 'daily 8:00-8:00 4': its start and its end are equal; for a whole day write 0:00-24:00"),
    (&[("Windows", "daily 8:00-9:00 4"), ("TimeZone", "BST")], AS_IT_IS,
     "failed to read the policy: TimeZone 'BST' is not in the IANA time zone database; it is an abbreviation; use a city of that time, Europe/London"),
    (&[("SourcePartitions", "shards")], AS_IT_IS,
     "failed to read the policy: SourcePartitions is shards, and KinesisStreamName is empty; name the stream that the application reads"),
    (&[], World::without_application,
     "failed to find the application 'orders': ApplicationName names one that does not exist in this account and Region; correct it, or delete this stack"),
    (&[], |world| world.without_alarm(OUT),
     "failed to find the alarm 'orders-out': ScaleOutAlarm names an alarm that was not found; restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged"),
    (&[("MoreScaleOutAlarms", "orders-out")], |world| world.without_alarm(OUT),
     "failed to find the alarm 'orders-out': MoreScaleOutAlarms names an alarm that was not found; create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs"),
    (&[], |world| world.with_threshold(IN, 95.0),
     "failed to read the policy: ScaleInThreshold is 95 and ScaleOutThreshold is 80; set ScaleInThreshold below ScaleOutThreshold"),
    (&[("ScaleInFactor", "2")], |world| world.with_threshold(IN, 60.0),
     "failed to read the policy: ScaleInThreshold is 60, and dividing by a ScaleInFactor of 2 would bring the metric so near to ScaleOutThreshold (80) that the next alarm scales out again; set ScaleInThreshold below 34.0, or ScaleInFactor lower"),
    (&[("ScaleInMaxLag", "90")], AS_IT_IS,
     "failed to read the policy: ScaleInThreshold is 90 and ScaleOutThreshold is 80; set ScaleInThreshold below ScaleOutThreshold"),
    (&[("ScalingOperation", "Target"), ("TargetValue", "90")], AS_IT_IS,
     "failed to read the policy: TargetValue is 90, ScaleInThreshold 20 and ScaleOutThreshold 80; set TargetValue between the two thresholds"),
    (&[("ScalingOperation", "Target"), ("TargetValue", "half")], AS_IT_IS,
     "failed to read the policy: TargetValue is 'half'; set it to a number above 0 between the two thresholds, such as 60 percent of the CPU"),
    (&[("ScalingOperation", "Target"), ("TargetValue", "60")], |world| world.watching(IN, "busyTimeMsPerSecond"),
     "failed to read the policy: ScalingOperation is Target, and TargetValue cannot be of both: the alarm 'orders-out' watches containerCPUUtilization and the alarm 'orders-in' watches busyTimeMsPerSecond; let the first alarms of both directions watch the same"),
    (&[("ScalingOperation", "Target"), ("TargetValue", "60")], |mut world| { world.alarm(OUT).comparison = Comparison::LessThanThreshold; world },
     "failed to read the policy: ScalingOperation is Target, and the alarm 'orders-out' compares the wrong way; let it scale out above a threshold, or in below one"),
    (&[("ScalingOperation", "Target"), ("TargetValue", "60")], |world| world.watching(OUT, "millisBehindLatest"),
     "failed to read the policy: ScalingOperation is Target, and the alarm 'orders-out' watches millisBehindLatest, a lag, which does not fall in proportion as KPUs are added; set ScalingOperation to Demand or Steps, or name no alarm on a lag"),
    (&[("ScalingOperation", "Target"), ("TargetValue", "60")], |world| world.with_threshold(IN, 0.0),
     "failed to read the policy: ScalingOperation is Target, and the alarm 'orders-in' has the threshold 0; set it above 0"),
    (&[("ScalingOperation", "Double")], AS_IT_IS,
     "failed to read the policy: ScalingOperation is 'Double'; set it to Multiply/Divide, Add/Subtract, Steps, Target or Demand"),
    (&[("ScalingOperation", "Demand"), ("Preset", "fast")], AS_IT_IS,
     "failed to read the policy: Preset is 'fast'; set it to latency, balanced or cost"),
    (&[("ScaleOutAlarm", "")], AS_IT_IS,
     "failed to read the policy: ScaleOutAlarm is empty; give it a name"),
    (&[("MonthlyBudgetDollars", "-5"), ("KpuHourDollars", "0.11")], AS_IT_IS,
     "failed to read the policy: MonthlyBudgetDollars is -5; set it to a number of dollars above 0"),
    (&[("MonthlyBudgetDollars", "500"), ("KpuHourDollars", "")], AS_IT_IS,
     "failed to read the policy: KpuHourDollars is empty; set it to the price of a KPU-hour in your Region, such as 0.11"),
    (&[("StateGigabytes", "-1")], AS_IT_IS,
     "failed to read the policy: StateGigabytes is -1; set it to the state of the application in GB, or to 0"),
    (&[("Target", "stream"), ("ScalingOperation", "Demand")], AS_IT_IS,
     "failed to read the policy: ScalingOperation is Demand, which learns the capacity of an application; for a stream set it to Multiply/Divide, Add/Subtract, Steps or Target"),
    (&[("Target", "stream"), ("LargestStepKpu", "4")], AS_IT_IS,
     "failed to read the policy: LargestStepKpu and MonthlyBudgetDollars apply to an application; leave them empty for a stream: Kinesis at most doubles its shards in one change"),
    (&[("Target", "stream"), ("HighKpu", "4")], AS_IT_IS,
     "failed to read the policy: HighKpu and LowKpu are KPUs of an application; state a stream's hours as Windows, such as 'Mon-Fri 8:00-18:00 >=8'"),
    (&[("LowKpu", "4")], AS_IT_IS,
     "failed to read the policy: LowKpu applies while no window is open, and no window has sizes; set HighKpu, HighStart and HighEnd, or set MinKpu and MaxKpu instead"),
];

#[rustfmt::skip]
const WARNINGS: [Row; 13] = [
    (&[("Windows", "daily 0:00-23:59 >=2")], AS_IT_IS,
     "the window 'daily 0:00-23:59 >=2' ends at 23:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 24:00"),
    (&[("Windows", "daily 8:00-18:00 >=2"), ("TimeZone", "EST")], AS_IT_IS,
     "TimeZone is EST, which has no daylight saving time; use a city of that time, such as America/New_York"),
    (&[("GracePeriodSeconds", "60")], AS_IT_IS,
     "GracePeriodSeconds is 60 and the alarm 'orders-out' evaluates 300 s, so that it may still be in ALARM because of data from before the scaling; set GracePeriodSeconds to 300 or more"),
    (&[], World::with_built_in_autoscaling,
     "the built-in autoscaling of MSF is on and changes the size as well; the next scaling switches it off"),
    (&[], |world| world.with_state(IN, AlarmState::InsufficientData),
     "the alarm 'orders-in' has insufficient data; check the name and the dimensions of its metric"),
    (&[], |world| world.watching(IN, "containerMemoryUtilization"),
     "the alarm 'orders-in' watches containerMemoryUtilization, which is not the load and may not fall as KPUs are added; let a lag or the CPU scale, and let this alarm notify you"),
    (&[("Windows", "Sat 18:00-23:59 >=2")], AS_IT_IS,
     "the window 'Sat 18:00-23:59 >=2' ends at 23:59, which leaves out the last minute of the day; let it end at 24:00"),
    (&[("Windows", "daily 8:00-18:00 >=2"), ("TimeZone", "Etc/GMT+5")], AS_IT_IS,
     "TimeZone is Etc/GMT+5, which is UTC-5, behind UTC, and has no daylight saving time; use a city of that time, such as Europe/Berlin"),
    (&[], |world| {
        let mut world = world.with_state(IN, AlarmState::InsufficientData);
        let Source::Metric { unit, .. } = &mut world.alarm(IN).queries[0].source else { unreachable!() };
        *unit = Some("Percent".to_owned());
        world
     },
     "the alarm 'orders-in' has insufficient data, and reads only data points with the Unit Percent; remove Unit, or check the name and the dimensions of its metric"),
    (&[], |mut world| {
        let source = Source::Expression { text: "FILL(m1, 0)".to_owned(), label: None, period: None };
        world.alarm(IN).queries.push(Query { id: "e1".to_owned(), source, account: None, returns_data: true });
        world
     },
     "the alarm 'orders-in' replaces missing data points by FILL, and the newest minutes are always missing for a while; let it watch the measured data points"),
    (&[], |world| world.watching(IN, "millisBehindLatest"),
     "the alarms to scale in watch nothing but a lag, which is near zero whenever the job keeps up and never says that there are too many KPUs; name an alarm on a utilization among them"),
    (&[], |world| world.watching(OUT, "millisBehindLatest"),
     "the alarm 'orders-out' has the threshold 80, and millisBehindLatest is in milliseconds; set it to 80000 if 80 s are meant"),
    (&[("ScaleInMaxLag", "1")], |world| world.watching(OUT, "millisBehindLatest").with_threshold(OUT, 30_000.0),
     "ScaleInThreshold is 1, and millisBehindLatest is in milliseconds; set it to 1000 if 1 s are meant"),
];

/// The parameters, the world, the verdict and the sentence of the answer.
type Answer = (&'static [(&'static str, &'static str)], fn(World) -> World, CheckVerdict, &'static str);

#[rustfmt::skip]
const ANSWERS: [Answer; 12] = [
    (&[], AS_IT_IS, CheckVerdict::Quiet,
     "orders-out is OK; orders-in is OK"),
    (&[("Mode", "off")], AS_IT_IS, CheckVerdict::Quiet,
     "Mode is off: nothing is checked or scaled"),
    (&[("ApplicationAutoScaling", "on")], AS_IT_IS, CheckVerdict::Quiet,
     "no capacity is requested, and the alarms call for none while ApplicationAutoScaling is on"),
    (&[], |world| world.in_alarm(OUT), CheckVerdict::Quiet,
     "orders-out is in ALARM, but nothing fresh has been measured since its last change"),
    (&[], |world| world.breaching(OUT, 75.0), CheckVerdict::Quiet,
     "orders-out is still in ALARM, but containerCPUUtilization is 75, no longer > 80; orders-in is OK"),
    (&[], |world| world.breaching(OUT, 91.0), CheckVerdict::Breaching,
     "containerCPUUtilization is 91 > 80"),
    (&[], |world| world.breaching(IN, 9.0), CheckVerdict::Breaching,
     "containerCPUUtilization is 9 <= 20"),
    (&[], |world| world.watching(OUT, "busyTimeMsPerSecond").breaching(IN, 9.0).showing(OUT, 95.0), CheckVerdict::Quiet,
     "orders-out is OK; busyTimeMsPerSecond is 95, too much to scale in (> 80)"),
    (&[], |world| world.watching(OUT, "busyTimeMsPerSecond").breaching(IN, 9.0), CheckVerdict::Quiet,
     "to scale in, busyTimeMsPerSecond must be known, but nothing fresh has been measured since its last change"),
    (&[("MinKpu", "9")], AS_IT_IS, CheckVerdict::OutOfBounds,
     "it has 8 KPU, fewer than its minimum of 9"),
    (&[("MaxKpu", "6")], |world| world.showing(OUT, 50.0), CheckVerdict::OutOfBounds,
     "it has 8 KPU, more than its maximum of 6"),
    (&[], |world| restarts(world.breaching(OUT, 91.0)), CheckVerdict::Quiet,
     "its job restarts in a loop, and its metrics do not show the load; look at the exception in the application's log (3 restarts within 30 minutes)"),
];

/// Every kind of alarm that cannot be used, with its message.
#[rustfmt::skip]
const UNUSABLE: [(UnusableKind, &str); 6] = [
    (UnusableKind::NotFound,
     "failed to find the alarm 'band': MoreScaleInAlarms names an alarm that was not found; create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs"),
    (UnusableKind::Composite,
     "failed to use the alarm 'band': MoreScaleInAlarms names a composite alarm, which has no data points of its own; name the metric alarms below it"),
    (UnusableKind::PromQl,
     "failed to use the alarm 'band': MoreScaleInAlarms names an alarm on a PromQL query, which has no threshold; name a metric alarm with a fixed threshold, a period and evaluation periods"),
    (UnusableKind::AnomalyDetection,
     "failed to use the alarm 'band': MoreScaleInAlarms names an anomaly detection alarm, whose threshold is a band; name a metric alarm with a fixed threshold, a period and evaluation periods"),
    (UnusableKind::NoThreshold,
     "failed to use the alarm 'band': MoreScaleInAlarms names an alarm without a fixed threshold; name a metric alarm with a fixed threshold, a period and evaluation periods"),
    (UnusableKind::NoPeriod,
     "failed to use the alarm 'band': MoreScaleInAlarms names an alarm without a period or evaluation periods; name a metric alarm with a fixed threshold, a period and evaluation periods"),
];

/// Lets the job restart three times within the last minutes.
fn restarts(world: World) -> World {
    let counts = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3];
    let points = (0..).map(|minute| ago(60 * (13 - minute))).zip(counts.map(f64::from));
    world.restarted(7_200).with_job(vec![Series {
        query: job_query_id("fullRestarts"),
        label: "fullRestarts".to_owned(),
        points: points.map(|(start, value)| DataPoint { start, value }).collect(),
    }])
}

#[test]
fn every_error_and_warning_names_its_subject_value_cause_and_remedy() {
    for (is_error, (parameters, change, expected)) in
        ERRORS.map(|row| (true, row)).into_iter().chain(WARNINGS.map(|row| (false, row)))
    {
        let world = change(World::new());
        let mut request = request(json!({}));
        request.policy = request.policy.with(parameters.iter().copied());
        match now(check(&request, &world, &world)) {
            Err(TaskError::Fatal(message)) => assert_eq!((is_error, message.as_str()), (true, expected)),
            Ok(answer) => assert_eq!((is_error, answer.warning.as_deref()), (false, Some(expected))),
            Err(other) => panic!("{other}"),
        }
        assert!(expected.contains("; "), "the remedy follows a semicolon: {expected}");
    }
    // The same application without a mistake has neither.
    assert_eq!(now(check(&request(json!({})), &World::new(), &World::new())).unwrap().warning, None);
}

#[test]
fn every_answer_names_the_metric_the_value_and_the_threshold() {
    let mut verdicts = BTreeSet::new();
    for (parameters, change, verdict, expected) in ANSWERS {
        let world = change(World::new());
        let answer = checked(&world, &policy().with(parameters.iter().copied()), &json!({}));
        assert_eq!((answer.verdict, answer.why.as_str()), (verdict, expected), "{parameters:?}");
        verdicts.insert(verdict);
    }
    // The other verdicts depend on the execution.
    for (run, verdict, expected) in [
        (json!({"desiredCapacity": 9}), CheckVerdict::CapacityRequested, "9 KPU are requested, and it has 8"),
        (json!({"desiredCapacity": 8}), CheckVerdict::Quiet, "it has the 8 KPU that are requested"),
        (
            json!({"poll": {"verdict": "Settled"}}),
            CheckVerdict::RecheckLater,
            "orders-out is in ALARM, but nothing fresh has been measured since its last change",
        ),
    ] {
        let answer = checked(&World::new().in_alarm(OUT), &policy(), &run);
        assert_eq!((answer.verdict, answer.why.as_str()), (verdict, expected), "{run}");
        verdicts.insert(verdict);
    }
    let mut overdue =
        request(json!({"check": {"verdict": "Quiet", "graceSeconds": 300, "why": "", "policy": policy()}}));
    overdue.started_at = ago(86_400);
    let answer = now(check(&overdue, &World::new(), &World::new())).unwrap();
    assert_eq!(
        (answer.verdict, answer.why.as_str()),
        (CheckVerdict::Overdue, "the execution has reached its deadline; the next heartbeat starts another")
    );
    verdicts.insert(answer.verdict);
    assert_eq!(verdicts, CheckVerdict::ALL.into_iter().collect(), "every verdict has a row");
}

#[test]
fn every_kind_of_unusable_alarm_has_its_message() {
    assert_eq!(UNUSABLE.map(|(kind, _)| kind), UnusableKind::ALL, "a row for each kind, in their order");
    for (kind, expected) in UNUSABLE {
        let world = World::new().with_unusable("band", kind).breaching(OUT, 91.0);
        let answer = checked(&world, &policy().with([("MoreScaleInAlarms", "band")]), &json!({}));
        assert_eq!(answer.warning.as_deref(), Some(expected));
    }
}
