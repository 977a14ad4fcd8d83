//! Writes the results as text for a terminal.

use crate::format::{duration, moment, spark};
use crate::results::{ResultRow, Results};
use jiff::Timestamp;
use simulator::{Decision, Run, Series};
use std::io::{self, Write};

/// The width of the small plots.
const COLUMNS: usize = 84;

/// Writes the decisions with their times and reasons, and the comparison.
pub(crate) fn write(results: &Results, output: &mut impl Write) -> io::Result<()> {
    let scenario = &results.scenario;
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 minutes")]
    let length = duration(scenario.trace.minutes() as f64 * 60.0);
    writeln!(output, "{}: {length} of load, seed {}\n", scenario.trace.name(), scenario.seed)?;
    let start = results.run.start();
    let settings = &results.settings;
    let has_calendar = scenario.trace.start().is_some();
    if has_calendar || !settings.policy().schedule.is_constant() || !settings.pauses().is_empty() {
        writeln!(output, "Times are UTC, and day 1 is {}.\n", start.strftime("%A, %Y-%m-%d"))?;
    }
    for warning in settings.policy().schedule.warnings() {
        writeln!(output, "Warning: {warning}.\n")?;
    }
    for decision in &results.decisions {
        write_decision(decision, "KPU", start, output)?;
    }
    if results.decisions.is_empty() {
        writeln!(output, "No scaling was needed.")?;
    }
    write_plots(&results.run.series(), "KPU", output)?;
    write_summary(results, output)?;
    write_state_machine(&[&results.run], output)
}

/// Writes the executions and state transitions of some runs.
pub(crate) fn write_state_machine(runs: &[&Run], output: &mut impl Write) -> io::Result<()> {
    let sum = |of: fn(&Run) -> u64| runs.iter().map(|run| of(run)).sum::<u64>();
    let most = runs.iter().map(|run| run.cost.most_at_once).max().unwrap_or(0);
    writeln!(
        output,
        "\nThe state machine ran {} times with {} state transitions, at most {most} at a time.",
        sum(|run| run.cost.executions),
        sum(|run| run.cost.transitions)
    )
}

pub(crate) fn write_decision(
    decision: &Decision,
    unit: &str,
    start: Timestamp,
    output: &mut impl Write,
) -> io::Result<()> {
    let direction = decision.direction.map_or(String::new(), |direction| direction.to_string());
    let size = match (decision.from, decision.to) {
        (Some(from), Some(to)) if decision.verdict == "Observed" => format!("{from:>3} → {to}, observed"),
        (Some(from), Some(to)) => format!("{from:>3} → {to} {unit}"),
        (Some(kpus), None) => format!("{kpus:>3}, hold"),
        _ => decision.verdict.to_owned(),
    };
    write!(output, "{:<14} {direction:<4} {size:<14} {}", moment(decision.at, start), decision.why)?;
    if let Some(outcome) = &decision.outcome {
        write!(output, "; {outcome}")?;
    }
    if decision.count > 1 {
        write!(output, "; {} times until {}", decision.count, moment(decision.until, start))?;
    }
    writeln!(output)
}

pub(crate) fn write_plots(series: &Series, unit: &str, output: &mut impl Write) -> io::Result<()> {
    let kpus: Vec<f64> = series.kpus.iter().map(|kpus| f64::from(*kpus)).collect();
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    writeln!(output)?;
    for (name, values, end) in [
        ("load", &series.load, format!("up to {:.0} records/s", largest(&series.load))),
        (unit, &kpus, format!("up to {:.0}", largest(&kpus))),
        ("lag", &series.lag_seconds, format!("up to {}", duration(largest(&series.lag_seconds)))),
    ] {
        writeln!(output, "{name:<5}{:<COLUMNS$} {end}", spark(values, COLUMNS))?;
    }
    Ok(())
}

/// Writes the comparison.
pub(crate) fn write_summary(results: &Results, output: &mut impl Write) -> io::Result<()> {
    let objective = format!("lag > {}", duration(results.scenario.model.lag_objective_seconds));
    writeln!(
        output,
        "\n{:<16}{:>11}{:>12}{objective:>26}{:>16}{:>20}{:>16}",
        "", "KPU-hours", "dollars", "worst lag", "rescales", "downtime"
    )?;
    for ResultRow { label, summary, .. } in &results.rows {
        let missed = format!("{} ({:.2} %)", duration(summary.missed_minutes * 60.0), summary.missed_percent);
        let rescales = format!("{} ({:.1} a day)", summary.rescales, summary.rescales_per_day);
        writeln!(
            output,
            "{label:<16}{:>11.1}{:>12.2}{missed:>26}{:>16}{rescales:>20}{:>16}",
            summary.kpu_hours,
            summary.dollars,
            duration(summary.worst_lag_seconds),
            duration(summary.downtime_seconds)
        )?;
    }
    writeln!(
        output,
        "Dollars include the orchestration KPU, which MSF bills beside the KPUs of the application{}.",
        results.scenario.model.snapshots_in_words()
    )
}
