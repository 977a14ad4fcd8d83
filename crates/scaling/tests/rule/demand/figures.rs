//! The figures behind a size by demand, and their words.

use super::{DEMAND, History, idle, overloaded, policy, resource};
use crate::guards::doubling;
use crate::world;
use scaling::{DemandFigures, Direction, Minute};

fn figures(direction: Direction, history: &History) -> DemandFigures {
    let (has, signals) = (resource(8, 600), history.signals());
    policy(DEMAND).demand_figures(direction, &has, &signals, &history.days).unwrap()
}

#[test]
fn the_figures_of_each_direction_have_its_load_and_its_forecast() {
    let week = || overloaded().week(8, |hour| if hour == 9 { 12_000.0 } else { 9_000.0 });
    // The highest mean of two minutes counts for a scale-in, and the load of ten hours ahead for neither direction.
    let burst =
        week().lately(20, |index, minute| minute.load = Some(if index < 1.0 { 13_000.0 } else { 9_000.0 }));
    let out = figures(Direction::Out, &burst);
    assert_eq!((out.load, out.lag_seconds, out.forecast), (9_000.0, Some(70.0), Some(12_000.0)));
    let r#in = figures(Direction::In, &burst);
    assert_eq!((r#in.load, r#in.lag_seconds, r#in.forecast), (11_000.0, Some(70.0), Some(12_000.0)));
    let late = idle().week(8, |hour| if hour == 10 { 6_000.0 } else { 3_000.0 });
    assert_eq!(figures(Direction::Out, &late).forecast, Some(3_000.0), "an hour and a half ahead");
    assert_eq!(figures(Direction::In, &late).forecast, Some(6_000.0), "four hours ahead");
    let falls = idle().week(8, |hour| if (8..20).contains(&hour) { 1_000.0 } else { 9_000.0 });
    let mut low = falls.clone();
    low.days.splice(2_004.., [Some(3_000.0); 12]);
    assert_eq!(figures(Direction::Out, &falls).forecast, Some(1_000.0), "a fall by 8,000");
    assert_eq!(figures(Direction::Out, &low).forecast, Some(0.0), "a load is not negative");
    assert_eq!(figures(Direction::In, &idle()).forecast, None);
}

/// A load that rises in each of three minutes, by half in all, is expected to rise by as much a minute for eight more.
#[test]
fn a_growth_is_fast_from_one_half_in_three_minutes_on() {
    let growing = |loads: [f64; 4]| {
        let minute =
            |load: f64| Minute { load: Some(load), lag: Some(0.0), busy: Some(0.5), throughput: None };
        let mut history = History::steady(loads[0], 0.5);
        history.minutes.truncate(1_436);
        history.minutes.extend(loads.map(minute));
        figures(Direction::Out, &history).load
    };
    for (loads, expected) in [
        ([300.0, 350.0, 400.0, 450.0], 850.0), // 450 + 8 * 50
        ([300.0, 350.0, 400.0, 449.0], 424.5), // the mean of two minutes
        ([300.0, 400.0, 400.0, 450.0], 425.0),
        ([300.0, 500.0, 400.0, 450.0], 425.0),
        ([300.0, 600.0, 900.0, 1_200.0], 3_600.0),
    ] {
        assert!((growing(loads) - expected).abs() < 1e-9, "{loads:?}: {}", growing(loads));
    }
}

#[test]
fn figures_are_written_with_their_units() {
    let all = DemandFigures {
        load: 9_000.4,
        capacity_per_kpu: Some(993.75),
        lag_seconds: Some(9.876),
        forecast: Some(10.0),
    };
    let none = DemandFigures { load: 9.996, capacity_per_kpu: None, lag_seconds: None, forecast: None };
    for (figures, words) in [
        (all, "load 9000, capacity 994 per KPU, backlog of 9.88 s, forecast 10"),
        (DemandFigures { forecast: Some(10.04), ..none }, "load 10, forecast 10"),
        (DemandFigures { load: 0.5, ..none }, "load 0.5"),
    ] {
        assert_eq!(figures.to_string(), words);
    }
}

#[test]
fn a_policy_that_sizes_in_another_way_has_no_figures() {
    let history = idle();
    let figures =
        world::policy(doubling()).demand_figures(Direction::Out, &resource(8, 600), &history.signals(), &[]);
    assert_eq!(figures, None);
}
