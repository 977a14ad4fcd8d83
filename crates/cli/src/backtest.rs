//! `kpu backtest`.

use crate::arguments::BacktestArguments;
use crate::learned::{Learned, is_given};
use crate::results::{Entrant, ResultRow, contenders};
use crate::simulate::{application_settings, run};
use crate::{Failure, report, text};
use history::Calibration;
use serde_json::json;
use simulator::{ComparedPolicy, Scenario};
use std::io::{self, Write};
use std::path::Path;

/// Where the report goes unless it is said otherwise.
const REPORT: &str = "kpu-backtest.html";

/// Runs the command.
pub(crate) fn backtest(arguments: &BacktestArguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let mut learned = Learned::of(common)?;
    let (parameters, settings) = application_settings(&common.set)?;
    let Calibration { model, trace, .. } = &learned.calibration;
    let scenario = Scenario {
        trace: trace.clone(),
        model: model.clone(),
        bounds: settings.bounds(),
        seed: common.seed,
        faults: Vec::new(),
    };
    let mut entrants = contenders(&settings, arguments.oracle);
    entrants.splice(1..1, presets(&common.set)?);
    let mut results = run(scenario, parameters, settings, entrants)?;
    match learned.recorded() {
        Some(summary) => results.rows.insert(
            1,
            ResultRow {
                policy: "recorded",
                label: "recorded run".to_owned(),
                description: "What the history says of the same days.".to_owned(),
                summary,
            },
        ),
        None => learned.doubt("no lag was recorded, so that the recorded days are not compared"),
    }
    learned.doubt_maximum(results.scenario.bounds.1);
    results.doubts.clone_from(&learned.calibration.doubts);
    results.command = "kpu backtest";
    results.references.insert(0, ("recorded", learned.sizes()));

    let mut output = io::stdout().lock();
    if common.json {
        let mut document = results.document();
        document["calibration"] = json!(learned.calibration);
        writeln!(output, "{document:#}")?;
    } else {
        learned.write(&mut output)?;
        text::write_plots(&results.run.series(), "KPU", &mut output)?;
        text::write_summary(&results, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!common.json).then_some(Path::new(REPORT)));
    if let Some(path) = path {
        report::write(path, &report::page(&results.report()), common.json, &mut output)?;
    }
    Ok(output.flush()?)
}

/// The presets of sizing by demand, within what is given.
fn presets(set: &[String]) -> Result<Vec<Entrant>, Failure> {
    let preset = |name: &'static str, what: &str| -> Result<Entrant, Failure> {
        let mut assignments: Vec<String> = set.iter().filter(|text| is_given(text)).cloned().collect();
        let demand = ["ScalingOperation=Demand", "ScaleMetric=millisBehindLatest", &format!("Preset={name}")];
        assignments.extend(demand.map(str::to_owned));
        let (_, settings) = application_settings(&assignments)?;
        let description = format!("Sizing by demand with the preset {name}: {what}.");
        Ok((name, format!("preset {name}"), description, ComparedPolicy::Direct(Box::new(settings))))
    };
    Ok(vec![
        preset("latency", "a short lag matters most")?,
        preset("balanced", "both matter alike")?,
        preset("cost", "few KPUs matter most")?,
    ])
}
