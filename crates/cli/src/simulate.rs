//! `kpu simulate`.

use crate::arguments::SimulateArguments;
use crate::import::{write_history, zone};
use crate::inputs::{application_settings, assignments, load, model, with_planned_events};
use crate::presets::{BALANCED, demand_metric, preset};
use crate::progress::progress_bar;
use crate::results::{PolicyToCompare, ResultRow, Results, compared_policies};
use crate::{Failure, pipeline, report, text};
use history::History;
use simulator::{ComparedPolicy, Parameters, Scenario, Settings, decisions};
use std::io::Write;
use std::path::Path;

/// The default path of the report.
const REPORT: &str = "kpu-report.html";

/// Runs the command.
pub(crate) fn simulate(arguments: &SimulateArguments) -> Result<(), Failure> {
    if arguments.pipeline {
        return pipeline::simulate(arguments, Path::new(REPORT));
    }
    if let Some(assignment) = arguments.set_stream.first() {
        return Err(Failure::Input(format!(
            "--set-stream is '{assignment}', which sets a parameter of the stream in a pipeline; add --pipeline"
        )));
    }
    let set = assignments(arguments);
    let (parameters, settings) = application_settings(&set)?;
    let trace = load(arguments)?;
    let settings = with_planned_events(settings, arguments, &trace)?;
    let scenario = Scenario {
        trace,
        model: model(arguments, &settings)?,
        bounds: settings.bounds(),
        seed: arguments.seed,
        faults: Vec::new(),
    };
    let mut policies = compared_policies(&settings, arguments.oracle);
    if parameters.get("ScalingOperation") != "Demand" {
        policies.insert(1, preset(BALANCED, demand_metric(parameters.get("ScaleMetric")), &set)?);
    }
    if let Some(kpus) = arguments.today {
        policies.insert(1, today(kpus));
    }
    let mut results = run(scenario, parameters, settings, policies)?;
    results.zone = zone(&arguments.reading)?.unwrap_or(results.zone);

    // The results are printed first, so that they are not lost if the report cannot be written.
    let mut output = std::io::stdout().lock();
    if arguments.json {
        writeln!(output, "{:#}", results.document())?;
    } else {
        text::write(&results, arguments.timeline, &mut output)?;
    }
    if let Some(path) = &arguments.history {
        write_history(path, &History::of(&results.run))?;
    }
    let report_path = arguments.report.as_deref().or((!arguments.json).then_some(Path::new(REPORT)));
    if let Some(path) = report_path {
        report::write(path, &report::page(&results.report()), arguments.json, &mut output)?;
    }
    Ok(output.flush()?)
}

/// Returns the fixed size that runs today.
fn today(kpus: u32) -> PolicyToCompare {
    let description = format!("The size that runs today: always {kpus} KPU.");
    ("today", format!("{kpus} KPU today"), description, ComparedPolicy::Fixed(kpus))
}

/// Runs every policy, with a progress bar on standard error if that is a terminal.
pub(crate) fn run(
    scenario: Scenario,
    parameters: Parameters,
    settings: Settings,
    policies: Vec<PolicyToCompare>,
) -> Result<Results, Failure> {
    let bar = progress_bar(policies.len());
    let mut rows = Vec::new();
    let mut own_run = None;
    let mut references = Vec::new();
    for (index, (name, label, description, policy)) in (0_u64..).zip(policies) {
        bar.0.set_message(label.clone());
        let mut progress = |share: f64| bar.at(index, share);
        let run =
            scenario.run(&policy, &mut progress).map_err(|error| Failure::Machine(error.to_string()))?;
        rows.push(ResultRow { policy: name, label, description, summary: run.summary.clone() });
        match own_run {
            None => own_run = Some(run),
            Some(_) => references.push((name, run.series().kpus)),
        }
    }
    bar.0.finish_and_clear();
    let run = own_run
        .ok_or_else(|| Failure::Machine("failed to simulate: the list of policies is empty".to_owned()))?;
    let decisions = decisions(&run.timeline);
    Ok(Results {
        own_cost: run.own_cost(&parameters),
        command: "kpu simulation",
        uncertain: Vec::new(),
        scenario,
        zone: settings.policy().schedule.zone().clone(),
        parameters,
        settings,
        rows,
        run,
        references,
        decisions,
    })
}
