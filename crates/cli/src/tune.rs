//! `kpu tune`.

mod page;

use crate::arguments::TuneArguments;
use crate::format::duration;
use crate::inputs::application_settings;
use crate::learned::Learned;
use crate::presets::is_given;
use crate::{Failure, report};
use history::{Compared, Objective, Tuned};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use simulator::{PARAMETERS, Parameter};
use std::io::{self, Write};
use std::path::Path;

/// The default path of the report.
const REPORT: &str = "kpu-tune.html";

/// The least number of days on each side for a recommendation with high confidence.
const MIN_DAYS: f64 = 3.0;

/// Runs the command.
pub(crate) fn tune(arguments: &TuneArguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let mut learned = Learned::of(common)?;
    let (present, settings) = application_settings(&common.set)?;
    learned.calibration.model.state_gigabytes = settings.state_gigabytes();
    learned.check_maximum(settings.bounds().1);
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

    let uncertain = uncertainties(&learned, &tuned, arguments);
    let mut output = io::stdout().lock();
    if common.json {
        let calibration = &learned.calibration;
        let document = json!({"tuned": tuned, "overrides": changes(&tuned), "calibration": calibration, "uncertain": uncertain});
        writeln!(output, "{document:#}")?;
    } else {
        learned.write(&mut output)?;
        write(&tuned, &uncertain, arguments, speed, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!common.json).then_some(Path::new(REPORT)));
    if let Some(path) = path {
        report::write(path, &page::page(&learned, &tuned, &uncertain, arguments), common.json, &mut output)?;
    }
    Ok(output.flush()?)
}

/// Returns the reasons why the recommendation may be wrong.
fn uncertainties(learned: &Learned, tuned: &Tuned, arguments: &TuneArguments) -> Vec<String> {
    let mut uncertain = learned.calibration.uncertain.clone();
    let (chose, judged) = tuned.days;
    if chose.min(judged) < MIN_DAYS {
        uncertain.push(format!(
            "the parameters were chosen on {chose:.1} days and compared on {judged:.1} days, fewer than {MIN_DAYS}; import two weeks"
        ));
    }
    let recommended = tuned.unseen.iter().find(|compared| compared.label == "recommended");
    if let Some(recommended) = recommended.filter(|found| found.summary.missed_percent > arguments.allowed) {
        uncertain.push(format!(
            "the lag is out of the objective for {:.2} % of the time, and --allowed is {} %: no tried policy keeps it; raise MaxKpu or --lag-objective, or make restarts faster",
            recommended.summary.missed_percent, arguments.allowed
        ));
    }
    uncertain
}

/// Returns the value of a parameter in a policy.
fn value<'a>(policy: &'a [String], parameter: &Parameter) -> &'a str {
    let stated = |text: &'a String| text.strip_prefix(parameter.name)?.strip_prefix('=');
    policy.iter().rev().find_map(stated).unwrap_or(parameter.default)
}

/// Returns the assignments that change the present parameters into the recommended ones, including those back to a default.
/// Further parameters that the recommended metric needs have the placeholder `<yours>`.
fn changes(tuned: &Tuned) -> Vec<String> {
    let of = |policy, name| {
        PARAMETERS.iter().find(|parameter| parameter.name == name).map_or("", |it| value(policy, it))
    };
    let mut changes: Vec<String> = PARAMETERS
        .iter()
        .filter(|parameter| value(&tuned.recommended, parameter) != value(&tuned.present, parameter))
        .map(|parameter| format!("{}={}", parameter.name, value(&tuned.recommended, parameter)))
        .collect();
    let metric = of(&tuned.recommended, "ScaleMetric");
    let needed: &[&str] = match metric {
        _ if metric == of(&tuned.present, "ScaleMetric") => &[],
        "millisBehindLatest" => &["KinesisStreamName"],
        "EstimatedMaxTimeLag" => &["MskClusterName", "KafkaTopic", "ConsumerGroup", "LoadAlarmName"],
        _ => &[],
    };
    changes.extend(needed.iter().map(|name| format!("{name}=<yours>")));
    changes
}

fn write(
    tuned: &Tuned,
    uncertain: &[String],
    arguments: &TuneArguments,
    speed: f64,
    output: &mut impl Write,
) -> io::Result<()> {
    let (chose, judged) = tuned.days;
    let count = tuned.tried.len();
    writeln!(
        output,
        "\n{count} policies were tried on {chose:.1} days ({:.0} days simulated, {speed:.0} a second); the results on {judged:.1} other days:\n",
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
    writeln!(output, "\nConfidence: {}", if uncertain.is_empty() { "high" } else { "low" })?;
    for reason in uncertain {
        writeln!(output, "  {reason}")?;
    }
    let changes = changes(tuned);
    if !tuned.is_better || changes.is_empty() {
        return writeln!(
            output,
            "\nThe search found no parameters that are better on the other days. Keep the present ones."
        );
    }
    writeln!(output, "\nSet these parameters, in place of the present ones:\n")?;
    for assignment in &changes {
        writeln!(output, "  {assignment}")?;
    }
    writeln!(output, "\n  sam deploy --parameter-overrides {}", quoted(&changes))
}

/// Returns assignments in the form for a shell.
fn quoted(assignments: &[String]) -> String {
    let quote = |text: &String| {
        if text.contains([' ', '<', '>', ',']) || text.ends_with('=') {
            format!("'{text}'")
        } else {
            text.clone()
        }
    };
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
