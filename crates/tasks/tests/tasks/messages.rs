//! The messages of `check`, in full: an error or a warning names the parameter or the resource, its value, the cause and the remedy.

use crate::check::request;
use crate::world::{World, now};
use serde_json::json;
use tasks::{AlarmState, Source, TaskError, check};

/// A case, its change of parameters, its change of the world, and the message.
type Row = (&'static [(&'static str, &'static str)], fn(&mut World), &'static str);

const AS_IT_IS: fn(&mut World) = |_| {};

#[rustfmt::skip]
const ERRORS: [Row; 11] = [
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
    (&[], |world| world.exists = false,
     "failed to find the application 'orders': ApplicationName names one that does not exist in this account and Region; correct it, or delete this stack"),
    (&[], |world| world.alarms.retain(|alarm| alarm.name != "orders-out"),
     "failed to find the alarm 'orders-out': ScaleOutAlarm names an alarm that was not found; if it was deleted or changed by hand, delete the stack and deploy it again, which leaves the application as it is"),
    (&[("MoreScaleOutAlarms", "orders-out")], |world| world.alarms.retain(|alarm| alarm.name != "orders-out"),
     "failed to find the alarm 'orders-out': MoreScaleOutAlarms names an alarm that was not found; create it in the Region of this stack, or correct its name; a composite alarm is never found: name the metric alarms below it"),
    (&[], |world| world.alarms[1].threshold = 95.0,
     "failed to read the policy: ScaleInThreshold is 95 and ScaleOutThreshold is 80; set ScaleInThreshold below ScaleOutThreshold"),
    (&[("ScaleInFactor", "2")], |world| world.alarms[1].threshold = 60.0,
     "failed to read the policy: ScaleInThreshold is 60, and dividing by a ScaleInFactor of 2 would bring the metric so near to ScaleOutThreshold (80) that the next alarm scales out again; set ScaleInThreshold below 34.0, or ScaleInFactor lower"),
];

#[rustfmt::skip]
const WARNINGS: [Row; 6] = [
    (&[("Windows", "daily 0:00-23:59 >=2")], AS_IT_IS,
     "the window 'daily 0:00-23:59 >=2' ends at 23:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 24:00"),
    (&[("Windows", "daily 8:00-18:00 >=2"), ("TimeZone", "EST")], AS_IT_IS,
     "TimeZone is EST, which has no daylight saving time; use a city of that time, such as America/New_York"),
    (&[("GracePeriodSeconds", "60")], AS_IT_IS,
     "GracePeriodSeconds is 60 and the alarm 'orders-out' looks at 300 s; it may still be in ALARM because of data from before the scaling"),
    (&[], |world| world.application().autoscaling_enabled = true,
     "the built-in autoscaling of MSF is on and changes the size as well; the next scaling switches it off"),
    (&[], |world| world.alarms[1].state = AlarmState::InsufficientData,
     "the alarm 'orders-in' has insufficient data; check the name and the dimensions of its metric"),
    (&[], |world| {
        let Source::Metric { name, .. } = &mut world.alarms[1].queries[0].source else { unreachable!() };
        "containerMemoryUtilization".clone_into(name);
     },
     "the alarm 'orders-in' watches containerMemoryUtilization, which is not the load and may not fall as KPUs are added; let a lag or the CPU scale, and let this alarm notify you"),
];

#[test]
fn every_error_and_warning_names_its_subject_value_cause_and_remedy() {
    for (is_error, (parameters, change, expected)) in
        ERRORS.map(|row| (true, row)).into_iter().chain(WARNINGS.map(|row| (false, row)))
    {
        let mut world = World::new();
        change(&mut world);
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
