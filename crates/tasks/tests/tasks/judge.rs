//! Precedence of calls, without ports: an observation, and the call that follows from it.

use crate::world::{IN, OUT, World, policy};
use scaling::{Bounds, Call, Direction, PerDirection, Reason, Units};
use tasks::{
    Alarm, AlarmSet, AlarmState, CapacitySource, Finding, JobHealth, Observed, Policy, Reading, Watched,
    called_for, missing_readings,
};

/// The state of an alarm, and its newest value or the reason why the value is missing.
type AlarmCase = (AlarmState, Result<f64, Reason>);

const OK: AlarmState = AlarmState::Ok;
const ALARM: AlarmState = AlarmState::Alarm;
const LOW: Result<f64, Reason> = Ok(50.0);
const UNKNOWN: Result<f64, Reason> = Err(Reason::NoFreshData);

/// Scale out above 80 and scale in at or below 20, on two metrics, so that the first metric guards a scale-in.
struct Case {
    policy: Policy,
    alarms: [Alarm; 2],
    out: AlarmCase,
    r#in: AlarmCase,
    units: u32,
    requested: Option<u32>,
    is_stopped: bool,
    job: JobHealth,
}

fn case(out: AlarmCase, r#in: AlarmCase) -> Case {
    let mut world = World::new();
    let (scale_out, mut scale_in) = (world.alarm(OUT).clone(), world.alarm(IN).clone());
    "another metric".clone_into(&mut scale_in.queries[0].id);
    let policy = Policy::parse(&policy()).unwrap();
    Case {
        policy,
        alarms: [scale_out, scale_in],
        out,
        r#in,
        units: 4,
        requested: None,
        is_stopped: false,
        job: JobHealth::default(),
    }
}

impl Case {
    /// Returns the finding with only the readings that [`missing_readings`] requests.
    fn finding(&self) -> Finding {
        let mut observed = self.observed();
        for _ in 0..10 {
            let missing = missing_readings(&self.policy, &observed);
            if missing.is_empty() {
                return called_for(&self.policy, &observed);
            }
            for index in missing {
                observed.alarms.set_reading(index, self.reading(index), None);
            }
        }
        panic!("it never stops reading")
    }

    /// Returns the finding with the readings of all alarms.
    fn finding_with_all_readings(&self) -> Finding {
        let mut observed = self.observed();
        (0..2).for_each(|index| observed.alarms.set_reading(index, self.reading(index), None));
        called_for(&self.policy, &observed)
    }

