//! The figures of a run: cost, lag and restarts.

use crate::model::application::ManagedApplication;
use crate::model::time::TICK_SECONDS;
use scaling::snapshot_dollars;
use serde::Serialize;

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The KPU-hours of the application, without the orchestration KPU.
    pub kpu_hours: f64,
    /// The price of the application in MSF, with the orchestration KPU and the snapshots.
    pub dollars: f64,
    /// The price of a month of storage of the snapshots that the changes have left.
    pub snapshot_dollars: f64,
    /// The minutes with a lag above the objective.
    pub missed_minutes: f64,
    /// These minutes as a share of all, in percent.
    pub missed_percent: f64,
    /// The largest lag.
    pub worst_lag_seconds: f64,
    /// The number of changes of the size.
    pub rescales: usize,
    /// The number of changes a day.
    pub rescales_per_day: f64,
    /// The time without processing during these changes.
    pub downtime_seconds: f64,
}

impl Summary {
    /// Computes the figures of an application.
    pub(crate) fn of(application: &ManagedApplication) -> Self {
        Self::with_lags(application, application.job.past().iter().map(|tick| tick.lag))
    }

    /// Computes the figures of an application and the stream that it reads: the price of both, and as lag the wait at the producers and the lag
    /// of the application. The sizes and changes are those of the application.
    pub(crate) fn of_pipeline(application: &ManagedApplication, stream: &ManagedApplication) -> Self {
        let ticks = application.job.past().iter().zip(stream.job.past());
        let both = Self::with_lags(application, ticks.map(|(read, written)| read.lag + written.lag));
        Self { dollars: both.dollars + Self::of(stream).dollars, ..both }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn with_lags(application: &ManagedApplication, lags: impl Iterator<Item = f64>) -> Self {
        let model = &application.model;
        let past = application.job.past();
        let tick_hours = TICK_SECONDS as f64 / 3_600.0;
        let hours = past.len() as f64 * tick_hours;
        let kpu_hours = past.iter().map(|tick| f64::from(tick.kpus)).sum::<f64>() * tick_hours;
        let objective = model.lag_objective_seconds;
        let (missed, worst_lag_seconds) = lags.fold((0_u32, 0.0_f64), |(missed, worst), lag| {
            (missed + u32::from(lag > objective), worst.max(lag))
        });
        let missed = f64::from(missed);
        let rescales = application.updates.len();
        let down = application.updates.iter().map(|update| update.down_to.duration_since(update.down_from));
        Self {
            kpu_hours,
            dollars: model.dollars(kpu_hours, hours, rescales),
            snapshot_dollars: snapshot_dollars(model.state_gigabytes, rescales),
            missed_minutes: missed * tick_hours * 60.0,
            missed_percent: 100.0 * missed / past.len() as f64,
            worst_lag_seconds,
            rescales,
            rescales_per_day: rescales as f64 / (hours / 24.0),
            downtime_seconds: down.map(|down| down.as_secs_f64()).sum(),
        }
    }
}
