//! What speaks for a direction: the alarms' states, and the data points that bear them out.

use crate::history::Epoch;
use crate::{Alarm, AlarmState, Alarms, DataPoint, Source, TaskError};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, Direction, Reason};

/// What is known of one alarm, or of several together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Evidence {
    /// The alarm is in ALARM, and the newest usable data point breaches.
    Breaching(String, Vec<Breach>),
    /// The alarm is in ALARM, but nothing bears it out, for this reason.
    Unproven(Reason, String),
    /// The alarm does not ring: it is not in ALARM, or what was measured since the last restart does not breach.
    Silent(String),
}

/// An alarm that is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watched<'a> {
    pub(crate) alarm: &'a Alarm,
    pub(crate) state: AlarmState,
    /// Whether somebody has added it to that of the policy's metric.
    pub(crate) is_additional: bool,
}

/// How late a data point may be published and still be fresh. Metrics come with a delay of a minute or two; those of a
/// broker with more.
const PUBLISHING: SignedDuration = SignedDuration::from_mins(5);

/// Kinesis' lag is -1 until the first record has been read.
const NEVER_NEGATIVE: &str = "millisBehindLatest";

impl Evidence {
    /// Of several alarms, any may ring. A doubt about one counts if none does.
    pub(crate) fn any(all: Vec<Self>) -> Self {
        Self::together(all, |evidence| match evidence {
            Self::Breaching(..) => 0,
            Self::Unproven(..) => 1,
            Self::Silent(_) => 2,
        })
    }

    /// Of several alarms, all must ring. One that does not speaks against it, whatever is in doubt.
    pub(crate) fn all(all: Vec<Self>) -> Self {
        Self::together(all, |evidence| match evidence {
            Self::Silent(_) => 0,
            Self::Unproven(..) => 1,
            Self::Breaching(..) => 2,
        })
    }

    /// Those that weigh most, as one: the lowest rank.
    fn together(all: Vec<Self>, rank: fn(&Self) -> u8) -> Self {
        let lowest = all.iter().map(rank).min();
        let decisive = all.into_iter().filter(|evidence| Some(rank(evidence)) == lowest);
        decisive.reduce(Self::and).unwrap_or(Self::Silent("there is no alarm".to_owned()))
    }

    fn and(self, other: Self) -> Self {
        let joined = |one, other, word: &str| format!("{one}{word}{other}");
        match (self, other) {
            (one, Self::Breaching(said, more)) if said.is_empty() && more.is_empty() => one,
            (Self::Breaching(one, breaches), Self::Breaching(other, more)) => {
                Self::Breaching(joined(one, other, ", and "), [breaches, more].concat())
            }
            (Self::Unproven(reason, one), Self::Unproven(_, other)) => {
                Self::Unproven(reason, joined(one, other, "; "))
            }
            (Self::Silent(one), Self::Silent(other)) => Self::Silent(joined(one, other, "; ")),
            (one, _) => one,
        }
    }
}

