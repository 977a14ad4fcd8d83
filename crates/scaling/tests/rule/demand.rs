//! Sizing by demand: what it makes of a load, a lag and a utilisation.

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

/// A day of minutes, and what went before.
#[derive(Debug, Clone)]
struct History {
    minutes: Vec<Minute>,
    days: Vec<Option<f64>>,
    restart: SignedDuration,
}

impl History {
    /// A day of this load without any lag, on an application that is so busy.
    fn steady(load: f64, busy: f64) -> Self {
        let minute = Minute { load: Some(load), lag: Some(0.0), busy: Some(busy) };
        Self { minutes: vec![minute; 1_440], days: Vec::new(), restart: SignedDuration::from_secs(150) }
    }

    /// The last minutes, each of them changed.
    fn lately(mut self, count: usize, change: impl Fn(f64, &mut Minute)) -> Self {
        let from = self.minutes.len() - count;
        let mut index = 0.0;
        for minute in &mut self.minutes[from..] {
            change(index, minute);
            index += 1.0;
        }
        self
    }

    /// A week, five minutes by five minutes, by the hour of the day; it ends at this hour.
    fn week(mut self, until: usize, load: impl Fn(usize) -> f64) -> Self {
        let hour = |five: usize| (until + 24 * 7 - (2_016 - five).div_ceil(12)) % 24;
        self.days = (0..2_016).map(|five| Some(load(hour(five)))).collect();
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

/// An application of this size, last changed so many minutes ago.
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

/// The size decided upon, or the reason for none.
fn decided(direction: Direction, resource: &Resource, history: &History) -> Result<u32, Reason> {
    let call = Call::Alarm { direction };
    match decide(&policy(DEMAND), call, resource, &history.signals(), &history.past(), NOW) {
        Decision::Scale { to, .. } => Ok(to.units.count()),
        Decision::Hold(reason) => Err(reason),
    }
}

/// Source: the autoscaler of the Flink Kubernetes operator: a load of 10,000 records/s and a backlog of 1.8 million, to be caught
/// up with in half an hour after a restart of five minutes, at a utilisation of 0.7. Eight subtasks process 12,000 of
/// them, so that twelve are needed.
#[test]
fn the_capacity_needed_is_that_of_the_flink_operator() {
    let demand = Demand { target_out: 0.7, catch_up: SignedDuration::from_mins(30), ..DEMAND };
    let needed = demand.needed(10_000.0, 1_800_000.0, SignedDuration::from_mins(5));
    assert!((needed - 16_952.4).abs() < 0.1, "{needed}");
    assert!((11.0..12.0).contains(&(8.0 * needed / 12_000.0)), "twelve of them hold it");
}

/// Eight KPUs that can process 8,000 records per second get 9,000, and fall behind.
fn overloaded() -> History {
    History::steady(6_000.0, 0.715).lately(10, |index, minute| {
        *minute = Minute { load: Some(9_000.0), lag: Some(7.0 * (index + 1.0)), busy: Some(0.95) };
    })
}

#[test]
fn out_goes_to_what_the_load_needs() {
    let has = resource(8, 600);
    // A capacity of 9,000 * (1 - 7/60) / 8 = 994 for each KPU; needed are 9,000 / 0.75 + 9,000 * (70 + 150) / 600.
    assert_eq!(decided(Direction::Out, &has, &overloaded()), Ok(16));
    let gaps = overloaded().lately(8, |index, minute| minute.load = minute.load.filter(|_| index > 6.0));
    assert_eq!(
        decided(Direction::Out, &resource(8, 9), &gaps),
        Ok(16),
        "a minute that is missing is like the last one known"
    );
    let slower = History { restart: SignedDuration::from_secs(600), ..overloaded() };
    assert_eq!(decided(Direction::Out, &has, &slower), Ok(23), "what a long restart lets pile up needs more");
    let week = overloaded().week(8, |hour| if hour == 8 { 18_000.0 } else { 9_000.0 });
    // It is believed to grow by 1.6 at most: 9,000 * 1.6 / 0.75.
    assert_eq!(decided(Direction::Out, &has, &week), Ok(20), "at this time of the day, the load doubles");
}

/// 600, 2,400, 4,200 and 6,000 records per second arrive in the last minutes, and one KPU can process 1,000. In eight minutes it will be
/// 20,400, if it goes on like that.
#[test]
fn a_load_that_grows_fast_is_sized_for_what_it_will_be() {
    let growing = |rise: f64| {
        History::steady(600.0, 0.57).lately(3, |index, minute| {
            let load = 600.0 + rise * (index + 1.0);
            *minute = Minute { load: Some(load), lag: Some(20.0 * (index + 1.0)), busy: Some(0.95) };
        })
    };
    let one = resource(1, 600);
    let fast = decided(Direction::Out, &one, &growing(1_800.0)).unwrap();
    assert!((27..=32).contains(&fast), "{fast}");
    // The same minutes in another order are no growth: two minutes' mean is what counts.
    let wavering = growing(1_800.0).lately(1, |_, minute| minute.load = Some(4_000.0));
    let sized = decided(Direction::Out, &one, &wavering).unwrap();
    assert!((5..=12).contains(&sized), "{sized}");
    let slow = decided(Direction::Out, &one, &growing(90.0)).unwrap_or(1);
    assert!(slow <= 4, "a rise of less than half is no such growth: {slow}");
}

#[test]
fn a_job_that_works_off_what_waits_is_left_alone() {
    let has = resource(16, 20);
    let catches_up = History::steady(9_000.0, 0.95).lately(15, |index, minute| {
        minute.lag = Some(200.0 - 10.0 * index);
    });
    assert_eq!(decided(Direction::Out, &has, &catches_up), Err(Reason::CatchingUp));
    let too_slowly = catches_up.lately(15, |index, minute| minute.lag = Some(4_000.0 - 2.0 * index));
    assert!(decided(Direction::Out, &has, &too_slowly).is_ok_and(|kpus| kpus > 16));
}

/// A job that waits for others tops out at 55 % of its processor. What it was while lag stood is full for it.
#[test]
fn the_ceiling_of_a_job_that_waits_for_others_is_learned() {
    let seen = |count: usize| {
        let mut history = History::steady(4_000.0, 0.44);
        for minute in &mut history.minutes[100..100 + count] {
            *minute = Minute { load: Some(5_000.0), lag: Some(90.0), busy: Some(0.55) };
        }
        history
    };
    let has = resource(10, 1_000);
    // Busy at 0.44 of 0.55 it is at 80 %, and 4,000 records need all ten KPUs at 75 %; at 0.44 of 0.95 they seem to need seven.
    assert_eq!(decided(Direction::In, &has, &seen(3)), Err(Reason::NotCostEffective));
    assert_eq!(decided(Direction::In, &has, &seen(2)), Ok(7));
}

/// What arrives in a minute may differ from the next by a factor of eight: what was processed while records waited is known all the same.
#[test]
fn the_capacity_of_a_job_that_lags_is_learned_from_a_noisy_load_as_well() {
    let (low, high, capacity) = (2_000.0, 16_000.0, 8_000.0);
    let arrived = |minute: f64| {
        let (pairs, rest) = ((minute / 2.0).floor(), minute % 2.0);
        pairs * (low + high) + rest.min(1.0) * low + (rest - 1.0).max(0.0) * high
    };
    // Until the last dozen minutes it keeps up. Then it has waited for the first of them.
    let lag = |middle: f64| {
        let processed = capacity * (middle - 1.0);
        let arrival = (0..1_200).map(|step| f64::from(step) / 100.0).find(|time| arrived(*time) >= processed);
        (middle - arrival.unwrap()) * 60.0
    };
    let noisy = History::steady(6_000.0, 0.715).lately(12, |index, minute| {
        let load = if index % 2.0 == 0.0 { low } else { high };
        *minute = Minute { load: Some(load), lag: Some(lag(index + 0.5).max(0.0)), busy: Some(0.95) };
    });
    let needed = decided(Direction::Out, &resource(8, 600), &noisy);
    // 1,000 for each KPU, of a load of 9,000; the lag of the last minute is worked off as well.
    let (load, last) = (9_000.0, lag(11.5));
    let expected = DEMAND.needed(load, load * last, SignedDuration::from_secs(150)) / 1_000.0;
    assert!(
        needed.is_ok_and(|kpus| (f64::from(kpus) - expected).abs() <= 1.0),
        "{needed:?} for {expected}, after a lag of {last}"
    );
}

/// Twelve KPUs for what four can do, for as long as it takes to pay.
fn idle() -> History {
    History::steady(3_000.0, 0.25 * 0.95)
}

#[test]
fn a_step_in_waits_until_it_pays() {
    for (minutes_ago, expected) in [
        (9, Err(Reason::NoFreshData)),
        (30, Err(Reason::NotCostEffective)),
        (58, Err(Reason::NotCostEffective)),
        (65, Ok(4)),
        (600, Ok(4)),
    ] {
        // Eight of them are not needed: after an hour they have cost eight KPU-hours, which is the price of a restart.
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
        "one KPU is worth a small job's restart"
    );
}

/// A restart costs the minutes for which the lag is out of its objective, until it has caught up: with the size that is left.
#[test]
fn a_step_in_pays_for_the_lag_that_it_brings() {
    let has = resource(12, 600);
    let with = |seconds: i64| History { restart: SignedDuration::from_secs(seconds), ..idle() };
    // The objective is 80 s. What is saved in four hours, less 8 * (0.5 + 0.2 for each minute): with five KPUs 28 - 18.7, with four 32 - 27.5.
    assert_eq!(decided(Direction::In, &has, &with(300)), Ok(5), "what has piled up is worked off sooner");
    assert_eq!(decided(Direction::In, &has, &with(600)), Err(Reason::NotCostEffective), "no size pays");
    let tolerant = with(600);
    let signals = Signals { lag_threshold: 150.0, ..tolerant.signals() };
    let call = Call::Alarm { direction: Direction::In };
    let decision = decide(&policy(DEMAND), call, &has, &signals, &tolerant.past(), NOW);
    assert!(
        matches!(decision, Decision::Scale { to, .. } if to.units.count() == 4),
        "ten minutes are allowed"
    );
}

#[test]
fn nothing_is_scaled_in_on_a_backlog_or_without_data() {
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

/// What a step in would save ends when the load is expected to need the KPUs again.
#[test]
fn a_step_in_looks_at_what_the_load_did_on_the_past_days() {
    let has = resource(12, 600);
    let rises_at =
        |rise: usize| idle().week(8, move |hour| if (rise..20).contains(&hour) { 12_000.0 } else { 3_000.0 });
    assert_eq!(decided(Direction::In, &has, &rises_at(14)), Ok(4), "four hours of eight KPUs pay");
    assert_eq!(decided(Direction::In, &has, &rises_at(8)), Err(Reason::NotCostEffective), "it rises at once");
    let falls = idle().week(8, |hour| if (8..20).contains(&hour) { 1_000.0 } else { 3_000.0 });
    assert_eq!(decided(Direction::In, &has, &falls), Ok(4), "never to less than the load of now needs");
}

/// A load that is steady and needs five of ten KPUs for ever, and its job takes the lag out of its objective for long.
#[test]
fn what_has_lasted_for_most_of_a_day_is_believed_to_go_on() {
    let steady = History { restart: SignedDuration::from_secs(330), ..History::steady(3_700.0, 0.37 * 0.95) };
    assert_eq!(decided(Direction::In, &resource(10, 700), &steady), Err(Reason::NotCostEffective));
    assert!(decided(Direction::In, &resource(10, 1_400), &steady).is_ok_and(|kpus| kpus < 10));
}

/// For an hour next to nothing has come in. That it will be so for hours is believed only where the past days do not know better.
#[test]
fn a_source_that_falls_silent_is_expected_back() {
    let has = resource(12, 600);
    let silent = || idle().lately(60, |_, minute| (minute.load, minute.busy) = (Some(10.0), Some(0.06)));
    let usual = silent().week(8, |_| 9_000.0);
    let silent_now = |mut history: History| {
        for five in history.days.iter_mut().rev().take(12) {
            *five = Some(10.0);
        }
        history
    };
    let kept = decided(Direction::In, &has, &silent_now(usual));
    assert!(kept.map_or(true, |kpus| kpus >= 9), "{kept:?}: nine of them carry what is usual");
    assert!(decided(Direction::In, &has, &silent()).is_ok_and(|kpus| kpus <= 2), "nothing speaks for more");
}

/// A gap in what the past days tell does not hide what comes after it.
#[test]
fn what_no_past_day_tells_of_does_not_hide_what_comes_next() {
    let mut history = idle().week(8, |hour| if (9..20).contains(&hour) { 12_000.0 } else { 3_000.0 });
    let fives = history.days.len();
    for day in 1..=6 {
        history.days[fives - day * 288] = None;
    }
    assert_eq!(
        decided(Direction::In, &resource(12, 600), &history),
        Err(Reason::NotCostEffective),
        "it rises in an hour"
    );
}

/// A job that was idle is busy with itself: what it processes while records wait says what it can do.
#[test]
fn the_minutes_of_an_idle_job_do_not_tell_its_capacity() {
    let wakes = |idle_load: f64| {
        History::steady(idle_load, 0.06).lately(6, |index, minute| {
            *minute = Minute { load: Some(9_000.0), lag: Some(7.0 * (index + 1.0)), busy: Some(0.95) };
        })
    };
    for idle_load in [0.0, 20.0] {
        let wakes = wakes(idle_load);
        // 994 for each of eight KPUs, as above: 9,000 / 0.75 + 9,000 * (42 + 150) / 600.
        assert_eq!(
            decided(Direction::Out, &resource(8, 600), &wakes),
            Ok(15),
            "{idle_load} records/s before"
        );
    }
}

fn minute() -> impl Strategy<Value = Minute> {
    let value = |most: f64| prop::option::weighted(0.95, 0.0..most);
    (value(40_000.0), value(200.0), value(1.0)).prop_map(|(load, lag, busy)| Minute { load, lag, busy })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever was measured: within the bounds, in the direction that was asked for, not in on what is missing.
    #[test]
    fn no_signals_lead_astray(
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
            prop_assert!(minutes_ago >= 5, "the grace period");
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

/// Any alarm may scale out. One that was added is brought back to its threshold, whatever the demand says; of a lag, the demand knows
/// more.
#[test]
fn an_alarm_that_was_added_scales_out_as_well() {
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
