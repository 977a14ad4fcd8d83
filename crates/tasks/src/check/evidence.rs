//! The evidence of one alarm and of several alarms together: the state, confirmed by the data points since the last restart. Pure.

use crate::history::Epoch;
use crate::metrics::CHECKPOINT_INTERVAL;
use crate::{Alarm, AlarmState, DataPoint, Series};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, Direction, Reason};

/// The values of an alarm's metric since the last restart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The newest value.
    pub newest: f64,
    /// The value nearest to the threshold among the breaching values within the alarm's window. If no value breaches, the newest value.
    pub mildest_breach: f64,
}

/// An alarm of a policy, as it is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// The alarm.
    pub alarm: &'a Alarm,
    /// The alarm's state, which may come from a newer event.
    pub state: AlarmState,
    /// Whether the alarm is a user alarm, in addition to the alarm on the policy's metric.
    pub is_additional: bool,
    /// The values of the alarm's metric, or the reason why no value can be used. `None` if they were not read.
    pub reading: Option<Result<Reading, Reason>>,
    /// The newest negative value, if no value can be used because the metric publishes negative values, which are impossible.
    pub negative: Option<f64>,
}

/// The evidence of one alarm for its direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Evidence {
    /// The alarm is not in ALARM.
    NotInAlarm(AlarmState),
    /// The alarm is in ALARM, and fresh data no longer breaches.
    NoLongerBreaching(Reading),
    /// The alarm is in ALARM, and no usable data confirms it, for this reason.
    Unconfirmed(Reason),
    /// The alarm is in ALARM, and fresh data breaches.
    Breaching(Reading),
}

/// The result for or against a scaling: of an alarm, of several alarms together, or of a metric that must be low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The result is against the scaling.
    Against,
    /// The result may be for the scaling, and the data does not confirm it, for this reason.
    Unconfirmed(Reason),
    /// The result is for the scaling.
    For,
}

impl Standing {
    /// The result if any alarm may call. An unconfirmed alarm counts only if no alarm calls.
    pub(crate) fn any(all: impl Iterator<Item = Self>) -> Self {
        all.reduce(|one, other| if other.rank() > one.rank() { other } else { one }).unwrap_or(Self::Against)
    }

    /// The result if all alarms must call. An alarm that does not call decides, even if others are unconfirmed.
    pub(crate) fn all(all: impl Iterator<Item = Self>) -> Self {
        all.reduce(|one, other| if other.rank() < one.rank() { other } else { one }).unwrap_or(Self::Against)
    }

    /// The order of the three kinds, independent of the reason.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Against => 0,
            Self::Unconfirmed(_) => 1,
            Self::For => 2,
        }
    }
}

/// The longest delay with which a fresh data point is published. AWS publishes after one or two minutes, brokers later.
pub(super) const PUBLISHING_DELAY: SignedDuration = SignedDuration::from_mins(5);

impl Watched<'_> {
    /// The alarm's evidence. An alarm in ALARM whose data was not read counts as unconfirmed.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        if self.state != AlarmState::Alarm {
            return Evidence::NotInAlarm(self.state);
        }
        match self.reading.unwrap_or(Err(Reason::NoFreshData)) {
            Err(reason) => Evidence::Unconfirmed(reason),
            Ok(reading) if self.alarm.breaches(reading.newest) => Evidence::Breaching(reading),
            Ok(reading) => Evidence::NoLongerBreaching(reading),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.evidence() {
            Evidence::NotInAlarm(_) | Evidence::NoLongerBreaching(_) => Standing::Against,
            Evidence::Unconfirmed(reason) => Standing::Unconfirmed(reason),
            Evidence::Breaching(_) => Standing::For,
        }
    }

    /// Whether the metric of an alarm for scaling out allows a scale-in: the newest value is at most `limit`, or does not breach.
    pub(crate) fn allows_scale_in(&self, limit: Option<f64>) -> Standing {
        match self.reading.unwrap_or(Err(Reason::NoFreshData)) {
            Err(reason) => Standing::Unconfirmed(reason),
            Ok(Reading { newest, .. }) => {
                let is_low = limit.map_or(!self.alarm.breaches(newest), |limit| newest <= limit);
                if is_low { Standing::For } else { Standing::Against }
            }
        }
    }

    /// The distance of the metric beyond the threshold. A scale-out uses the newest value, a scale-in the mildest breach in the window.
    pub(crate) fn breach(&self, direction: Direction) -> Option<Breach> {
        let Evidence::Breaching(reading) = self.evidence() else { return None };
        let value = if direction == Direction::Out { reading.newest } else { reading.mildest_breach };
        let Self { alarm, is_additional, .. } = *self;
        Some(Breach { value, threshold: alarm.threshold, is_additional, is_lag: alarm.watches_lag() })
    }
}

