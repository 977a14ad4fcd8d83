//! The results as text for a terminal.

use crate::format::{duration, moment, spark};
use crate::results::{ResultRow, Results};
use simulator::{Decision, Series};
use std::io::{self, Write};

/// The width of the small plots.
const COLUMNS: usize = 84;

/// Writes what happened, when and why, and the comparison.
pub(crate) fn write(results: &Results, output: &mut impl Write) -> io::Result<()> {
    let scenario = &results.scenario;
    let hours = scenario.trace.minutes() / 60;
    writeln!(
        output,
        "{}: {} days and {} hours of load, seed {}\n",
        scenario.trace.name(),
        hours / 24,
        hours % 24,
        scenario.seed
    )?;
    for decision in &results.decisions {
        write_decision(decision, output)?;
    }
    if results.decisions.is_empty() {
        writeln!(output, "Nothing had to be scaled.")?;
    }
    if let Some(run) = results.runs.first() {
        write_plots(&run.series(), output)?;
    }
    write_summary(results, output)?;
    if let Some(run) = results.runs.first() {
        let cost = run.cost;
        writeln!(
            output,
            "\nThe state machine ran {} times with {} state transitions, at most {} at a time.",
            cost.executions, cost.transitions, cost.most_at_once
        )?;
    }
    Ok(())
}

fn write_decision(decision: &Decision, output: &mut impl Write) -> io::Result<()> {
    let direction = decision.direction.map_or(String::new(), |direction| direction.to_string());
    let size = match (decision.from, decision.to) {
        (Some(from), Some(to)) => format!("{from:>3} → {to} KPU"),
        (Some(kpus), None) => format!("{kpus:>3}, hold"),
        _ => decision.verdict.to_owned(),
    };
    write!(output, "{:<17} {direction:<4} {size:<14} {}", moment(decision.at), decision.why)?;
    if let Some(outcome) = &decision.outcome {
        write!(output, "; {outcome}")?;
    }
    if decision.count > 1 {
        write!(output, "; {} times until {}", decision.count, moment(decision.until))?;
    }
    writeln!(output)
}

fn write_plots(series: &Series, output: &mut impl Write) -> io::Result<()> {
    let kpus: Vec<f64> = series.kpus.iter().map(|kpus| f64::from(*kpus)).collect();
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    writeln!(output)?;
    for (name, values, end) in [
        ("load", &series.load, format!("up to {:.0} records/s", largest(&series.load))),
        ("KPU", &kpus, format!("up to {:.0}", largest(&kpus))),
        ("lag", &series.lag_seconds, format!("up to {}", duration(largest(&series.lag_seconds)))),
    ] {
        writeln!(output, "{name:<5}{:<COLUMNS$} {end}", spark(values, COLUMNS))?;
    }
    Ok(())
}

fn write_summary(results: &Results, output: &mut impl Write) -> io::Result<()> {
    let objective = format!("lag > {}", duration(results.scenario.model.lag_objective_seconds));
    writeln!(
        output,
        "\n{:<16}{:>10}{:>11}{objective:>24}{:>15}{:>18}{:>15}",
        "", "KPU-hours", "dollars", "worst lag", "rescales", "downtime"
    )?;
    for ResultRow { label, summary, .. } in &results.rows {
        let missed = format!("{} ({:.2} %)", duration(summary.missed_minutes * 60.0), summary.missed_percent);
        let rescales = format!("{} ({:.1} a day)", summary.rescales, summary.rescales_per_day);
        writeln!(
            output,
            "{label:<16}{:>10.1}{:>11.2}{missed:>24}{:>15}{rescales:>18}{:>15}",
            summary.kpu_hours,
            summary.dollars,
            duration(summary.worst_lag_seconds),
            duration(summary.downtime_seconds)
        )?;
    }
    writeln!(
        output,
        "Dollars include the orchestration KPU, which MSF bills beside those of the application."
    )
}