    fn reading(&self, index: usize) -> Result<Reading, Reason> {
        let value = if index == 0 { self.out.1 } else { self.r#in.1 };
        value.map(|value| Reading { newest: value, mildest_breach: value })
    }

    fn observed(&self) -> Observed<'_> {
        let watched = |index: usize, (state, _): AlarmCase| {
            vec![Watched {
                alarm: &self.alarms[index],
                state,
                is_additional: false,
                reading: None,
                negative: None,
            }]
        };
        let units = |count| Units::new(count).unwrap();
        Observed {
            alarms: AlarmSet {
                outs: watched(0, self.out),
                ins: watched(1, self.r#in),
                unusable: PerDirection::default(),
            },
            units: units(self.units),
            is_stopped: self.is_stopped,
            bounds: Bounds::new(units(2), units(8)).unwrap(),
            requested: self.requested.map(units),
            job: Some(self.job),
        }
    }
}

/// A short name of a finding, for tables.
fn name(finding: &Finding) -> String {
    match finding {
        Finding::Call { call: Call::Alarm { direction }, breaches } => {
            format!("alarm {direction} with {}", breaches.len())
        }
        Finding::Call { call: Call::Bounds { direction, backlog }, .. } => {
            format!("bounds {direction}{}", if *backlog { " under a backlog" } else { "" })
        }
        Finding::Call { call: Call::CapacityRequest { direction, units, backlog }, .. } => {
            let backlog = if *backlog { " under a backlog" } else { "" };
            format!("request {direction} to {}{backlog}", units.count())
        }
        Finding::Unconfirmed(direction, reason) => format!("unconfirmed {direction}: {reason:?}"),
        Finding::HasRequestedCapacity => "has it".to_owned(),
        Finding::RequestsOnly => "requests only".to_owned(),
        Finding::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn scale_out_takes_precedence_and_an_unconfirmed_alarm_blocks_scale_in() {
    for (out, r#in, expected) in [
        ((OK, LOW), (OK, LOW), "nothing"),
        ((ALARM, Ok(90.0)), (OK, LOW), "alarm out with 1"),
        ((ALARM, Ok(90.0)), (ALARM, Ok(10.0)), "alarm out with 1"),
        ((ALARM, Ok(70.0)), (OK, LOW), "nothing"),
        ((ALARM, UNKNOWN), (ALARM, Ok(10.0)), "unconfirmed out: NoFreshData"),
        ((ALARM, Ok(70.0)), (ALARM, Ok(10.0)), "alarm in with 1"),
        ((OK, LOW), (ALARM, Ok(10.0)), "alarm in with 1"),
        ((OK, UNKNOWN), (ALARM, Ok(10.0)), "unconfirmed in: NoFreshData"),
        ((OK, Ok(90.0)), (ALARM, Ok(10.0)), "nothing"),
        ((AlarmState::InsufficientData, LOW), (ALARM, Ok(10.0)), "alarm in with 1"),
        ((OK, LOW), (ALARM, UNKNOWN), "unconfirmed in: NoFreshData"),
        ((OK, LOW), (ALARM, Ok(30.0)), "nothing"),
    ] {
        assert_eq!(name(&case(out, r#in).finding()), expected, "{out:?} {in:?}");
    }
}

#[test]
fn bounds_take_precedence_over_alarms_and_requests_over_both() {
    let breaching = (ALARM, Ok(90.0));
    for (units, requested, out, expected) in [
        (9, None, (OK, LOW), "bounds in"),
        (9, None, breaching, "bounds in under a backlog"),
        (9, None, (OK, UNKNOWN), "bounds in under a backlog"),
        (1, None, (OK, LOW), "bounds out"),
        (1, None, breaching, "alarm out with 1"),
        (1, None, (ALARM, UNKNOWN), "bounds out"),
        (4, Some(6), (OK, LOW), "request out to 6 under a backlog"),
        (4, Some(3), (OK, LOW), "request in to 3"),
        (4, Some(3), breaching, "request in to 3 under a backlog"),
        (4, Some(3), (OK, UNKNOWN), "request in to 3 under a backlog"),
        (4, Some(4), breaching, "has it"),
        // A request that leads into the bounds, or beyond, takes precedence. Every other request waits for the bounds.
        (9, Some(3), (OK, LOW), "request in to 3"),
        (9, Some(12), (OK, LOW), "bounds in"),
        (1, Some(1), (OK, LOW), "bounds out"),
    ] {
        let case = Case { units, requested, ..case(out, (OK, LOW)) };
        assert_eq!(name(&case.finding()), expected, "{units} {requested:?} {out:?}");
    }
    let stopped = Case { units: 9, is_stopped: true, ..case((OK, LOW), (OK, LOW)) };
    assert_eq!(name(&stopped.finding()), "nothing", "a stopped application is not scaled into its bounds");
}

#[test]
fn alarms_cause_no_call_with_requests_only() {
    for (units, expected) in [(4, "requests only"), (1, "bounds out"), (9, "bounds in under a backlog")] {
        let mut case = Case { units, ..case((ALARM, Ok(90.0)), (OK, LOW)) };
        case.policy.capacity_source = CapacitySource::RequestsOnly;
        assert_eq!(name(&case.finding()), expected, "{units}");
    }
}

/// Alarm 0 scales out and alarm 1 scales in. An alarm whose metric can't change the finding is not read.
#[test]
fn only_alarms_that_can_change_the_finding_are_read() {
    let both = CapacitySource::AlarmsAndRequests;
    let (calls_out, calls_in) = ((ALARM, Ok(90.0)), (ALARM, Ok(10.0)));
    for (source, units, requested, out, r#in, expected) in [
        (both, 4, None, (OK, LOW), (OK, LOW), vec![]),
        (both, 4, None, calls_out, (OK, LOW), vec![0]),
        (both, 4, None, calls_out, calls_in, vec![0]),
        (both, 4, None, (ALARM, UNKNOWN), calls_in, vec![0]),
        (both, 4, None, (ALARM, Ok(70.0)), calls_in, vec![0, 1]),
        (both, 4, None, (OK, LOW), calls_in, vec![1, 0]), // The metric of alarm 0 must be low.
        (both, 4, None, (OK, LOW), (ALARM, Ok(30.0)), vec![1]),
        (both, 1, None, calls_out, calls_in, vec![0]),
        (both, 9, None, (OK, LOW), (OK, LOW), vec![0]), // It may show a backlog.
        (both, 4, Some(6), calls_out, calls_in, vec![0]),
        (both, 4, Some(6), (OK, LOW), calls_in, vec![]),
        (both, 4, Some(3), (OK, LOW), calls_in, vec![0]),
        (both, 4, Some(4), calls_out, calls_in, vec![]),
        (CapacitySource::RequestsOnly, 4, None, calls_out, calls_in, vec![]),
        (CapacitySource::RequestsOnly, 1, None, calls_out, calls_in, vec![]),
        (CapacitySource::RequestsOnly, 9, None, calls_out, calls_in, vec![0]),
    ] {
        let mut case = Case { units, requested, ..case(out, r#in) };
        case.policy.capacity_source = source;
        let (mut observed, mut read) = (case.observed(), Vec::new());
        loop {
            let missing = missing_readings(&case.policy, &observed);
            if missing.is_empty() {
                break;
            }
            for index in missing {
                assert!(!read.contains(&index), "alarm {index} is read twice");
                observed.alarms.set_reading(index, case.reading(index), None);
                read.push(index);
            }
        }
        assert_eq!(read, expected, "{source:?} {units} {requested:?} {out:?} {in:?}");
    }
}

/// Enumerates all small cases: further readings change no finding, and every kind of finding occurs.
#[test]
fn the_missing_readings_are_sufficient_for_the_finding() {
    let states = [OK, ALARM, AlarmState::InsufficientData];
    let values = [LOW, Ok(90.0), Ok(10.0), UNKNOWN, Err(Reason::Busy)];
    let alarm_cases: Vec<AlarmCase> =
        states.iter().flat_map(|state| values.map(|value| (*state, value))).collect();
    let mut seen = std::collections::BTreeSet::new();
    for (out, r#in) in alarm_cases.iter().flat_map(|out| alarm_cases.iter().map(move |r#in| (*out, *r#in))) {
        for (units, requested) in
            [1, 4, 9].into_iter().flat_map(|units| [None, Some(1), Some(4), Some(6)].map(|r| (units, r)))
        {
            for source in [CapacitySource::AlarmsAndRequests, CapacitySource::RequestsOnly] {
                let mut case = Case { units, requested, ..case(out, r#in) };
                case.policy.capacity_source = source;
                let finding = case.finding();
                assert_eq!(
                    finding,
                    case.finding_with_all_readings(),
                    "{out:?} {in:?} {units} {requested:?} {source:?}"
                );
                if let Finding::Call { call: Call::Alarm { direction: Direction::In }, .. } = finding {
                    assert!(
                        out.1.is_ok_and(|value| value <= 80.0),
                        "never in while the other metric is high or unknown"
                    );
                }
                seen.insert(name(&finding));
            }
        }
    }
    for expected in [
        "alarm out with 1",
        "alarm in with 1",
        "unconfirmed out: Busy",
        "unconfirmed in: NoFreshData",
        "requests only",
        "has it",
        "nothing",
    ] {
        assert!(seen.contains(expected), "{expected} never happened: {seen:?}");
    }
}
