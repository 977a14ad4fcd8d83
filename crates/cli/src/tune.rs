//! `kpu tune`.

mod page;

use crate::Failure;
use crate::arguments::TuneArguments;
use crate::backtest::{Learned, is_given, write_report};
use crate::format::duration;
use crate::simulate::parameters;
use history::{Compared, Objective, Tuned};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use simulator::{PARAMETERS, Settings};
use std::io::{self, Write};
use std::path::Path;

/// Where the report goes unless it is said otherwise.
const REPORT: &str = "kpu-tune.html";

/// Fewer days than these on each side say little.
const ENOUGH_DAYS: f64 = 3.0;

/// Runs the command.
pub(crate) fn tune(arguments: &TuneArguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let learned = Learned::of(common)?;
    let present = parameters(&common.set)?;
    Settings::new(&present).map_err(|error| Failure::Input(error.to_string()))?;
    if !(0.0..=100.0).contains(&arguments.allowed) {
        return Err(Failure::Input(format!(
            "--allowed takes percent from 0 to 100, not {}",
            arguments.allowed
        )));
    }
    let has_lag = learned.history.minutes().iter().any(|minute| minute.lag.or(minute.worst_lag).is_some());
    let in_seconds = present.get("ScaleMetric") == "EstimatedMaxTimeLag";
    let (given, changed) = common.set.iter().cloned().partition(|assignment| is_given(assignment));
    let objective = Objective {
        given,
        present: changed,
        allowed_percent: arguments.allowed,
        lag: has_lag.then_some(if in_seconds { "EstimatedMaxTimeLag" } else { "millisBehindLatest" }),
        policies: usize::try_from(arguments.policies).unwrap_or(usize::MAX),
        seed: common.seed,
    };
    let bar = ProgressBar::new(arguments.policies.into());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {pos} of {len} policies") {
        bar.set_style(style);
    }
    let tuned = history::tune(&learned.calibration, &objective, &|tried| {
        bar.set_position(u64::try_from(tried).unwrap_or(u64::MAX));
    });
    let speed = tuned.played_days / bar.elapsed().as_secs_f64();
    bar.finish_and_clear();

    let doubts = doubts(&learned, &tuned);
    let mut output = io::stdout().lock();
    if common.json {
        let calibration = &learned.calibration;
        let document = json!({"tuned": tuned, "overrides": overrides(&tuned.recommended), "calibration": calibration, "doubts": doubts});
        writeln!(output, "{document:#}")?;
    } else {
        learned.write(&mut output)?;
        write(&tuned, &doubts, arguments, speed, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!common.json).then_some(Path::new(REPORT)));
    if let Some(path) = path {
        write_report(path, &page::page(&learned, &tuned, &doubts, arguments), common.json, &mut output)?;
    }
    Ok(output.flush()?)
}

/// Why the recommendation may be wrong.
fn doubts(learned: &Learned, tuned: &Tuned) -> Vec<String> {
    let mut doubts = learned.calibration.doubts.clone();
    let (chose, judged) = tuned.days;
    if chose.min(judged) < ENOUGH_DAYS {
        doubts.push(format!("{chose:.1} days chose and {judged:.1} days judged; import two weeks"));
    }
    doubts
}

/// The parameters that are not the defaults, in the order of the template.
fn overrides(policy: &[String]) -> Vec<String> {
    let value = |name: &str| {
        let found =
            policy.iter().rev().find_map(|assignment| assignment.strip_prefix(&format!("{name}="))?.into());
        found.map(str::to_owned)
    };
    let changed = PARAMETERS.iter().filter_map(|parameter| {
        let value = value(parameter.name)?;
        (value != parameter.default).then(|| format!("{}={value}", parameter.name))
    });
    changed.collect()
}

fn write(
    tuned: &Tuned,
    doubts: &[String],
    arguments: &TuneArguments,
    speed: f64,
    output: &mut impl Write,
) -> io::Result<()> {
    let (chose, judged) = tuned.days;
    let count = tuned.tried.len();
    writeln!(
        output,
        "\n{count} policies on {chose:.1} days chose ({:.0} days played, {speed:.0} a second); {judged:.1} other days judge:\n",
        tuned.played_days
    )?;
    heading("", arguments, output)?;
    for compared in &tuned.unseen {
        row(compared, output)?;
    }
    for (seconds, compared) in &tuned.restarts {
        writeln!(output)?;
        heading(&format!("restart {}", duration(*seconds)), arguments, output)?;
        for compared in compared {
            row(compared, output)?;
        }
    }
    writeln!(output, "\nConfidence: {}", if doubts.is_empty() { "high" } else { "low" })?;
    for doubt in doubts {
        writeln!(output, "  {doubt}")?;
    }
    let overrides = overrides(&tuned.recommended);
    if !tuned.is_better || overrides.is_empty() {
        return writeln!(
            output,
            "\nNothing was found that is better on days that it has not seen. Keep what you have."
        );
    }
    writeln!(output, "\nPut into the template:\n")?;
    for assignment in &overrides {
        writeln!(output, "  {assignment}")?;
    }
    writeln!(output, "\n  sam deploy --parameter-overrides {}", quoted(&overrides))
}

/// Assignments as they are typed.
fn quoted(assignments: &[String]) -> String {
    let quote =
        |text: &String| if text.contains([' ', '<', '>', ',']) { format!("'{text}'") } else { text.clone() };
    assignments.iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn heading(title: &str, arguments: &TuneArguments, output: &mut impl Write) -> io::Result<()> {
    let objective = format!("lag > {}", duration(arguments.common.lag_objective));
    writeln!(
        output,
        "{title:<16}{:>16}{objective:>16}{:>16}{:>20}",
        "dollars a month", "worst lag", "restarts a day"
    )
}

fn row(compared: &Compared, output: &mut impl Write) -> io::Result<()> {
    let Compared { label, dollars_a_month, summary } = compared;
    writeln!(
        output,
        "{label:<16}{dollars_a_month:>16.2}{:>14.2} %{:>16}{:>20.1}",
        summary.missed_percent,
        duration(summary.worst_lag_seconds),
        summary.rescales_per_day
    )
}
