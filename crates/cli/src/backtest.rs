//! `kpu backtest`.

use crate::arguments::BacktestArguments;
use crate::import::zone;
use crate::inputs::application_settings;
use crate::learned::Learned;
use crate::presets::{ALL, LAG_OF_A_STREAM, preset};
use crate::results::{ResultRow, compared_policies};
use crate::simulate::run;
use crate::{Failure, report, text};
use history::Calibration;
use serde_json::json;
use simulator::Scenario;
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
    let presets: Result<Vec<_>, Failure> =
        ALL.into_iter().map(|preset_of| preset(preset_of, LAG_OF_A_STREAM, &common.set)).collect();
    policies.splice(1..1, presets?);
    let mut results = run(scenario, parameters.clone(), settings, policies)?;
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
        None => learned
            .add_uncertainty("the history has no lag or no size, so the recorded days are not compared"),
    }
    learned.check_maximum(results.scenario.bounds.1);
    results.uncertain.clone_from(&learned.calibration.uncertain);
    results.command = "kpu backtest";
    results.zone = zone(&common.reading)?.unwrap_or(results.zone);
    if learned.replay.is_some() {
        results.references.insert(0, ("recorded", learned.sizes()));
    }

    let mut output = io::stdout().lock();
    if common.json {
        let mut document = results.document();
        document["calibration"] = json!(learned.calibration);
        document["replay"] = json!(learned.replay);
        document["moreSubtasks"] = json!(learned.more_subtasks(&parameters));
        writeln!(output, "{document:#}")?;
    } else {
        learned.write(&results.calendar(), &mut output)?;
        text::write_plots(&results.run.series(), "KPU", &mut output)?;
        text::write_summary(&results, &mut output)?;
        learned.write_more_subtasks(&parameters, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!common.json).then_some(Path::new(REPORT)));
    if let Some(path) = path {
        report::write(path, &report::page(&results.report()), common.json, &mut output)?;
    }
    Ok(output.flush()?)
}
