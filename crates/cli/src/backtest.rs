//! `kpu backtest`.

use crate::arguments::BacktestArguments;
use crate::inputs::application_settings;
use crate::learned::{Learned, is_given};
use crate::results::{PolicyToCompare, ResultRow, compared_policies};
use crate::simulate::run;
use crate::{Failure, report, text};
use history::Calibration;
use serde_json::json;
use simulator::{ComparedPolicy, Scenario};
use std::io::{self, Write};
use std::path::Path;

/// The default path of the report.
const REPORT: &str = "kpu-backtest.html";

/// Runs the command.
pub(crate) fn backtest(arguments: &BacktestArguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let mut learned = Learned::of(common)?;
    let (parameters, settings) = application_settings(&common.set)?;
    learned.calibration.model.state_gigabytes = settings.state_gigabytes();
    let Calibration { model, trace, .. } = &learned.calibration;
    let scenario = Scenario {
        trace: trace.clone(),
        model: model.clone(),
        bounds: settings.bounds(),
        seed: common.seed,
        faults: Vec::new(),
    };
    let mut policies = compared_policies(&settings, arguments.oracle);
    policies.splice(1..1, presets(&common.set)?);
    let mut results = run(scenario, parameters, settings, policies)?;
    match learned.recorded() {
        Some(summary) => results.rows.insert(
            1,
            ResultRow {
                policy: "recorded",
                label: "recorded run".to_owned(),
                description: "The recorded sizes and lags of the same days.".to_owned(),
                summary,
            },
        ),
        None => learned.add_uncertainty("the history has no lag, so the recorded days are not compared"),
    }
    learned.check_maximum(results.scenario.bounds.1);
    results.uncertain.clone_from(&learned.calibration.uncertain);
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

/// Returns the presets of sizing by demand, within the bounds and limits of `set`.
fn presets(set: &[String]) -> Result<Vec<PolicyToCompare>, Failure> {
    let preset = |name: &'static str, goal: &str| -> Result<PolicyToCompare, Failure> {
        let mut assignments: Vec<String> = set.iter().filter(|text| is_given(text)).cloned().collect();
        let demand = ["ScalingOperation=Demand", "ScaleMetric=millisBehindLatest", &format!("Preset={name}")];
        assignments.extend(demand.map(str::to_owned));
        let (_, settings) = application_settings(&assignments)?;
        let description = format!("Sizing by demand with the preset {name}: {goal}.");
        Ok((name, format!("preset {name}"), description, ComparedPolicy::Direct(Box::new(settings))))
    };
    Ok(vec![
        preset("latency", "a short lag matters most")?,
        preset("balanced", "lag and cost matter equally")?,
        preset("cost", "few KPUs matter most")?,
    ])
}
