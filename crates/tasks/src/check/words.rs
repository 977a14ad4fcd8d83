//! The explanation of a finding, in a sentence for users: `$.check.why`.

use super::alarm_set::{AlarmSet, unusable_message};
use super::evidence::{Evidence, Reading, Standing, Watched};
use super::job_health::RESTART_WINDOW;
use super::judge::{Finding, Observed, has_backlog, lasting_lag, published_lag, scale_in};
use crate::coherence::IN_ON_A_LAG;
use crate::{AlarmState, Policy};
use jiff::Timestamp;
use scaling::{Call, Direction, Reason};

/// A sentence, and its result for or against a scaling.
type Said = (Standing, String);

/// The reason why no alarm calls for another size while only capacity requests do.
const ALARMS_ONLY_GUARD: &str =
    "no capacity is requested, and the alarms call for none while ApplicationAutoScaling is on";

/// The explanation of a finding.
pub(crate) fn why(
    finding: &Finding,
    observed: &Observed<'_>,
    policy: &Policy,
    is_changing: bool,
    now: Timestamp,
) -> String {
    let alarms = &observed.alarms;
    match finding {
        Finding::Unconfirmed(_, Reason::RestartLoop) => {
            let restarts = observed.job.and_then(|job| job.restart_loop).unwrap_or_default();
            let minutes = RESTART_WINDOW.as_mins();
            format!("{} ({restarts} restarts within {minutes} minutes)", Reason::RestartLoop)
        }
        Finding::Call { call: Call::CapacityRequest { direction, units, .. }, .. } => {
            let requested = policy.scaling.unit.words(*units);
            let request = format!("{requested} are requested, and it has {}", observed.units.count());
            match direction {
                Direction::Out => request,
                Direction::In => with(request, backlog(observed, policy)),
            }
        }
        Finding::Call { call: Call::Bounds { direction: Direction::In, .. }, .. } => {
            with(out_of_bounds(observed, policy, now), backlog(observed, policy))
        }
        Finding::Call { call: Call::Bounds { direction: Direction::Out, .. }, .. } => {
            out_of_bounds(observed, policy, now)
        }
        Finding::Call { call: Call::Alarm { direction: Direction::Out }, .. } => {
            let lag = lasting_lag(policy, observed).map(|lag| (Standing::For, lag.to_string()));
            let said = of_alarms(alarms, Direction::Out).into_iter().chain(lag).collect();
            let said = decisive(said, Standing::For);
            if observed.out_of_bounds().is_some() {
                format!("{said}, and {}", out_of_bounds(observed, policy, now))
            } else {
                said
            }
        }
        Finding::Call { call: Call::Alarm { direction: Direction::In }, .. } => {
            against_or_for_in(policy, observed)
        }
        Finding::Unconfirmed(Direction::Out, _) => {
            decisive(of_alarms(alarms, Direction::Out), alarms.call_for_out())
        }
        Finding::Unconfirmed(Direction::In, _) => against_or_for_in(policy, observed),
        Finding::HasRequestedCapacity => {
            let changing = if is_changing { ", and is being changed" } else { "" };
            format!("it has the {} that are requested{changing}", policy.scaling.unit.words(observed.units))
        }
        Finding::RequestsOnly => ALARMS_ONLY_GUARD.to_owned(),
        Finding::Nothing => {
            let out = decisive(of_alarms(alarms, Direction::Out), Standing::Against);
            format!("{out}; {}", against_or_for_in(policy, observed))
        }
    }
}

fn with(sentence: String, more: Option<String>) -> String {
    match more {
        Some(more) => format!("{sentence}; {more}"),
        None => sentence,
    }
}

/// The sentences that decide about a scale-in: the alarms for scaling in, and the metrics of the alarms for scaling out.
fn against_or_for_in(policy: &Policy, observed: &Observed<'_>) -> String {
    let alarms = &observed.alarms;
    let called = alarms.call_for_in();
    if called != alarms.ins_together() {
        return IN_ON_A_LAG.to_owned();
    }
    let mut said = of_alarms(alarms, Direction::In);
    if called == Standing::For {
        let guards = alarms.guards_of_in(policy);
        said.extend(guards.filter_map(|(index, limit)| of_guard(&alarms.outs[index], limit)));
        said.extend(of_published_lag(observed));
    }
    decisive(said, scale_in(policy, observed))
}

/// The backlog that the application does not keep up with, or the reason why the backlog is uncertain.
fn backlog(observed: &Observed<'_>, policy: &Policy) -> Option<String> {
    if !has_backlog(policy, observed) {
        return None;
    }
    let alarms = &observed.alarms;
    let guards = alarms.limits(policy).filter_map(|(index, limit)| of_guard(&alarms.outs[index], limit));
    let said: Vec<Said> =
        guards.chain(of_unusable(alarms, Direction::Out)).chain(of_published_lag(observed)).collect();
    let standing = Standing::all(said.iter().map(|(standing, _)| *standing));
    Some(decisive(said, standing))
}