/// Weighs an alarm for a direction.
pub(crate) async fn weigh(
    watched: Watched<'_>,
    direction: Direction,
    epoch: &Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Evidence, TaskError> {
    let Watched { alarm, state, is_additional } = watched;
    let name = &alarm.name;
    match state {
        AlarmState::Ok => return Ok(Evidence::Silent(format!("{name} is OK"))),
        AlarmState::InsufficientData => {
            return Ok(Evidence::Silent(format!("{name} has insufficient data, on which nothing is scaled")));
        }
        AlarmState::Alarm => {}
    }
    let seen = match look(alarm, epoch, now, alarms).await? {
        Ok(seen) => seen,
        Err((reason, doubt)) => {
            return Ok(Evidence::Unproven(reason, format!("{name} is in ALARM, but {doubt}")));
        }
    };
    let is = format!("{} is {}", alarm.watches(), rounded(seen.newest));
    let beyond = format!("{} {}", alarm.comparison, alarm.threshold);
    Ok(if alarm.breaches(seen.newest) {
        // Fast out, slow in: more is asked for by the newest value, less by that of the window which asks for the most.
        let value = if direction == Direction::Out { seen.newest } else { seen.mildest_breach };
        let is_lag = alarm.watches_lag();
        let breach = Breach { value, threshold: alarm.threshold, is_additional, is_lag };
        Evidence::Breaching(format!("{is} {beyond}"), vec![breach])
    } else {
        Evidence::Silent(format!("{name} is still in ALARM, but {is}, no longer {beyond}"))
    })
}

/// Weighs a further condition for scaling in: that what an alarm for out watches is known, and at most `limit`, or else not beyond the
/// alarm's own threshold.
pub(crate) async fn weigh_calm(
    watch: &Alarm,
    limit: Option<f64>,
    epoch: &Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Evidence, TaskError> {
    let watched = watch.watches();
    let Seen { newest, .. } = match look(watch, epoch, now, alarms).await? {
        Ok(seen) => seen,
        Err((reason, doubt)) => {
            let why = format!("to scale in, {watched} must be known, but {doubt}");
            return Ok(Evidence::Unproven(reason, why));
        }
    };
    let is = rounded(newest);
    Ok(match limit {
        Some(limit) if newest > limit => {
            Evidence::Silent(format!("{watched} is {is}, too much to scale in (> {limit})"))
        }
        Some(limit) => Evidence::Breaching(format!("{watched} is {is} <= {limit}"), Vec::new()),
        None if watch.breaches(newest) => Evidence::Silent(format!(
            "{watched} is {is}, too much to scale in ({} {})",
            watch.comparison, watch.threshold
        )),
        // That nothing speaks against it goes without saying.
        None => Evidence::Breaching(String::new(), Vec::new()),
    })
}

/// What was measured of a metric since the last restart.
struct Seen {
    newest: f64,
    /// Of the values that the alarm looks at, the one that is least beyond its threshold; the newest, if none is.
    mildest_breach: f64,
}

/// Why a value is not known.
type Doubt = (Reason, String);

/// The usable values of what an alarm watches, or why there are none.
async fn look(
    alarm: &Alarm,
    epoch: &Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Result<Seen, Doubt>, TaskError> {
    let since = match epoch {
        Epoch::NotYet(reason) => return Ok(Err((*reason, reason.to_string()))),
        Epoch::Since(restart) => *restart,
        Epoch::Ever => Timestamp::MIN,
    };
    let oldest = oldest_looked_at(alarm, now).max(since);
    let fresh = oldest_fresh(alarm, now).max(since);
    let points = alarms.data_points(alarm, oldest, now).await?;
    let mut usable: Vec<DataPoint> = points;
    usable.retain(|point| is_usable(alarm, point, oldest, now));
    usable.sort_by_key(|point| std::cmp::Reverse(point.start));
    usable.truncate(usize::try_from(alarm.evaluation_periods).unwrap_or(usize::MAX));
    let reason = Reason::NoFreshData;
    let newest = usable.first().filter(|point| point.start >= fresh).map(|point| point.value);
    // A stream to which nobody writes may publish nothing: so it is, if there is nothing in all that the alarm looks at, and that began
    // early enough for a data point to have come.
    let window = now.duration_since(oldest);
    let is_idle = usable.is_empty()
        && alarm.watches_writes()
        && window >= alarm.period.saturating_add(PUBLISHING)
        && knows_the_shards(alarm, fresh, now, alarms).await?;
    let Some(newest) = newest.or(is_idle.then_some(0.0)) else {
        return Ok(Err((reason, reason.to_string())));
    };
    let milder = if alarm.comparison.is_above() { f64::min } else { f64::max };
    let breaches = usable.iter().map(|point| point.value).filter(|value| alarm.breaches(*value));
    Ok(Ok(Seen { newest, mildest_breach: breaches.reduce(milder).unwrap_or(newest) }))
}

/// Whether the number of shards, which an alarm on the utilisation of a stream reckons with, is published: without it there is no
/// utilisation, however much is written.
async fn knows_the_shards(
    alarm: &Alarm,
    fresh: Timestamp,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<bool, TaskError> {
    let Some(query) = alarm.shards() else { return Ok(true) };
    let name = format!("{}, its shards", alarm.name);
    let shards = Alarm { name, queries: vec![query], ..alarm.clone() };
    let points = alarms.data_points(&shards, fresh, now).await?;
    Ok(points.iter().any(|point| is_usable(&shards, point, fresh, now)))
}

/// Two decimals are more than any metric means.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The earliest start of a data point that is fresh: two periods ago, and the time that publishing takes. If the newest is
/// older, the metric has fallen silent. What the alarm itself looks at may be much older: it can be in ALARM on points
/// from before a silence.
#[must_use]
pub fn oldest_fresh(alarm: &Alarm, now: Timestamp) -> Timestamp {
    periods_ago(alarm, 2, now)
}

/// The earliest start of what the alarm itself looks at.
fn oldest_looked_at(alarm: &Alarm, now: Timestamp) -> Timestamp {
    periods_ago(alarm, alarm.evaluation_periods.max(2), now)
}

/// So many periods ago, and the time that publishing takes.
fn periods_ago(alarm: &Alarm, periods: u32, now: Timestamp) -> Timestamp {
    let window = alarm.period.saturating_mul(i32::try_from(periods).unwrap_or(i32::MAX));
    before(now, window.saturating_add(PUBLISHING))
}

/// The time so long ago.
pub(crate) fn before(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

/// Whether a data point says something: its whole period lies behind us and after `oldest`, and its value is one.
#[must_use]
pub fn is_usable(alarm: &Alarm, point: &DataPoint, oldest: Timestamp, now: Timestamp) -> bool {
    let complete = now.duration_since(point.start) >= alarm.period;
    let is_lag = alarm.queries.iter().any(|query| {
        query.returns_data && matches!(&query.source, Source::Metric { name, .. } if name == NEVER_NEGATIVE)
    });
    point.start >= oldest && complete && point.value.is_finite() && !(is_lag && point.value < 0.0)
}
