//! The arrivals where only the throughput is measured, and the lag that must follow from them.
//!
//! While a job keeps up, its throughput is the load. While it is saturated, the load is hidden: it may be anything above the throughput. There
//! are two reasons to be saturated. After a restart, a job works off the records that arrived while it was down, and their number is
//! known: the load before the restart times its duration, less the records that were processed since. Otherwise the load exceeds the capacity.
//!
//! A measured lag that grows shows the load of a saturated job too. It is the age of the record that is being processed, so that a job whose lag
//! grows by a quarter of a second in each second processes the arrivals of three quarters of a second.

use crate::capacity::DEFAULT_BUSY_CEILING;
use crate::signals::{Minute, mean, quantile};
use jiff::Timestamp;

/// A finished change of an application, during which its job was down for an unknown part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restart {
    /// The time of the request.
    pub began: Timestamp,
    /// The time at which the application was running again.
    pub ended: Timestamp,
}

/// How long after a restart Flink reports a throughput that is too low, in seconds: it divides by a minute from the start on.
const RATE_WINDOW_SECONDS: f64 = 60.0;

/// The distance to the busy ceiling within which a job is saturated, as a share of 1. It is more than twice the error of the CPU metric.
const SATURATION_MARGIN: f64 = 0.06;

/// The restarts whose median is the busy ceiling.
const CEILING_RESTARTS: usize = 5;

/// The newest minutes whose median utilization is the busy ceiling if only a lag proves that the job is saturated.
const PROVEN_MINUTES: usize = 3;

/// The newest minutes for which such a lag proves that the job was saturated.
const PROVEN_WINDOW_MINUTES: usize = 15;

/// The part of a restart for which the job was certainly down, as a share of 1. It proves that records wait.
const CERTAIN_DOWNTIME: f64 = 0.5;

/// The longest restart that shows the busy ceiling, in seconds: half an hour. During a longer one, the load may have changed.
const LONGEST_SHOWING_RESTART: f64 = 1_800.0;

/// The least throughput of a job that works off a backlog, as a multiple of the load before it. A backlog that is gone within the first
/// minute leaves a throughput that equals the load.
const CATCH_UP_THROUGHPUT: f64 = 1.1;

/// The largest difference between two minutes that show the busy ceiling, as a share of 1.
const STEADY_CEILING: f64 = 0.1;

/// The minutes that prove a ceiling to be at least as high as the lowest of them.
const SUSTAINED_MINUTES: usize = 3;

/// The minutes whose mean is the load before a restart.
const LOAD_BEFORE_MINUTES: usize = 3;

/// The load of a saturated job above its throughput, as a share of the throughput.
const HIDDEN_LOAD: f64 = 0.05;

/// The minutes before a saturation whose trend is assumed to go on.
const TREND_MINUTES: usize = 11;

/// The largest load of a saturated job, as a multiple of its throughput. A trend does not go on for ever.
const LARGEST_HIDDEN_LOAD: f64 = 3.0;

/// The least throughput of a job whose load has jumped, as a multiple of each load before. Nothing then shows how far above the throughput the
/// load is.
const JUMP_FACTOR: f64 = 1.5;

/// The minutes before a saturation whose loads a jump exceeds. A load that has been as high within two hours is no jump.
const JUMP_WINDOW_MINUTES: usize = 120;

/// The minutes over which the change of a measured lag is taken. A lag from committed offsets rises and falls with each checkpoint.
const LAG_CHANGE_MINUTES: usize = 5;

/// The least growth of a measured lag that proves an overload, in seconds a second. A smaller one may be the checkpoints.
const LEAST_LAG_GROWTH: f64 = 0.2;

const MINUTE_SECONDS: f64 = 60.0;

