//! Sizing by demand: the size for a load, a lag and a utilization.

mod capacity;
mod figures;
mod forecast;
mod peaks;
mod properties;
mod scale_in;
mod scale_out;
mod thresholds;

use crate::world::{self, decide, running};
use jiff::{SignedDuration, Timestamp};
use scaling::{
    Call, Decision, Demand, Direction, Minute, Past, PerDirection, Policy, Reason, Resource, Signals, Sizing,
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

/// A load that four of twelve KPUs can process.
fn idle() -> History {
    History::steady(3_000.0, 0.25 * 0.95)
}