/// The sentences that decide: their result equals the combined result.
fn decisive(said: Vec<Said>, standing: Standing) -> String {
    let decides = |(one, sentence): Said| (one.rank() == standing.rank()).then_some(sentence);
    let sentences: Vec<String> = said.into_iter().filter_map(decides).collect();
    sentences.join(if standing == Standing::For { ", and " } else { "; " })
}

fn of_alarms(alarms: &AlarmSet<'_>, direction: Direction) -> Vec<Said> {
    let watched = if direction == Direction::Out { &alarms.outs } else { &alarms.ins };
    watched.iter().map(of_alarm).chain(of_unusable(alarms, direction)).collect()
}

fn of_alarm(watched: &Watched<'_>) -> Said {
    let alarm = watched.alarm;
    let name = &alarm.name;
    let is = |reading: Reading| format!("{} is {}", alarm.watches(), rounded(reading.newest));
    let beyond = format!("{} {}", alarm.comparison, alarm.threshold);
    let sentence = match watched.evidence() {
        Evidence::NotInAlarm(AlarmState::InsufficientData) => {
            format!("{name} has insufficient data, on which nothing is scaled")
        }
        Evidence::NotInAlarm(_) => format!("{name} is OK"),
        Evidence::NoLongerBreaching(reading) => {
            format!("{name} is still in ALARM, but {}, no longer {beyond}", is(reading))
        }
        Evidence::Unconfirmed(reason) => format!("{name} is in ALARM, but {}", unknown(watched, reason)),
        Evidence::Breaching(reading) => format!("{} {beyond}", is(reading)),
    };
    (watched.standing(), sentence)
}

/// The result of the metric of an alarm for scaling out, for a scale-in. A metric that is low by its own threshold needs no sentence.
fn of_guard(watched: &Watched<'_>, limit: Option<f64>) -> Option<Said> {
    let alarm = watched.alarm;
    let metric = alarm.watches();
    let standing = watched.allows_scale_in(limit);
    let is = match watched.reading {
        Some(Ok(reading)) => rounded(reading.newest),
        _ => f64::NAN,
    };
    let sentence = match (standing, limit) {
        (Standing::Unconfirmed(reason), _) => {
            format!("to scale in, {metric} must be known, but {}", unknown(watched, reason))
        }
        (Standing::Against, Some(limit)) => format!("{metric} is {is}, too much to scale in (> {limit})"),
        (Standing::Against, None) => {
            format!("{metric} is {is}, too much to scale in ({} {})", alarm.comparison, alarm.threshold)
        }
        (Standing::For, Some(limit)) => format!("{metric} is {is} <= {limit}"),
        (Standing::For, None) => return None,
    };
    Some((standing, sentence))
}

/// The reason why no value of the alarm's metric can be used.
fn unknown(watched: &Watched<'_>, reason: Reason) -> String {
    watched.negative.map_or_else(
        || reason.to_string(),
        |value| {
            format!("its value is {value}, and a negative value means unknown; check that the job reads its source")
        },
    )
}

/// The published lag, if it allows no scale-in.
fn of_published_lag(observed: &Observed<'_>) -> Option<Said> {
    published_lag(observed).map(|lag| (Standing::Against, lag.to_string()))
}

fn of_unusable(alarms: &AlarmSet<'_>, direction: Direction) -> impl Iterator<Item = Said> {
    let unusable = if direction == Direction::Out { &alarms.unusable.out } else { &alarms.unusable.r#in };
    let unconfirmed = Standing::Unconfirmed(Reason::NoFreshData);
    unusable.iter().map(move |alarm| (unconfirmed, unusable_message(direction, alarm)))
}

/// Two warnings as one.
pub(crate) fn joined(one: Option<String>, other: Option<String>) -> Option<String> {
    one.into_iter().chain(other).reduce(|before, sentence| format!("{before}; {sentence}"))
}

/// The warning, with the alarms that cannot be used and that the explanation does not name.
pub(crate) fn with_unusable(warning: Option<String>, alarms: &AlarmSet<'_>, why: &str) -> Option<String> {
    let unusable =
        [Direction::Out, Direction::In].into_iter().flat_map(|direction| of_unusable(alarms, direction));
    let sentences = unusable.map(|(_, sentence)| sentence).filter(|sentence| !why.contains(sentence));
    sentences.fold(warning, |before, sentence| joined(before, Some(sentence)))
}

/// A sentence about the size and the bound that it violates.
fn out_of_bounds(observed: &Observed<'_>, policy: &Policy, now: Timestamp) -> String {
    let (units, bounds) = (observed.units, observed.bounds);
    let (than, bound) = match observed.out_of_bounds() {
        Some(Direction::In) => ("more than its maximum", bounds.maximum()),
        Some(Direction::Out) | None => ("fewer than its minimum", bounds.minimum()),
    };
    let by = policy.by_windows(now);
    format!("it has {}, {than} of {}{by}", policy.scaling.unit.words(units), bound.count())
}

/// The value with two decimals. No metric needs more.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