/// Sets the load of minutes in which only the throughput and the utilization were measured, and the lag where it was not measured. The newest
/// minute ends at `until`, and `restarts` may be in any order.
///
/// The load has the unit of the throughput. A minute without a measurement stays as it is. `is_saturated` states that a lag above its
/// objective proves the job to be saturated now. It matters until a restart has shown at which utilization the job is saturated.
pub fn derive_arrivals(minutes: &mut [Minute], until: Timestamp, restarts: &[Restart], is_saturated: bool) {
    let restarts = Period::of_all(restarts, until, minutes.len());
    let shown = ceiling(minutes, &restarts);
    let proven = if is_saturated && shown.is_none() { busy_now(minutes) } else { None };
    let ceiling = shown.unwrap_or(DEFAULT_BUSY_CEILING);
    let mut books = Books::default();
    let measured: Vec<Option<f64>> = minutes.iter().map(|minute| minute.lag).collect();
    let mut coming = restarts.iter().peekable();
    let mut last: Option<&Period> = None;
    for index in 0..minutes.len() {
        let start = seconds(index);
        let is_proven = index + PROVEN_WINDOW_MINUTES >= minutes.len();
        books.ceiling = proven.filter(|_| is_proven).map_or(ceiling, |busy| busy.min(ceiling));
        if let Some(restart) = coming.next_if(|restart| restart.began < start + MINUTE_SECONDS) {
            books.open(restart, &minutes[..index]);
            last = Some(restart);
        }
        let (load, lag) = match last.filter(|restart| start < restart.ended + RATE_WINDOW_SECONDS) {
            Some(restart) => books.restarting(&minutes[index], start, restart),
            None => books.settled(index, minutes, &measured[..=index]),
        };
        let minute = &mut minutes[index];
        (minute.load, minute.lag) = (load, minute.lag.or(lag));
    }
}

/// A restart in seconds since the start of the oldest minute.
struct Period {
    began: f64,
    ended: f64,
}

impl Period {
    fn of_all(restarts: &[Restart], until: Timestamp, minutes: usize) -> Vec<Self> {
        let at = |time: Timestamp| seconds(minutes) - until.duration_since(time).as_secs_f64();
        let mut periods: Vec<Self> = restarts
            .iter()
            .map(|restart| Self { began: at(restart.began), ended: at(restart.ended) })
            .collect();
        periods.retain(|period| period.ended > 0.0);
        periods.sort_by(|one, other| one.began.total_cmp(&other.began));
        periods
    }
}

/// The state of the derivation: the records that must be waiting.
#[derive(Default)]
struct Books {
    ceiling: f64,
    /// The load before the last restart.
    before: Option<f64>,
    /// The records that wait, in the unit of the throughput times seconds.
    backlog: f64,
    /// Whether a restart explains them.
    catches_up: bool,
    /// Whether the job has kept up since the last restart. Before that, its throughput shows the backlog of the restart.
    kept_up: bool,
    /// The minutes for which the job has been saturated without such a reason.
    saturated: usize,
}

impl Books {
    /// Enters the records that arrive during a restart.
    fn open(&mut self, restart: &Period, before: &[Minute]) {
        let recent = &before[before.len().saturating_sub(LOAD_BEFORE_MINUTES)..];
        self.before = mean(recent.iter().filter_map(|minute| minute.load)).or(self.before);
        self.backlog += self.before.unwrap_or(0.0) * (restart.ended - restart.began);
        (self.catches_up, self.kept_up, self.saturated) = (true, false, 0);
    }

    /// A minute in which the job restarts, or its throughput is not yet reliable.
    fn restarting(&mut self, minute: &Minute, start: f64, restart: &Period) -> (Option<f64>, Option<f64>) {
        let load = self.before.or(minute.throughput);
        let since = (start + MINUTE_SECONDS - restart.ended).clamp(0.0, MINUTE_SECONDS);
        let (Some(load), Some(throughput), true) = (load, minute.throughput, since > 0.0) else {
            return (load, None);
        };
        self.backlog = (self.backlog + (load - throughput) * since).max(0.0);
        (Some(load), Some(lag(self.backlog, load)))
    }

    /// A minute of a job that runs.
    fn settled(
        &mut self,
        index: usize,
        minutes: &[Minute],
        lags: &[Option<f64>],
    ) -> (Option<f64>, Option<f64>) {
        let minute = &minutes[index];
        let (Some(throughput), Some(busy)) = (minute.throughput, minute.busy) else {
            return (minute.throughput, None);
        };
        let shown = shown_by_lag(throughput, lags);
        if busy < self.ceiling - SATURATION_MARGIN && shown.is_none() {
            (self.backlog, self.catches_up, self.kept_up, self.saturated) = (0.0, false, true, 0);
            return (Some(throughput), Some(0.0));
        }
        if let Some(load) = self.before.filter(|_| self.catches_up && shown.is_none()) {
            self.backlog += (load - throughput) * MINUTE_SECONDS;
            if self.backlog > 0.0 {
                return (Some(load), Some(lag(self.backlog, load)));
            }
            self.backlog = 0.0;
        }
        self.catches_up = false;
        self.saturated += 1;
        let load = self.hidden(throughput, &minutes[..=index]).max(shown.unwrap_or(0.0));
        self.backlog += (load - throughput) * MINUTE_SECONDS;
        (Some(load), Some(lag(self.backlog, load)))
    }