/// Evaluates the data points of an alarm's metric, the newest first.
///
/// # Errors
/// The reason why no data point can be used: the application does not run, or the newest data point since its last restart is not fresh.
pub fn read(
    alarm: &Alarm,
    epoch: Epoch,
    now: Timestamp,
    points: impl Iterator<Item = DataPoint>,
) -> Result<Reading, Reason> {
    let since = since(alarm, epoch)?;
    let (oldest, fresh) = (oldest_evaluated(alarm, now).max(since), oldest_fresh(alarm, now).max(since));
    let never_negative = alarm.is_never_negative();
    let usable = points
        .take_while(|point| point.start >= oldest)
        .filter(|point| is_usable_value(never_negative, alarm, point, now))
        .take(usize::try_from(alarm.evaluation_periods).unwrap_or(usize::MAX));
    let (mut newest, mut mildest): (Option<f64>, Option<f64>) = (None, None);
    for point in usable {
        if newest.is_none() {
            if point.start < fresh {
                break;
            }
            newest = Some(point.value);
        }
        if alarm.breaches(point.value) {
            mildest =
                Some(mildest.map_or(point.value, |mildest| alarm.comparison.milder(mildest, point.value)));
        }
    }
    let newest = newest.ok_or(Reason::NoFreshData)?;
    Ok(Reading { newest, mildest_breach: mildest.unwrap_or(newest) })
}

/// The earliest start of a data point that describes the application as it is now. A lag from committed offsets is old in content for one
/// interval between checkpoints longer.
///
/// # Errors
/// The reason if no data point describes the application.
pub(crate) fn since(alarm: &Alarm, epoch: Epoch) -> Result<Timestamp, Reason> {
    let since = epoch.since()?;
    let commits = alarm.watches_committed_offsets();
    Ok(if commits { since.checked_add(CHECKPOINT_INTERVAL).unwrap_or(since) } else { since })
}

/// Whether nothing was published in the whole window of an alarm, and the window began early enough for a data point to have been
/// published. An impossible value such as a lag of -1 is published, so it is no silence.
pub(crate) fn is_silent(alarm: &Alarm, epoch: Epoch, now: Timestamp, series: &[Series]) -> bool {
    let Ok(since) = since(alarm, epoch) else { return false };
    let oldest = oldest_evaluated(alarm, now).max(since);
    let is_published =
        |point: &DataPoint| point.start >= oldest && now.duration_since(point.start) >= alarm.period;
    !series.iter().flat_map(|series| &series.points).any(is_published)
        && now.duration_since(oldest) >= alarm.period.saturating_add(PUBLISHING_DELAY)
}

/// The earliest start of a fresh data point: two periods and the publishing delay ago. If the newest data point is older, the metric is
/// silent. The alarm itself may evaluate older data points: it can be in ALARM on data points from before a silence.
#[must_use]
pub fn oldest_fresh(alarm: &Alarm, now: Timestamp) -> Timestamp {
    periods_ago(alarm, 2, now)
}

/// The earliest start of a data point that the alarm itself evaluates.
#[must_use]
pub fn oldest_evaluated(alarm: &Alarm, now: Timestamp) -> Timestamp {
    periods_ago(alarm, alarm.evaluation_periods.max(2), now)
}

/// The time this number of periods and the publishing delay ago.
fn periods_ago(alarm: &Alarm, periods: u32, now: Timestamp) -> Timestamp {
    let window = alarm.period.saturating_mul(i32::try_from(periods).unwrap_or(i32::MAX));
    before(now, window.saturating_add(PUBLISHING_DELAY))
}

/// The time this duration before `now`.
pub(crate) fn before(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

/// Whether a data point can be used: its whole period lies between `oldest` and `now`, and the metric can have its value.
#[must_use]
pub fn is_usable(alarm: &Alarm, point: &DataPoint, oldest: Timestamp, now: Timestamp) -> bool {
    point.start >= oldest && is_usable_value(alarm.is_never_negative(), alarm, point, now)
}

/// Whether the period of a data point is over and its value is possible.
fn is_usable_value(never_negative: bool, alarm: &Alarm, point: &DataPoint, now: Timestamp) -> bool {
    let is_complete = now.duration_since(point.start) >= alarm.period;
    is_complete && point.value.is_finite() && !(never_negative && point.value < 0.0)
}
