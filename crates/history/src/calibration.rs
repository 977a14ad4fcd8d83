//! A model that was learned from a history.

use serde::Serialize;
use simulator::{Model, Trace};

/// The learned model, and its confidence.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calibration {
    /// The model of the application.
    pub model: Model,
    /// The figures that could not be learned, each with the assumption in its place. The confidence is high only if this is empty.
    pub uncertain: Vec<String>,
    /// The load of the history, for simulations.
    #[serde(skip)]
    pub trace: Trace,
    /// The number of minutes with a backlog throughout, from which the capacity was learned.
    pub saturated_minutes: usize,
    /// The number of restarts in the history.
    pub restarts: usize,
    /// The number of these restarts whose downtime the lag shows.
    #[serde(skip)]
    pub known_downtimes: usize,
    /// The data from which the capacity of a KPU was learned.
    #[serde(skip)]
    pub capacity_basis: CapacityBasis,
    /// Whether the CPU at full load was learned, from minutes in which records waited.
    #[serde(skip)]
    pub knows_full_load: bool,
}

/// The data from which the capacity of a KPU was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapacityBasis {
    /// The user knows it.
    Given,
    /// The throughput of the minutes with a backlog.
    Backlog,
    /// The CPU of the minutes without one.
    Cpu,
    /// The largest throughput, because the application always kept up and the history has no CPU.
    KeptUp,
}

/// The figures of the application that the user knows. They have priority over learned ones.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct KnownFigures {
    /// The records per second that one KPU processes.
    pub records_per_kpu: Option<f64>,
    /// The seconds without processing during a rescale.
    pub downtime_seconds: Option<f64>,
}
