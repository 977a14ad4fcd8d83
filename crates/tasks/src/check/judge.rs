//! The order of the calls for another size. Pure.

use super::alarm_set::AlarmSet;
use super::evidence::{Standing, Watched};
use super::job_health::JobHealth;
use super::published_lag::{HighLag, LastingLag};
use crate::{AlarmState, CapacitySource, Policy};
use scaling::{Bounds, Breach, Call, Direction, Reason, Sizing, Units, includes_lag};

/// The observations of `check`.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    /// The alarms. [`missing_readings`] returns the alarms whose data must be read.
    pub alarms: AlarmSet<'a>,
    /// The size of the application or stream.
    pub units: Units,
    /// Whether the resource is stopped. A stopped resource is not scaled into its bounds.
    pub is_stopped: bool,
    /// The bounds that are in force.
    pub bounds: Bounds,
    /// The capacity that the execution was started to request.
    pub requested: Option<Units>,
    /// The health of the job, if it was read: see [`needs_job_health`].
    pub job: Option<JobHealth>,
}

/// The finding of `check`.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// A call for another size.
    Call {
        /// The call.
        call: Call,
        /// The breaching alarms in the call's direction, each with its metric's distance beyond the threshold.
        breaches: Vec<Breach>,
    },
    /// Alarms in this direction are in ALARM, and the data does not confirm them, for this reason.
    Unconfirmed(Direction, Reason),
    /// The resource has the requested capacity.
    HasRequestedCapacity,
    /// Only capacity requests and bounds can call for another size, and neither does.
    RequestsOnly,
    /// Nothing calls for another size.
    Nothing,
}

impl Observed<'_> {
    /// The direction into the bounds, if the size is out of them.
    #[must_use]
    pub fn out_of_bounds(&self) -> Option<Direction> {
        if self.is_stopped { None } else { self.bounds.direction_into_bounds(self.units) }
    }

    /// The requested capacity, unless bounds that lie in the other direction take precedence.
    fn request(&self) -> Option<Units> {
        let into_bounds = self.out_of_bounds();
        let goes_first =
            |units: &Units| into_bounds.is_none() || into_bounds == Direction::between(self.units, *units);
        self.requested.filter(goes_first)
    }
}

/// Returns the call for another size, unless the job restarts in a loop: its metrics then show the restarts and not the load, and an
/// update would fail to take a snapshot of it. The order of the calls:
///
/// 1. A capacity request, unless the bounds lie in the other direction. A request for less than the present size includes whether there is
///    a backlog.
/// 2. A size above the bounds, including whether there is a backlog to process first.
/// 3. If the policy takes requests only: a size below the bounds, and no alarm.
/// 4. Alarms for scaling out. Any of them calls.
/// 5. A size below the bounds.
/// 6. Alarms for scaling out that are in ALARM without data that confirms them: while one of them may be right, nothing is scaled in.
/// 7. Alarms for scaling in. All of them must call, the metrics of the alarms for scaling out must be known and low, and a lag that the
///    application publishes must be neither high nor rising.
///
/// If the size follows the demand, a published lag that lasts scales out before 7: the job is saturated, and the alarm on its utilization does
/// not show it.
#[must_use]
pub fn called_for(policy: &Policy, observed: &Observed<'_>) -> Finding {
    let finding = called(policy, observed);
    let restarts = observed.job.is_some_and(|job| job.restart_loop.is_some());
    match finding {
        Finding::Call { call, .. } if restarts => {
            Finding::Unconfirmed(call.found_direction(), Reason::RestartLoop)
        }
        Finding::Unconfirmed(direction, Reason::NoFreshData | Reason::CatchingUp) if restarts => {
            Finding::Unconfirmed(direction, Reason::RestartLoop)
        }
        finding => finding,
    }
}

/// Whether the health of the job must be read: something calls for another size of a resource with a job. The first reading of an alarm's
/// metric reads it as well, by the same call.
#[must_use]
pub fn needs_job_health(policy: &Policy, observed: &Observed<'_>) -> bool {
    let is_open = || !missing_readings(policy, observed).is_empty();
    policy.kind().has_job
        && observed.job.is_none()
        && (is_open() || matches!(called(policy, observed), Finding::Call { .. }))
}

