//! The public load traces on which the published figures are measured. `tests/traces/README.md` names their sources and licenses.

use simulator::Trace;

const NYC_TAXI: &str = include_str!("traces/nyc_taxi.csv");
const MS_MACHINE1: &str = include_str!("traces/ms_machine1.csv");
const MS_INGRESS3: &str = include_str!("traces/ms_ingress3.csv");
const LLM_MLARGE: &str = include_str!("traces/llm_mlarge.csv");

/// Returns the four public traces, in the order of the published tables.
///
/// # Panics
/// If a file is not a trace.
#[must_use]
pub fn public() -> [Trace; 4] {
    [
        ("nyc_taxi", NYC_TAXI),
        ("ms_machine1", MS_MACHINE1),
        ("ms_ingress3", MS_INGRESS3),
        ("llm_mlarge", LLM_MLARGE),
    ]
    .map(|(name, file)| Trace::parse(name, file.as_bytes()).unwrap())
}

/// The cheapest KPU-hours with which the oracle met the objective for 99 % of the time, on each public trace, in the order of [`public`], at
/// a downtime of 75 seconds. The prototype of the model found them, and `oracle.rs` compares the oracle with them.
pub const ORACLE: [f64; 4] = [3874.0, 3717.0, 4769.0, 3099.0];
