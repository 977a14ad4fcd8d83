//! Sizing by demand: the size for a load, a lag and a utilization.

mod capacity;
mod figures;
mod forecast;
mod peaks;
mod thresholds;

use crate::world::{self, decide, running};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use scaling::{
    Breach, Call, Decision, Demand, Direction, Minute, Past, PerDirection, Policy, Reason, Resource, Signals,
    Sizing,
};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const DEMAND: Demand = Demand {
    target_out: 0.75,
    target_in: 0.75,
    catch_up: SignedDuration::from_secs(600),
    restart_price: 1.0,
};

/// A day of minutes, and the five-minute buckets of the days before.
#[derive(Debug, Clone)]
struct History {
    minutes: Vec<Minute>,
    days: Vec<Option<f64>>,
    restart: SignedDuration,
}

impl History {
    /// A day of constant load without lag, on an application with a constant busy share.
    fn steady(load: f64, busy: f64) -> Self {
        let minute = Minute { load: Some(load), lag: Some(0.0), busy: Some(busy), ..Minute::default() };
        Self { minutes: vec![minute; 1_440], days: Vec::new(), restart: SignedDuration::from_secs(150) }
    }

    /// Changes each of the last `count` minutes.
    fn lately(mut self, count: usize, change: impl Fn(f64, &mut Minute)) -> Self {
        let from = self.minutes.len() - count;
        let mut index = 0.0;
        for minute in &mut self.minutes[from..] {
            change(index, minute);
            index += 1.0;
        }
        self
    }

    /// Sets the five-minute buckets of a week by the hour of the day. The week ends at the hour `until`.
    fn week(mut self, until: usize, load: impl Fn(usize) -> f64) -> Self {
        let hour = |bucket: usize| (until + 24 * 7 - (2_016 - bucket).div_ceil(12)) % 24;
        self.days = (0..2_016).map(|bucket| Some(load(hour(bucket)))).collect();
        self
    }

    fn signals(&self) -> Signals<'_> {
        Signals {
            breaches: &[],
            until: NOW,
            minutes: &self.minutes,
            lag_threshold: 20.0,
            restart: Some(self.restart),
        }
    }

    fn past(&self) -> Past<'_> {
        Past { days: &self.days, effect: self.signals(), ..Past::default() }
    }
}

/// An application with a size and the minutes since its last change.
fn resource(kpus: u32, minutes_ago: i64) -> Resource {
    Resource { last_change: Some(NOW - SignedDuration::from_mins(minutes_ago)), ..running(kpus, 1) }
}

