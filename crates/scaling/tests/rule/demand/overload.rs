//! A job that is saturated at a low utilization: the alarm for scaling in calls, and the rule scales out.

use super::{DEMAND, History, decided, overloaded, policy, resource};
use scaling::{Call, Direction, Reason, direction};

impl History {
    /// Only the throughput is measured, and the load and the lag are derived from it.
    fn derived(mut self) -> Self {
        for minute in &mut self.minutes {
            minute.throughput = minute.load;
        }
        self
    }
}

#[test]
fn an_alarm_for_scaling_in_scales_out_a_job_whose_derived_lag_grows() {
    let has = resource(8, 600);
    let lag = |seconds: f64| {
        let at = move |_, minute: &mut scaling::Minute| minute.lag = Some(seconds);
        overloaded().lately(10, at).derived()
    };
    #[rustfmt::skip]
    let rows = [
        ("a derived load",                      overloaded().derived(),                         has,                Ok(16)),
        ("a derived lag of 20 s",               lag(20.0),                                      has,                Ok(15)),
        ("a derived lag of 19 s",               lag(19.0),                                      has,                Err(Reason::CatchingUp)),
        ("a measured load has a lag alarm",     overloaded(),                                   has,                Err(Reason::CatchingUp)),
        ("at the largest size",                    overloaded().derived(),                         resource(32, 600),  Err(Reason::AtMaximum)),
        ("above the bounds of 1 to 32",  overloaded().derived(),                         resource(40, 600),  Ok(32)),
    ];
    for (case, history, resource, expected) in rows {
        assert_eq!(decided(Direction::In, &resource, &history), expected, "{case}");
    }
}

#[test]
fn the_direction_is_known_before_the_past_is_read() {
    let call = Call::Alarm { direction: Direction::In };
    let of =
        |history: &History, kpus| direction(&policy(DEMAND), call, &resource(kpus, 600), &history.signals());
    assert_eq!(of(&overloaded().derived(), 8), Some(Direction::Out));
    assert_eq!(of(&overloaded(), 8), Some(Direction::In));
    assert_eq!(of(&overloaded().derived(), 40), Some(Direction::In), "bounds take precedence");
}

/// Sixty-five percent of a ceiling of 95 % are 61.75 %.
#[test]
fn a_job_with_a_derived_load_is_not_scaled_in_while_its_utilization_has_peaks() {
    let idle = |busy: f64, minutes: usize| {
        History::steady(3_000.0, 0.25 * 0.95).derived().lately(minutes, move |index, minute| {
            minute.busy = minute.busy.map(|usual| if index < 1.0 { busy } else { usual });
        })
    };
    let has = resource(12, 600);
    #[rustfmt::skip]
    let rows = [
        // peak of the CPU, minutes ago, whether the load is scaled in
        (0.618, 20, false),
        (0.65 * 0.95, 20, true),
        (0.618, 21, true),
        (0.618, 1,  false),
    ];
    for (busy, minutes, is_scaled_in) in rows {
        let expected = if is_scaled_in { Ok(4) } else { Err(Reason::NotCostEffective) };
        assert_eq!(decided(Direction::In, &has, &idle(busy, minutes)), expected, "{busy}, {minutes} min ago");
    }
    let measured = History::steady(3_000.0, 0.25 * 0.95).lately(5, |_, minute| minute.busy = Some(0.7));
    assert_eq!(decided(Direction::In, &has, &measured), Ok(4), "a measured load shows how busy the job is");
}
