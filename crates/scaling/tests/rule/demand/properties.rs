//! The size by demand for any measurements.

use super::{History, decided, overloaded, resource};
use jiff::SignedDuration;
use proptest::prelude::*;
use scaling::{Direction, Minute};

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
