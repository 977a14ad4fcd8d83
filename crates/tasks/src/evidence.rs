//! What speaks for a direction: the alarm's state, and a data point that bears it out.

use crate::history::Epoch;
use crate::{Alarm, AlarmState, Alarms, DataPoint, Source, TaskError};
use jiff::{SignedDuration, Timestamp};

/// What is known of one alarm.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Evidence {
    /// The alarm is in ALARM, and this newest usable data point breaches.
    Ringing(String),
    /// The alarm is in ALARM, but nothing usable has been measured since the last restart.
    Unproven(String),
    /// The alarm does not ring: it is not in ALARM, or what was measured since the last restart does not breach.
    Silent(String),
}

/// Metrics are published with a delay, so that even an alarm on a single minute needs some minutes of data.
const SHORTEST_WINDOW: SignedDuration = SignedDuration::from_mins(5);

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
    let oldest = match epoch {
        Epoch::NotYet => {
            return Ok(Evidence::Unproven(format!(
                "{name} is in ALARM while the application is being changed"
            )));
        }
        Epoch::Since(restart) => window_start(alarm, now).max(*restart),
        Epoch::Ever => window_start(alarm, now),
    };
    let points = alarms.data_points(alarm, oldest, now).await?;
    let newest =
        points.iter().filter(|point| usable(alarm, point, oldest, now)).max_by_key(|point| point.start);
    Ok(match newest {
        None => Evidence::Unproven(format!(
            "{name} is in ALARM, but nothing has been measured since the last restart"
        )),
        Some(point) => {
            let seen = format!("{} is {}", alarm.watches(), rounded(point.value));
            if alarm.breaches(point.value) {
                Evidence::Ringing(format!("{seen} {} {}", alarm.comparison, alarm.threshold))
            } else {
                Evidence::Silent(format!(
                    "{name} is still in ALARM, but {seen}, no longer {} {}",
                    alarm.comparison, alarm.threshold
                ))
            }
        }
    })
}

/// Two decimals are more than any metric means.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Data older than what the alarm itself looks at is stale. CloudWatch looks at a little more than the
/// evaluation periods; how much is not published, so two periods are assumed.
fn window_start(alarm: &Alarm, now: Timestamp) -> Timestamp {
    let periods = i32::try_from(alarm.evaluation_periods.saturating_add(2)).unwrap_or(i32::MAX);
    let window = alarm.period.saturating_mul(periods).max(SHORTEST_WINDOW);
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
}

/// Whether a data point says something: its whole period lies behind us and after `oldest`, and its value is one.
fn usable(alarm: &Alarm, point: &DataPoint, oldest: Timestamp, now: Timestamp) -> bool {
    let complete = now.duration_since(point.start) >= alarm.period;
    let is_lag = alarm.queries.iter().any(|query| {
        query.returns_data && matches!(&query.source, Source::Metric { name, .. } if name == NEVER_NEGATIVE)
    });
    point.start >= oldest && complete && point.value.is_finite() && !(is_lag && point.value < 0.0)
}