/// The call for another size of a job that runs.
fn called(policy: &Policy, observed: &Observed<'_>) -> Finding {
    let alarms = &observed.alarms;
    if let Some(units) = observed.request() {
        let Some(direction) = Direction::between(observed.units, units) else {
            return Finding::HasRequestedCapacity;
        };
        // A breaching alarm may also lift a guard, as a lag alarm does. If bounds that have changed meanwhile lead the request in after
        // all, there was a backlog.
        let (breaches, backlog) = match direction {
            Direction::Out => (breaches(&alarms.outs, direction), true),
            Direction::In => (Vec::new(), has_backlog(policy, observed)),
        };
        return Finding::Call { call: Call::CapacityRequest { direction, units, backlog }, breaches };
    }
    let into_bounds = observed.out_of_bounds();
    let bounds = |direction, backlog| Finding::Call {
        call: Call::Bounds { direction, backlog },
        breaches: Vec::new(),
    };
    if into_bounds == Some(Direction::In) {
        return bounds(Direction::In, has_backlog(policy, observed));
    }
    if policy.capacity_source == CapacitySource::RequestsOnly {
        return into_bounds.map_or(Finding::RequestsOnly, |direction| bounds(direction, false));
    }
    match (alarms.call_for_out(), into_bounds) {
        (Standing::For, _) => {
            let mut breaches = breaches(&alarms.outs, Direction::Out);
            breaches.extend(lasting_lag(policy, observed).map(LastingLag::breach));
            return alarm(Direction::Out, breaches);
        }
        (_, Some(direction)) => return bounds(direction, false),
        (Standing::Unconfirmed(reason), None) => return Finding::Unconfirmed(Direction::Out, reason),
        (Standing::Against, None) => {}
    }
    if let Some(lag) = lasting_lag(policy, observed) {
        return alarm(Direction::Out, vec![lag.breach()]);
    }
    match scale_in(policy, observed) {
        Standing::For => alarm(Direction::In, breaches(&alarms.ins, Direction::In)),
        Standing::Unconfirmed(reason) => Finding::Unconfirmed(Direction::In, reason),
        Standing::Against => Finding::Nothing,
    }
}

fn alarm(direction: Direction, breaches: Vec<Breach>) -> Finding {
    Finding::Call { call: Call::Alarm { direction }, breaches }
}

/// The published lag that scales out by demand, also if no alarm does. An alarm on a lag shows it already.
pub(crate) fn lasting_lag(policy: &Policy, observed: &Observed<'_>) -> Option<LastingLag> {
    let by_demand = matches!(policy.scaling.sizing, Sizing::Demand(_));
    let is_shown = includes_lag(&breaches(&observed.alarms.outs, Direction::Out));
    observed.job.and_then(|job| job.lasting_lag).filter(|_| by_demand && !is_shown)
}

/// The alarms whose data [`called_for`] needs next, by their index in [`AlarmSet::watched`]. Most checks find no alarm in ALARM and need
/// none. The caller asks again after each reading.
#[must_use]
pub fn missing_readings(policy: &Policy, observed: &Observed<'_>) -> Vec<usize> {
    let alarms = &observed.alarms;
    let is_unread =
        |index: &usize| alarms.watched().nth(*index).is_some_and(|watched| watched.reading.is_none());
    let in_alarm = |watched: &[Watched<'_>], offset: usize| -> Vec<usize> {
        let indices = watched.iter().enumerate().filter(|(_, one)| one.state == AlarmState::Alarm);
        indices.map(|(index, _)| index + offset).filter(is_unread).collect()
    };
    let outs_in_alarm = || in_alarm(&alarms.outs, 0);
    let all_outs = || (0..alarms.outs.len()).filter(is_unread).collect();
    if let Some(units) = observed.request() {
        return match Direction::between(observed.units, units) {
            Some(Direction::Out) => outs_in_alarm(),
            Some(Direction::In) => all_outs(),
            None => Vec::new(),
        };
    }
    match observed.out_of_bounds() {
        Some(Direction::In) => return all_outs(),
        _ if policy.capacity_source == CapacitySource::RequestsOnly => return Vec::new(),
        Some(Direction::Out) => return outs_in_alarm(),
        None => {}
    }
    let outs = outs_in_alarm();
    if !outs.is_empty() || alarms.call_for_out() != Standing::Against {
        return outs;
    }
    let ins = in_alarm(&alarms.ins, alarms.outs.len());
    if !ins.is_empty() || alarms.call_for_in() != Standing::For {
        return ins;
    }
    alarms.guards_of_in(policy).map(|(index, _)| index).filter(is_unread).collect()
}

/// The result for a scale-in: all alarms for scaling in must call. An alarm for scaling out that is OK may have no data. So its metric must
/// be known to be low, unless the first alarm for scaling in watches the same metric. A published lag must not be high.
pub(crate) fn scale_in(policy: &Policy, observed: &Observed<'_>) -> Standing {
    let alarms = &observed.alarms;
    let called = alarms.call_for_in();
    if called != Standing::For {
        return called;
    }
    let guards = alarms.guards_of_in(policy);
    let low = guards.map(|(index, limit)| alarms.outs[index].allows_scale_in(limit));
    let lag = published_lag(observed).map(|_| Standing::Against);
    Standing::all(std::iter::once(called).chain(low).chain(lag))
}

/// The published lag that allows no scale-in, if there is one.
pub(crate) fn published_lag(observed: &Observed<'_>) -> Option<HighLag> {
    observed.job.and_then(|job| job.lag)
}

/// Whether there is a backlog that the application does not keep up with, or the backlog is uncertain.
pub(crate) fn has_backlog(policy: &Policy, observed: &Observed<'_>) -> bool {
    observed.alarms.has_backlog(policy) || published_lag(observed).is_some()
}

fn breaches(watched: &[Watched<'_>], direction: Direction) -> Vec<Breach> {
    watched.iter().filter_map(|one| one.breach(direction)).collect()
}
