//! The past of the resource, which only a proposed step needs.

use crate::{Footprint, PerDirection, Scaling, Signals};

/// The part of the past of the resource and of its load that [`crate::confirm`] needs. Reading it costs several calls of AWS, so that it is
/// read for a proposed step only.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Past<'a> {
    /// The directions in which a person has paused its scaling.
    pub paused: PerDirection<bool>,
    /// Its newest scale-out, within the ineffective pause.
    pub scaled_out: Option<Scaling>,
    /// Whether a snapshot is being taken, which raises its utilization without load.
    pub takes_snapshot: bool,
    /// The load of each five-minute bucket of the past days, in the same unit as in the signals, without a gap, the newest last.
    /// The newest bucket ends with the newest minute of the signals.
    pub days: &'a [Option<f64>],
    /// The cost of this month until now, in dollars. It matters only with a budget.
    pub spent: f64,
    /// The heap and the state of its job. They matter only for a scale-in.
    pub footprint: Footprint,
    /// Load and lag from before its newest scale-out until now. They show whether that scale-out raised its throughput.
    pub effect: Signals<'a>,
}
