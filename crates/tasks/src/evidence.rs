//! What speaks for a direction: the alarm's state, and a data point that bears it out.

use crate::history::Epoch;
use crate::{Alarm, AlarmState, Alarms, DataPoint, Source, TaskError};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, Reason};

/// What is known of one alarm.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Evidence {
    /// The alarm is in ALARM, and this newest usable data point breaches.
    Ringing(String, Breach),
    /// The alarm is in ALARM, but nothing bears it out, for this reason.
    Unproven(Reason, String),
    /// The alarm does not ring: it is not in ALARM, or what was measured since the last restart does not breach.
    Silent(String),
}

/// How late a data point may be published and still be fresh. Metrics come with a delay of a minute or two; those of a
/// broker with more.
const PUBLISHING: SignedDuration = SignedDuration::from_mins(5);

/// Kinesis' lag is -1 until the first record has been read.
const NEVER_NEGATIVE: &str = "millisBehindLatest";

/// Weighs an alarm that is known to be in `state`.
pub(crate) async fn weigh(
    alarm: &Alarm,
    state: AlarmState,
    epoch: &Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Evidence, TaskError> {
    let name = &alarm.name;
    match state {
        AlarmState::Ok => return Ok(Evidence::Silent(format!("{name} is OK"))),
        AlarmState::InsufficientData => {
            return Ok(Evidence::Silent(format!("{name} has insufficient data, on which nothing is scaled")));
        }
        AlarmState::Alarm => {}
    }
    let seen = match newest_value(alarm, epoch, now, alarms).await? {
        Ok(value) => value,
        Err((reason, doubt)) => {
            return Ok(Evidence::Unproven(reason, format!("{name} is in ALARM, but {doubt}")));
        }
    };
    let is = format!("{} is {}", alarm.watches(), rounded(seen));
    let beyond = format!("{} {}", alarm.comparison, alarm.threshold);
    Ok(if alarm.breaches(seen) {
        Evidence::Ringing(format!("{is} {beyond}"), Breach { value: seen, threshold: alarm.threshold })
    } else {
        Evidence::Silent(format!("{name} is still in ALARM, but {is}, no longer {beyond}"))
    })
}

/// Weighs the second condition for scaling in: what the scale-out alarm watches is at most `limit`.
pub(crate) async fn weigh_lag(
    watch: &Alarm,
    limit: f64,
    epoch: &Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Evidence, TaskError> {
    let watched = watch.watches();
    Ok(match newest_value(watch, epoch, now, alarms).await? {
        Err((reason, doubt)) => {
            Evidence::Unproven(reason, format!("to scale in, {watched} must be known, but {doubt}"))
        }
        Ok(lag) if lag > limit => {
            Evidence::Silent(format!("{watched} is {}, too much to scale in (> {limit})", rounded(lag)))
        }
        Ok(lag) => {
            let breach = Breach { value: lag, threshold: limit };
            Evidence::Ringing(format!("{watched} is {} <= {limit}", rounded(lag)), breach)
        }
    })
}

/// Why a value is not known.
type Doubt = (Reason, String);

/// The newest usable value of what an alarm watches, or why there is none.
async fn newest_value(
    alarm: &Alarm,
    epoch: &Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Result<f64, Doubt>, TaskError> {
    let oldest = match epoch {
        Epoch::NotYet(reason) => return Ok(Err((*reason, reason.to_string()))),
        Epoch::Since(restart) => oldest_fresh(alarm, now).max(*restart),
        Epoch::Ever => oldest_fresh(alarm, now),
    };
    let points = alarms.data_points(alarm, oldest, now).await?;
    let usable = points.iter().filter(|point| is_usable(alarm, point, oldest, now));
    let newest = usable.max_by_key(|point| point.start).map(|point| point.value);
    let reason = Reason::NoFreshData;
    Ok(newest.ok_or_else(|| (reason, reason.to_string())))
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
    let window = alarm.period.saturating_mul(2).saturating_add(PUBLISHING);
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
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