fn policy(demand: Demand) -> Policy {
    let grace = SignedDuration::from_mins(5);
    Policy {
        grace_period: PerDirection { out: grace, r#in: grace },
        failure_pause: SignedDuration::from_mins(30),
        ..world::policy(Sizing::Demand(demand))
    }
}

/// The new size, or the reason to hold.
fn decided(direction: Direction, resource: &Resource, history: &History) -> Result<u32, Reason> {
    let call = Call::Alarm { direction };
    match decide(&policy(DEMAND), call, resource, &history.signals(), &history.past(), NOW) {
        Decision::Scale { to, .. } => Ok(to.units.count()),
        Decision::Hold(reason) => Err(reason),
    }
}

/// Source: the autoscaler of the Flink Kubernetes operator: a load of 10,000 records/s and a backlog of 1.8 million, a catch-up time
/// of half an hour, a restart of five minutes and a target utilization of 0.7. Eight subtasks process 12,000 records/s, so twelve are
/// needed.
#[test]
fn the_required_rate_agrees_with_the_flink_operator() {
    let demand = Demand { target_out: 0.7, catch_up: SignedDuration::from_mins(30), ..DEMAND };
    let needed = demand.needed(10_000.0, 1_800_000.0, SignedDuration::from_mins(5));
    assert!((needed - 16_952.4).abs() < 0.1, "{needed}");
    assert!((11.0..12.0).contains(&(8.0 * needed / 12_000.0)), "twelve subtasks are enough");
}

/// Eight KPUs that can process 8,000 records per second receive 9,000, and the lag rises.
fn overloaded() -> History {
    History::steady(6_000.0, 0.715).lately(10, |index, minute| {
        *minute = Minute {
            load: Some(9_000.0),
            lag: Some(7.0 * (index + 1.0)),
            busy: Some(0.95),
            ..Minute::default()
        };
    })
}

#[test]
fn a_scale_out_goes_to_the_size_that_the_load_needs() {
    let has = resource(8, 600);
    // A capacity of 9,000 * (1 - 7/60) / 8 = 994 per KPU; the required rate is 9,000 / 0.75 + 9,000 * (70 + 150) / 600.
    assert_eq!(decided(Direction::Out, &has, &overloaded()), Ok(16));
    let gaps = overloaded().lately(8, |index, minute| minute.load = minute.load.filter(|_| index > 6.0));
    assert_eq!(
        decided(Direction::Out, &resource(8, 9), &gaps),
        Ok(16),
        "a missing minute takes the last measured load"
    );
    let slower = History { restart: SignedDuration::from_secs(600), ..overloaded() };
    assert_eq!(decided(Direction::Out, &has, &slower), Ok(23), "the backlog of a long restart needs more");
    let week = overloaded().week(8, |hour| if hour == 8 { 18_000.0 } else { 9_000.0 });
    // The forecast is limited to a growth of 1.6: 9,000 * 1.6 / 0.75.
    assert_eq!(decided(Direction::Out, &has, &week), Ok(20), "the load doubles at this time of the day");
}

/// 600, 2,400, 4,200 and 6,000 records per second arrive in the last minutes, and one KPU can process 1,000. If the growth continues, the
/// load is 20,400 in eight minutes.
#[test]
fn a_fast_growing_load_is_extrapolated() {
    let growing = |rise: f64| {
        History::steady(600.0, 0.57).lately(3, |index, minute| {
            let load = 600.0 + rise * (index + 1.0);
            *minute = Minute {
                load: Some(load),
                lag: Some(20.0 * (index + 1.0)),
                busy: Some(0.95),
                ..Minute::default()
            };
        })
    };
    let one = resource(1, 600);
    let fast = decided(Direction::Out, &one, &growing(1_800.0)).unwrap();
    assert!((27..=32).contains(&fast), "{fast}");
    // With a fall in between it is not growth, and the mean of two minutes counts.
    let wavering = growing(1_800.0).lately(1, |_, minute| minute.load = Some(4_000.0));
    let sized = decided(Direction::Out, &one, &wavering).unwrap();
    assert!((5..=12).contains(&sized), "{sized}");
    let slow = decided(Direction::Out, &one, &growing(90.0)).unwrap_or(1);
    assert!(slow <= 4, "a growth below one half is not extrapolated: {slow}");
}

#[test]
fn a_job_that_works_off_its_backlog_in_time_keeps_its_size() {
    let has = resource(16, 20);
    let catches_up = History::steady(9_000.0, 0.95).lately(15, |index, minute| {
        minute.lag = Some(200.0 - 10.0 * index);
    });
    assert_eq!(decided(Direction::Out, &has, &catches_up), Err(Reason::CatchingUp));
    let too_slowly = catches_up.lately(15, |index, minute| minute.lag = Some(4_000.0 - 2.0 * index));
    assert!(decided(Direction::Out, &has, &too_slowly).is_ok_and(|kpus| kpus > 16));
}

/// A job that waits for other services reaches its capacity at 55 % of its CPU. Its CPU in the minutes with lag is its ceiling.
#[test]
fn the_ceiling_of_a_job_that_waits_for_other_services_is_learned() {
    let seen = |count: usize| {
        let mut history = History::steady(4_000.0, 0.44);
        for minute in &mut history.minutes[100..100 + count] {
            *minute = Minute { load: Some(5_000.0), lag: Some(90.0), busy: Some(0.55), ..Minute::default() };
        }
        history
    };
    let has = resource(10, 1_000);
    // At 0.44 of 0.55 it is 80 % busy, and 4,000 records/s need all ten KPUs at 75 %; at 0.44 of 0.95 they seem to need seven.
    assert_eq!(decided(Direction::In, &has, &seen(3)), Err(Reason::NotCostEffective));
    assert_eq!(decided(Direction::In, &has, &seen(2)), Ok(7));
}

/// The load may differ from minute to minute by a factor of eight. The throughput while records wait is still known.
#[test]
fn the_capacity_of_a_lagging_job_is_learned_from_a_noisy_load() {
    let (low, high, capacity) = (2_000.0, 16_000.0, 8_000.0);
    let arrived = |minute: f64| {
        let (pairs, rest) = ((minute / 2.0).floor(), minute % 2.0);
        pairs * (low + high) + rest.min(1.0) * low + (rest - 1.0).max(0.0) * high
    };
    // It keeps up until the last twelve minutes, and the backlog begins with the first of them.
    let lag = |middle: f64| {
        let processed = capacity * (middle - 1.0);
        let arrival = (0..1_200).map(|step| f64::from(step) / 100.0).find(|time| arrived(*time) >= processed);
        (middle - arrival.unwrap()) * 60.0
    };
    let noisy = History::steady(6_000.0, 0.715).lately(12, |index, minute| {
        let load = if index % 2.0 == 0.0 { low } else { high };
        *minute = Minute {
            load: Some(load),
            lag: Some(lag(index + 0.5).max(0.0)),
            busy: Some(0.95),
            ..Minute::default()
        };
    });
    let needed = decided(Direction::Out, &resource(8, 600), &noisy);
    // 1,000 records/s per KPU at a load of 9,000, plus the backlog of the last minute.
    let (load, last) = (9_000.0, lag(11.5));
    let expected = DEMAND.needed(load, load * last, SignedDuration::from_secs(150)) / 1_000.0;
    assert!(
        needed.is_ok_and(|kpus| (f64::from(kpus) - expected).abs() <= 1.0),
        "{needed:?} for {expected}, after a lag of {last}"
    );
}

/// A load that four of twelve KPUs can process.
fn idle() -> History {
    History::steady(3_000.0, 0.25 * 0.95)
}

#[test]
fn a_scale_in_waits_until_the_waste_equals_the_restart_price() {
    for (minutes_ago, expected) in [
        (9, Err(Reason::NoFreshData)),
        (30, Err(Reason::NotCostEffective)),
        (58, Err(Reason::NotCostEffective)),
        (65, Ok(4)),
        (600, Ok(4)),
    ] {
        // Eight KPUs are not needed. After an hour they have cost eight KPU-hours, which is the price of a restart.
        assert_eq!(
            decided(Direction::In, &resource(12, minutes_ago), &idle()),
            expected,
            "{minutes_ago} min"
        );
    }
    assert_eq!(
        decided(Direction::In, &resource(4, 600), &History::steady(3_000.0, 0.7)),
        Err(Reason::NotCostEffective)
    );
    let two = History::steady(500.0, 0.25 * 0.95);
    assert_eq!(
        decided(Direction::In, &resource(2, 600), &two),
        Ok(1),
        "for a small job, one KPU pays for the restart"
    );
}

/// The cost of a restart includes the minutes out of the lag objective until the smaller size has caught up.
#[test]
fn a_scale_in_pays_for_the_lag_that_its_restart_causes() {
    let has = resource(12, 600);
    let with = |seconds: i64| History { restart: SignedDuration::from_secs(seconds), ..idle() };
    // The objective is 80 s. The saving of four hours minus 8 * (0.5 + 0.2 per minute): with five KPUs 28 - 18.7, with four 32 - 27.5.
    assert_eq!(
        decided(Direction::In, &has, &with(300)),
        Ok(5),
        "the larger size works off the backlog sooner"
    );
    assert_eq!(
        decided(Direction::In, &has, &with(600)),
        Err(Reason::NotCostEffective),
        "no size pays for the restart"
    );
    let tolerant = with(600);
    let signals = Signals { lag_threshold: 150.0, ..tolerant.signals() };
    let call = Call::Alarm { direction: Direction::In };
    let decision = decide(&policy(DEMAND), call, &has, &signals, &tolerant.past(), NOW);
    assert!(
        matches!(decision, Decision::Scale { to, .. } if to.units.count() == 4),
        "an objective of ten minutes is not violated"
    );
}

#[test]
fn a_backlog_or_missing_data_blocks_the_scale_in() {
    let has = resource(12, 600);
    let lag = |seconds: f64| idle().lately(5, move |_, minute| minute.lag = Some(seconds));
    assert_eq!(decided(Direction::In, &has, &lag(15.0)), Ok(4));
    assert_eq!(decided(Direction::In, &has, &lag(16.0)), Err(Reason::CatchingUp));
    for missing in [
        idle().lately(1, |_, minute| minute.lag = None),
        idle().lately(10, |_, minute| minute.lag = None),
        idle().lately(30, |_, minute| minute.load = None),
        idle().lately(15, |_, minute| minute.busy = None),
        History { minutes: Vec::new(), ..idle() },
    ] {
        assert_eq!(decided(Direction::In, &has, &missing), Err(Reason::NoFreshData));
    }
    for missing in [
        overloaded().lately(2, |_, minute| minute.lag = None),
        overloaded().lately(3, |_, minute| minute.load = None),
        History { minutes: Vec::new(), ..overloaded() },
    ] {
        assert_eq!(decided(Direction::Out, &resource(8, 600), &missing), Err(Reason::NoFreshData));
    }
    assert_eq!(decided(Direction::Out, &resource(8, 1), &overloaded()), Err(Reason::NoFreshData));
}

/// A scale-in saves only until the forecast load needs the KPUs again.
#[test]
fn a_scale_in_considers_the_load_of_the_past_days() {
    let has = resource(12, 600);
    let rises_at =
        |rise: usize| idle().week(8, move |hour| if (rise..20).contains(&hour) { 12_000.0 } else { 3_000.0 });
    assert_eq!(
        decided(Direction::In, &has, &rises_at(14)),
        Ok(4),
        "four hours of eight KPUs pay for the restart"
    );
    assert_eq!(
        decided(Direction::In, &has, &rises_at(8)),
        Err(Reason::NotCostEffective),
        "the load rises at once"
    );
    let falls = idle().week(8, |hour| if (8..20).contains(&hour) { 1_000.0 } else { 3_000.0 });
    assert_eq!(decided(Direction::In, &has, &falls), Ok(4), "never below the size for the present load");
}

/// A steady load that needs five of ten KPUs, and a restart that violates the lag objective for several minutes.
#[test]
fn waste_that_lasted_for_most_of_a_day_is_expected_to_continue() {
    let steady = History { restart: SignedDuration::from_secs(330), ..History::steady(3_700.0, 0.37 * 0.95) };
    assert_eq!(decided(Direction::In, &resource(10, 700), &steady), Err(Reason::NotCostEffective));
    assert!(decided(Direction::In, &resource(10, 1_400), &steady).is_ok_and(|kpus| kpus < 10));
}

/// For an hour almost nothing has arrived. The load is expected to stay that low only without past days.
#[test]
fn a_silent_source_is_expected_to_return() {
    let has = resource(12, 600);
    let silent = || idle().lately(60, |_, minute| (minute.load, minute.busy) = (Some(10.0), Some(0.06)));
    let usual = silent().week(8, |_| 9_000.0);
    let silent_now = |mut history: History| {
        for bucket in history.days.iter_mut().rev().take(12) {
            *bucket = Some(10.0);
        }
        history
    };
    let kept = decided(Direction::In, &has, &silent_now(usual));
    assert!(kept.map_or(true, |kpus| kpus >= 9), "{kept:?}: nine KPUs carry the usual load");
    assert!(
        decided(Direction::In, &has, &silent()).is_ok_and(|kpus| kpus <= 2),
        "without past days, the load is expected to stay low"
    );
}

/// The minutes before a source fell silent show the capacity. A job with a derived load keeps its size, because its load is hidden when it returns.
#[test]
fn an_idle_job_is_scaled_in_by_the_capacity_that_it_had() {
    let silent = |lag, throughput| {
        let idle = Minute { load: Some(0.0), lag: Some(0.0), busy: Some(0.02), throughput };
        let before = History::steady(8_000.0, 0.7).lately(300, move |_, minute| minute.lag = Some(lag));
        before.lately(120, move |_, minute| *minute = idle)
    };
    let rows = [
        // minutes since the last change, the lag before, the throughput of a derived load
        (1_000, 0.0, None, Ok(1)),
        (125, 0.0, None, Ok(1)),
        // With a lag, the processed records show the capacity.
        (1_000, 100.0, None, Ok(1)),
        (100, 0.0, None, Err(Reason::NoFreshData)),
        (1_000, 0.0, Some(0.0), Err(Reason::NoFreshData)),
    ];
    for (changed, lag, throughput, expected) in rows {
        let found = decided(Direction::In, &resource(12, changed), &silent(lag, throughput));
        assert_eq!(found, expected, "changed {changed} minutes ago, lag {lag}, {throughput:?}");
    }
}

/// A bucket without data on every past day does not hide the buckets after it.
#[test]
fn a_gap_in_the_past_days_does_not_hide_the_rise_after_it() {
    let mut history = idle().week(8, |hour| if (9..20).contains(&hour) { 12_000.0 } else { 3_000.0 });
    let end = history.days.len();
    for day in 1..=6 {
        history.days[end - day * 288] = None;
    }
    assert_eq!(
        decided(Direction::In, &resource(12, 600), &history),
        Err(Reason::NotCostEffective),
        "the load rises in an hour"
    );
}

/// A derived load is a lower bound. If it saturates the job again soon after a change, the size at least doubles.
#[test]
fn a_repeated_step_for_a_derived_load_doubles_the_size() {
    let saturated = |throughput: Option<f64>| {
        History::steady(6_000.0, 0.715).lately(10, move |_, minute| {
            *minute = Minute { load: Some(8_300.0), lag: Some(25.0), busy: Some(0.95), throughput };
        })
    };
    let decided =
        |changed: i64, throughput| decided(Direction::Out, &resource(8, changed), &saturated(throughput));
    let once = decided(31, Some(8_000.0)).unwrap();
    assert!((9..16).contains(&once), "{once}");
    assert_eq!(decided(29, Some(8_000.0)), Ok(16));
    assert!(decided(29, None).is_ok_and(|kpus| kpus < 16), "a measured load is known");
}

/// The CPU time of an idle job is overhead. Its capacity is its throughput while records wait.
#[test]
fn the_minutes_of_an_idle_job_do_not_determine_its_capacity() {
    let wakes = |idle_load: f64| {
        History::steady(idle_load, 0.06).lately(6, |index, minute| {
            *minute = Minute {
                load: Some(9_000.0),
                lag: Some(7.0 * (index + 1.0)),
                busy: Some(0.95),
                ..Minute::default()
            };
        })
    };
    for idle_load in [0.0, 20.0] {
        let wakes = wakes(idle_load);
        // 994 records/s for each of eight KPUs, as above: 9,000 / 0.75 + 9,000 * (42 + 150) / 600.
        assert_eq!(
            decided(Direction::Out, &resource(8, 600), &wakes),
            Ok(15),
            "{idle_load} records/s before"
        );
    }
}

/// The busy time of an almost idle job is below the resolution of its metric. Its capacity is not taken to be unlimited.
#[test]
fn a_busy_share_of_zero_does_not_suggest_an_unlimited_capacity() {
    // 30 KPUs at an assumed 5 % of the default ceiling, for a target of 75 %.
    assert_eq!(decided(Direction::In, &resource(30, 600), &History::steady(3_000.0, 0.0)), Ok(2));
}

fn minute() -> impl Strategy<Value = Minute> {
    let value = |most: f64| prop::option::weighted(0.95, 0.0..most);
    (value(40_000.0), value(200.0), value(1.0)).prop_map(|(load, lag, busy)| Minute {
        load,
        lag,
        busy,
        throughput: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// For any measurements, the size is within the bounds and in the direction of the alarm, and missing data blocks a scale-in.
    #[test]
    fn any_signals_lead_to_a_valid_size(
        minutes in prop::collection::vec(minute(), 0..60),
        kpus in 1_u32..=32,
        minutes_ago in 0_i64..100,
        out in any::<bool>(),
    ) {
        let history = History { minutes, days: Vec::new(), restart: SignedDuration::from_secs(150) };
        let direction = if out { Direction::Out } else { Direction::In };
        let has = resource(kpus, minutes_ago);
        if let Ok(to) = decided(direction, &has, &history) {
            prop_assert!((1..=32).contains(&to) && direction.leads(kpus, to));
            prop_assert!(minutes_ago >= 5, "the cooldown");
            let last: Vec<&Minute> = history.minutes.iter().rev().take(if out { 2 } else { 10 }).collect();
            prop_assert!(last.iter().all(|minute| minute.lag.is_some()), "{last:?}");
            prop_assert!(out || last.iter().all(|minute| minute.lag <= Some(15.0)), "{last:?}");
        }
    }

    /// More load never leads to fewer KPUs.
    #[test]
    fn more_load_never_needs_fewer_kpus(load in 8_100.0..30_000.0_f64, more in 1.0..3.0_f64) {
        let at = |load: f64| overloaded().lately(3, |_, minute| minute.load = Some(load));
        let has = resource(8, 600);
        let (less, more) = (decided(Direction::Out, &has, &at(load)), decided(Direction::Out, &has, &at(load * more)));
        prop_assert!(more.unwrap_or(8) >= less.unwrap_or(8), "{less:?} {more:?}");
    }
}

/// An additional user alarm may scale out beyond the demand, to the size at its threshold. An additional alarm on a lag only starts the
/// sizing by demand, which also knows the backlog.
#[test]
fn an_additional_alarm_scales_out_as_well() {
    let has = resource(16, 20);
    let catches_up =
        History::steady(9_000.0, 0.95).lately(15, |index, minute| minute.lag = Some(200.0 - 10.0 * index));
    let decided = |is_lag| {
        let breaches = [Breach { value: 90.0, threshold: 60.0, is_additional: true, is_lag }];
        let signals = Signals { breaches: &breaches, ..catches_up.signals() };
        let call = Call::Alarm { direction: Direction::Out };
        decide(&policy(DEMAND), call, &has, &signals, &catches_up.past(), NOW)
    };
    assert!(matches!(decided(false), Decision::Scale { to, .. } if to.units.count() == 24), "16 * 90 / 60");
    assert_eq!(decided(true), Decision::Hold(Reason::CatchingUp));
}
