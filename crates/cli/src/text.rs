//! Writes the results as text for a terminal.

use crate::format::{Calendar, duration, spark};
use crate::presets::demand_metric;
use crate::results::{ResultRow, Results};
use scaling::HOURS_OF_A_MONTH;
use simulator::{Decision, Model, Run, Series};
use std::io::{self, Write};

/// The width of the small plots.
const COLUMNS: usize = 84;

/// The decisions that are printed unless all are asked for.
const LAST_DECISIONS: usize = 10;

/// The percentage of the time out of the objective up to which a policy is recommended.
const MOST_MISSED_PERCENT: f64 = 2.0;

/// The share of the lag objective from which on the downtime of a restart is near to it.
const NEAR_THE_OBJECTIVE: f64 = 0.75;

/// Writes the comparison, a recommendation, and the last decisions with their times and reasons, or every decision.
pub(crate) fn write(results: &Results, all_decisions: bool, output: &mut impl Write) -> io::Result<()> {
    let scenario = &results.scenario;
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 minutes")]
    let length = duration(scenario.trace.minutes() as f64 * 60.0);
    writeln!(output, "{}: {length} of load, seed {}\n", scenario.trace.name(), scenario.seed)?;
    let calendar = results.calendar();
    let settings = &results.settings;
    let has_windows = !settings.policy().schedule.is_constant() || !settings.pauses().is_empty();
    if calendar.zone.is_some() || has_windows {
        writeln!(output, "{}\n", calendar.in_words())?;
    }
    for warning in settings.policy().schedule.warnings() {
        writeln!(output, "Warning: {warning}.\n")?;
    }
    if let Some(warning) = long_restart(&scenario.model) {
        writeln!(output, "{warning}")?;
    }
    write_summary(results, output)?;
    let scale_metric = results.parameters.get("ScaleMetric");
    if let Some(recommendation) = recommendation(&results.rows, scale_metric, months(results)) {
        writeln!(output, "\n{recommendation}")?;
    }
    write_plots(&results.run.series(), "KPU", output)?;
    write_decisions(&results.decisions, "KPU", all_decisions, &calendar, output)?;
    write_state_machine(&[&results.run], output)
}

/// Writes the last decisions, or all of them.
pub(crate) fn write_decisions(
    decisions: &[Decision],
    unit: &str,
    all: bool,
    calendar: &Calendar,
    output: &mut impl Write,
) -> io::Result<()> {
    let skipped = if all { 0 } else { decisions.len().saturating_sub(LAST_DECISIONS) };
    match decisions.len() {
        0 => writeln!(output, "\nNo scaling was needed.")?,
        count if skipped > 0 => {
            writeln!(output, "\nThe last {LAST_DECISIONS} of {count} decisions (--timeline prints all):")?;
        }
        count => writeln!(output, "\n{count} decisions:")?,
    }
    decisions[skipped..].iter().try_for_each(|decision| write_decision(decision, unit, calendar, output))
}

/// Returns a warning if every restart violates the lag objective, or nearly does.
pub(crate) fn long_restart(model: &Model) -> Option<String> {
    let (down, objective) = (model.downtime_seconds, model.lag_objective_seconds);
    (down >= NEAR_THE_OBJECTIVE * objective).then(|| {
        format!(
            "Each rescale {} the lag objective of {}: the job is down for about {} during a restart.",
            if down > objective { "violates" } else { "nearly violates" },
            duration(objective),
            duration(down)
        )
    })
}

/// Returns the policy to deploy: the cheapest one that keeps the objective for most of the time. The peak size and the oracle are bounds of
/// the comparison, and not policies to deploy.
fn recommendation(rows: &[ResultRow], scale_metric: &str, months: f64) -> Option<String> {
    let is_deployable = |row: &&ResultRow| {
        !["peak", "oracle"].contains(&row.policy) && row.summary.missed_percent <= MOST_MISSED_PERCENT
    };
    let best = rows
        .iter()
        .filter(is_deployable)
        .min_by(|one, other| one.summary.dollars.total_cmp(&other.summary.dollars))?;
    let given = rows.first()?;
    let figures =
        format!("the cheapest policy with at most {MOST_MISSED_PERCENT} % of the time out of the objective");
    let sentence = match best.policy {
        "today" => format!("Recommended: keep the size that runs today, {figures}."),
        "autoscaler" => format!("Recommended: kpu-autoscaler with these parameters, {figures}."),
        "balanced" => format!(
            "Recommended: {}, {figures}. It costs {:.0} % less than these parameters. Deploy it with ScalingOperation=Demand and ScaleMetric={}.",
            best.label,
            100.0 * (1.0 - best.summary.dollars / given.summary.dollars),
            demand_metric(scale_metric)
        ),
        _ => format!("Recommended: {}, {figures}.", best.label),
    };
    let today = rows.iter().find(|row| row.policy == "today" && best.policy != "today");
    let Some(today) = today else { return Some(sentence) };
    let saved = (today.summary.dollars - best.summary.dollars) / months;
    let change = if saved < 0.0 { "more" } else { "less" };
    Some(format!("{sentence} That is {:.0} dollars a month {change} than {}.", saved.abs(), today.label))
}

/// Returns the length of the trace in months.
fn months(results: &Results) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 minutes")]
    let minutes = results.scenario.trace.minutes() as f64;
    minutes / 60.0 / HOURS_OF_A_MONTH
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

/// Returns the sizes of a decision, or its verdict if it has none.
pub(crate) fn sizes(verdict: &str, from: Option<u32>, to: Option<u32>, unit: &str) -> String {
    match (from, to) {
        (Some(from), Some(to)) if verdict == "Observed" => format!("{from:>3} → {to}, observed"),
        (Some(from), Some(to)) => format!("{from:>3} → {to} {unit}"),
        (Some(units), None) => format!("{units:>3}, hold"),
        _ => verdict.to_owned(),
    }
}

fn write_decision(
    decision: &Decision,
    unit: &str,
    calendar: &Calendar,
    output: &mut impl Write,
) -> io::Result<()> {
    let direction = decision.direction.map_or(String::new(), |direction| direction.to_string());
    let size = sizes(decision.verdict, decision.from, decision.to, unit);
    write!(output, "{:<14} {direction:<4} {size:<14} {}", calendar.moment(decision.at), decision.why)?;
    if let Some(outcome) = &decision.outcome {
        write!(output, "; {outcome}")?;
    }
    if decision.count > 1 {
        write!(output, "; {} times until {}", decision.count, calendar.moment(decision.until))?;
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
    let months = months(results);
    writeln!(
        output,
        "\n{:<16}{:>11}{:>11}{:>11}{objective:>26}{:>14}{:>19}",
        "", "KPU-hours", "dollars", "a month", "worst lag", "rescales"
    )?;
    for ResultRow { label, summary, .. } in &results.rows {
        let missed = format!("{} ({:.2} %)", duration(summary.missed_minutes * 60.0), summary.missed_percent);
        let rescales = format!("{} ({:.1} a day)", summary.rescales, summary.rescales_per_day);
        writeln!(
            output,
            "{label:<16}{:>11.1}{:>11.2}{:>11.0}{missed:>26}{:>14}{rescales:>19}",
            summary.kpu_hours,
            summary.dollars,
            summary.dollars / months,
            duration(summary.worst_lag_seconds),
        )?;
    }
    writeln!(
        output,
        "Dollars include the orchestration KPU, which MSF bills beside the KPUs of the application{}.",
        results.scenario.model.snapshots_in_words()
    )?;
    writeln!(output, "{}.", results.own_cost.in_words())
}
