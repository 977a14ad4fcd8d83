//! Each threshold of sizing by demand: the case at it, and the case just beyond it.

use super::{DEMAND, History, NOW, decided, idle, policy, resource};
use crate::world::decide;
use jiff::SignedDuration;
use scaling::{Call, Decision, Demand, Direction, Minute, Reason, Resource};

/// The new size with another demand, or the reason to hold.
fn decided_by(demand: Demand, resource: &Resource, history: &History) -> Result<u32, Reason> {
    let call = Call::Alarm { direction: Direction::In };
    match decide(&policy(demand), call, resource, &history.signals(), &history.past(), NOW) {
        Decision::Scale { to, .. } => Ok(to.units.count()),
        Decision::Hold(reason) => Err(reason),
    }
}

/// A history with updates that take a minute, during which the lag objective of 80 s is not violated.
fn quick(history: History) -> History {
    History { restart: SignedDuration::from_secs(60), ..history }
}

/// Of five KPUs, 1.25 are needed, which wastes a sixteenth of a KPU-hour a minute. The price of a restart is two KPU-hours.
#[test]
fn a_scale_in_needs_a_waste_of_exactly_the_restart_price() {
    let mut quiet = History::steady(937.5, 0.1875);
    for minute in &mut quiet.minutes[100..103] {
        (minute.lag, minute.busy) = (Some(90.0), Some(1.0)); // The whole CPU is the ceiling.
    }
    let demand = Demand { restart_price: 0.4, ..DEMAND };
    for (minutes_ago, expected) in [(32, Err(Reason::NotCostEffective)), (33, Ok(2))] {
        assert_eq!(
            decided_by(demand, &resource(5, minutes_ago), &quick(quiet.clone())),
            expected,
            "{minutes_ago} min"
        );
    }
}

/// A smaller size of one KPU saves as many KPU-hours as hours pass until the load rises. A restart costs half of its price.
#[test]
fn a_scale_in_saves_at_least_the_cost_of_its_restart() {
    let rises_at = |hour_of_rise: usize| {
        let load = move |hour: usize| if (8..hour_of_rise).contains(&hour) { 500.0 } else { 9_000.0 };
        let mut history = quick(History::steady(500.0, 0.25 * 0.95)).week(8, load);
        let end = history.days.len();
        for day in 0..7 {
            history.days[end - day * 288 - 12..end - day * 288].fill(Some(500.0));
        }
        history
    };
    let two = resource(2, 600);
    for (restart_price, hour, expected) in
        [(2.0, 10, Ok(1)), (2.01, 10, Err(Reason::NotCostEffective)), (2.01, 11, Ok(1)), (2.99, 11, Ok(1))]
    {
        let demand = Demand { restart_price, ..DEMAND };
        assert_eq!(decided_by(demand, &two, &rises_at(hour)), expected, "{restart_price} until {hour}:00");
    }
}

/// Ten KPUs have a load for five. Their waste of a day pays for a long restart, unless the past days need them again.
#[test]
fn a_waste_of_a_day_counts_unless_the_load_is_expected_to_rise() {
    let steady =
        || History { restart: SignedDuration::from_secs(330), ..History::steady(3_700.0, 0.37 * 0.95) };
    // Six KPUs save a third of four times 899 or 999 KPU-minutes: 20.0 or 22.2 KPU-hours. The restart costs 20.5.
    for (minutes_ago, expected) in [(900, Err(Reason::NotCostEffective)), (1_000, Ok(6)), (1_400, Ok(6))] {
        let found = decided(Direction::In, &resource(10, minutes_ago), &steady().week(8, |_| 3_700.0));
        assert_eq!(found, expected, "{minutes_ago} minutes");
    }
    let ten = resource(10, 1_400);
    let rises = steady().week(8, |hour| if (11..20).contains(&hour) { 9_000.0 } else { 3_700.0 });
    assert_eq!(decided(Direction::In, &ten, &rises), Err(Reason::NotCostEffective));
}

/// The forecast of 3,000 records per second is exactly the load that four KPUs carry.
#[test]
fn a_size_carries_a_forecast_up_to_its_target_utilization() {
    let has = resource(12, 600);
    let expected = |load: f64| decided(Direction::In, &has, &quick(idle()).week(8, move |_| load));
    assert_eq!(expected(3_000.0), Ok(4));
}

/// Without the newest loads, the size for the highest load is known.
#[test]
fn a_size_that_is_needed_is_kept_without_the_newest_loads() {
    let without =
        |load: f64| History::steady(load, 0.95 * load / 4_000.0).lately(2, |_, minute| minute.load = None);
    let four = resource(4, 600);
    assert_eq!(decided(Direction::In, &four, &without(3_000.0)), Err(Reason::NotCostEffective));
    assert_eq!(decided(Direction::In, &four, &without(1_000.0)), Err(Reason::NoFreshData));
}

/// A change whole minutes ago is known by these minutes.
#[test]
fn each_direction_needs_a_number_of_minutes_since_the_last_change() {
    let two = History::steady(500.0, 0.25 * 0.95);
    let eager = Demand { restart_price: 0.05, ..DEMAND };
    for (minutes_ago, expected) in [(9, Err(Reason::NoFreshData)), (10, Ok(1))] {
        assert_eq!(decided_by(eager, &resource(2, minutes_ago), &quick(two.clone())), expected);
    }
}

/// Eight KPUs that carry 8,000 records per second have a backlog and a load. What they have to spare works it off within ten minutes.
#[test]
fn a_backlog_that_is_worked_off_within_the_catch_up_time_needs_no_scale_out() {
    let behind = |lag: f64| {
        History::steady(6_000.0, 0.715).lately(30, move |_, minute| {
            *minute = Minute { load: Some(4_000.0), lag: Some(lag), busy: Some(0.475), throughput: None };
        })
    };
    for (lag, expected) in [(10.0, Err(Reason::CatchingUp)), (15.0, Err(Reason::CatchingUp))] {
        assert_eq!(decided(Direction::Out, &resource(8, 600), &behind(lag)), expected, "{lag}");
    }
}

/// A load is derived from the throughput. A saturated job has a lag of at least 20 s.
#[test]
fn a_derived_load_scales_out_from_a_lag_of_20_seconds_on_and_triples_within_30_minutes() {
    let saturated = |lag: f64| {
        History::steady(6_000.0, 0.715).lately(10, move |_, minute| {
            let throughput = Some(8_000.0);
            *minute = Minute { load: Some(8_300.0), lag: Some(lag), busy: Some(0.95), throughput };
        })
    };
    for (lag, minutes_ago, expected) in
        [(19.9, 31, Err(Reason::CatchingUp)), (20.0, 31, Ok(14)), (20.0, 30, Ok(14)), (20.0, 29, Ok(24))]
    {
        let found = decided(Direction::Out, &resource(8, minutes_ago), &saturated(lag));
        assert_eq!(found, expected, "{lag} s, {minutes_ago} minutes");
    }
}

/// A saturated minute shows the capacity. The size that follows from two minutes waits for the cooldown.
#[test]
fn a_scale_out_needs_two_minutes_since_the_last_change() {
    let saturated = History::steady(9_000.0, 0.95).lately(10, |_, minute| minute.lag = Some(10.0));
    for (minutes_ago, expected) in [(1, Err(Reason::NoFreshData)), (2, Err(Reason::CoolingDown)), (5, Ok(13))]
    {
        let found = decided(Direction::Out, &resource(8, minutes_ago), &saturated);
        assert_eq!(found, expected, "{minutes_ago} minutes");
    }
}