    /// Returns the load of a job that is saturated in the newest minutes: a surcharge on its throughput, the trend before, or after a jump the
    /// largest load.
    fn hidden(&self, throughput: f64, minutes: &[Minute]) -> f64 {
        let end = minutes.len().saturating_sub(self.saturated);
        let recent = minutes[end.saturating_sub(JUMP_WINDOW_MINUTES)..end].iter();
        let highest = recent.filter_map(|minute| minute.load).reduce(f64::max);
        if self.kept_up && highest.is_some_and(|highest| throughput >= highest * JUMP_FACTOR) {
            return throughput * LARGEST_HIDDEN_LOAD;
        }
        let before = &minutes[end.saturating_sub(TREND_MINUTES)..end];
        let slope = if before.len() == TREND_MINUTES && before.iter().all(|minute| minute.load.is_some()) {
            let of = |minutes: &[Minute]| minutes.iter().filter_map(|minute| minute.load).sum::<f64>() / 3.0;
            ((of(&before[TREND_MINUTES - 3..]) - of(&before[..3])) / 8.0).max(0.0)
        } else {
            0.0
        };
        #[expect(clippy::cast_precision_loss, reason = "a day has few minutes")]
        let ahead = self.saturated as f64 + 2.0;
        let trend = (throughput + slope * ahead).min(throughput * LARGEST_HIDDEN_LOAD);
        trend.max(throughput * (1.0 + HIDDEN_LOAD))
    }
}

/// Returns the load that a growing measured lag shows. `None` if the lag was not measured, or hardly grows.
fn shown_by_lag(throughput: f64, lags: &[Option<f64>]) -> Option<f64> {
    let (newest, before) = lags.split_last()?;
    let measured = before.iter().rev().map_while(|lag| *lag).take(LAG_CHANGE_MINUTES);
    let (since, first) = measured.enumerate().last()?;
    let growth = ((*newest)? - first) / seconds(since + 1);
    (growth >= LEAST_LAG_GROWTH).then(|| throughput / (1.0 - growth).max(1.0 / LARGEST_HIDDEN_LOAD))
}

/// Returns the busy share of a saturated job: the median of the last restarts after which records certainly waited in the second whole
/// minute. It is never less than the utilization was for some minutes. `None` if no restart has shown it.
fn ceiling(minutes: &[Minute], restarts: &[Period]) -> Option<f64> {
    let shown = |restart: &Period| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies within a day")]
        let first = (restart.ended / MINUTE_SECONDS).ceil() as usize;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies within a day")]
        let down = (restart.began.max(0.0) / MINUTE_SECONDS) as usize;
        let [one, other] = minutes.get(first..first + 2)? else { return None };
        if restart.ended - restart.began > LONGEST_SHOWING_RESTART {
            return None;
        }
        let recent = &minutes[down.saturating_sub(LOAD_BEFORE_MINUTES)..down];
        let load = mean(recent.iter().filter_map(|minute| minute.throughput))?;
        let arrived =
            load * (CERTAIN_DOWNTIME * (restart.ended - restart.began) + seconds(first + 2) - restart.ended);
        let (busy, throughput) = ((one.busy?, other.busy?), (one.throughput?, other.throughput?));
        let partial = seconds(first) - restart.ended;
        let processed = throughput.1 * (2.0 * MINUTE_SECONDS + partial);
        let is_steady = (busy.0 - busy.1).abs() < STEADY_CEILING;
        let works_off = throughput.1 > load * CATCH_UP_THROUGHPUT;
        (is_steady && works_off && arrived > processed).then(|| f64::midpoint(busy.0, busy.1))
    };
    let mut busies: Vec<f64> = restarts.iter().rev().filter_map(shown).take(CEILING_RESTARTS).collect();
    let shown = quantile(&mut busies, 0.5)?;
    let sustained = minutes.array_windows::<SUSTAINED_MINUTES>().filter_map(|minutes| {
        minutes.iter().map(|minute| minute.busy).reduce(|one, other| Some(one?.min(other?)))?
    });
    Some(shown.max(sustained.fold(0.0, f64::max).min(DEFAULT_BUSY_CEILING)))
}

/// Returns the utilization in the newest minutes.
fn busy_now(minutes: &[Minute]) -> Option<f64> {
    let newest = minutes[minutes.len().saturating_sub(PROVEN_MINUTES)..].iter();
    quantile(&mut newest.filter_map(|minute| minute.busy).collect::<Vec<_>>(), 0.5)
}

fn lag(backlog: f64, load: f64) -> f64 {
    if load > 0.0 { backlog / load } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a day has few minutes")]
fn seconds(minutes: usize) -> f64 {
    minutes as f64 * MINUTE_SECONDS
}
