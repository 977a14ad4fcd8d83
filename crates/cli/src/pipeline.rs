//! `kpu simulate --pipeline`: a stream and the application that reads it.

use crate::arguments::SimulateArguments;
use crate::format::duration;
use crate::import::zone;
use crate::inputs::{
    application_settings, assignments, check_use, load, model, settings, with_planned_events,
};
use crate::progress::progress_bar;
use crate::results::{ResultRow, Results};
use crate::text::{write_decisions, write_plots, write_state_machine, write_summary};
use crate::{Failure, report};
use serde_json::{Value, json};
use simulator::{Model, Pipeline, PipelineRun, Run, STREAM_PARAMETERS, Scaled, Scenario, Summary, decisions};
use std::io::{self, Write};
use std::path::Path;

/// Runs the command.
pub(crate) fn simulate(arguments: &SimulateArguments, default_report: &Path) -> Result<(), Failure> {
    let (parameters, application) = application_settings(&assignments(arguments))?;
    let stream_set: Vec<String> = STREAM_PARAMETERS
        .iter()
        .map(|assignment| (*assignment).to_owned())
        .chain(arguments.set_stream.clone())
        .collect();
    let (stream_parameters, stream) = settings(&stream_set)?;
    check_use(&stream_parameters, &arguments.set_stream)?;
    let trace = load(arguments)?;
    let application = with_planned_events(application, arguments, &trace)?;
    let bytes = arguments.record_bytes;
    if !(1.0..=10_485_760.0).contains(&bytes) {
        return Err(Failure::Input(format!(
            "--record-bytes is {bytes}; set it to a number from 1 to 10485760"
        )));
    }
    let stream_model =
        Model { lag_objective_seconds: application.lag_objective_seconds(), ..Model::of_a_stream(bytes) };
    let pipeline = Pipeline {
        trace,
        application: Scaled {
            model: model(arguments, &application)?,
            settings: application.clone(),
            faults: Vec::new(),
        },
        stream: Scaled { model: stream_model, settings: stream, faults: Vec::new() },
        seed: arguments.seed,
    };
    let bar = progress_bar(1);
    bar.0.set_message("stream and application");
    let ran = pipeline.run(&mut |share| bar.at(0, share));
    bar.0.finish_and_clear();
    let ran = ran.map_err(|error| Failure::Machine(error.to_string()))?;
    let summary = ran.summary();
    let PipelineRun { application: run, stream } = ran;
    let results = Results {
        command: "kpu simulation of a pipeline",
        uncertain: Vec::new(),
        scenario: Scenario {
            trace: pipeline.trace.clone(),
            model: pipeline.application.model.clone(),
            bounds: application.bounds(),
            seed: arguments.seed,
            faults: Vec::new(),
        },
        zone: zone(&arguments.reading)?.unwrap_or_else(|| application.policy().schedule.zone().clone()),
        own_cost: run.own_cost(&parameters).plus(stream.own_cost(&stream_parameters)),
        parameters,
        rows: vec![ResultRow {
            policy: "autoscaler",
            label: "the pipeline".to_owned(),
            description:
                "The deployed state machine and tasks scale the stream and the application, with the parameters below. The dollars are those of both, and a lag includes the wait at the producers."
                    .to_owned(),
            summary,
        }],
        settings: application,
        decisions: decisions(&run.timeline),
        run,
        references: Vec::new(),
    };
    let mut output = io::stdout().lock();
    if arguments.json {
        let mut document = results.document();
        document["stream"] = document_of(&stream, &pipeline.stream);
        writeln!(output, "{document:#}")?;
    } else {
        write(&results, &stream, arguments.timeline, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!arguments.json).then_some(default_report));
    if let Some(path) = path {
        let mut data = results.report();
        data["stream"] = data_of(&stream, &pipeline.stream);
        append_decisions(&mut data, &stream);
        report::write(path, &report::page(&data), arguments.json, &mut output)?;
    }
    Ok(output.flush()?)
}

fn write(results: &Results, stream: &Run, all_decisions: bool, output: &mut impl Write) -> io::Result<()> {
    let Summary { kpu_hours, dollars, rescales, worst_lag_seconds, .. } = stream.summary;
    writeln!(output, "{}: the stream, and the application that reads it", results.scenario.trace.name())?;
    write_summary(results, output)?;
    writeln!(
        output,
        "The dollars include {dollars:.2} for the {kpu_hours:.1} shard-hours of the stream, which was changed {rescales} times. The lag includes the \
         wait of a record at its producer, which was {} at the longest.",
        duration(worst_lag_seconds),
    )?;
    for (name, run, unit) in [("stream", stream, "shards"), ("application", &results.run, "KPU")] {
        writeln!(output, "\nThe {name}:")?;
        write_plots(&run.series(), unit, output)?;
        write_decisions(&decisions(&run.timeline), unit, all_decisions, &results.calendar(), output)?;
    }
    write_state_machine(&[&results.run, stream], output)
}

/// The figures of the stream, for `--json`.
fn document_of(stream: &Run, scaled: &Scaled) -> Value {
    let summary = &stream.summary;
    json!({
        "shardHours": summary.kpu_hours,
        "dollars": summary.dollars,
        "pricePerShardHour": scaled.model.dollars_per_kpu_hour,
        "changes": summary.rescales,
        "missedMinutes": summary.missed_minutes,
        "longestWaitSeconds": summary.worst_lag_seconds,
        "decisions": decisions(&stream.timeline),
    })
}

/// The figures and the series of the stream, for the report.
fn data_of(stream: &Run, scaled: &Scaled) -> Value {
    let series = stream.series();
    let (least, most) = scaled.settings.bounds();
    let rounded =
        |values: Vec<f64>| values.into_iter().map(|value| (value * 10.0).round() / 10.0).collect::<Vec<_>>();
    let mut data = document_of(stream, scaled);
    data["least"] = least.into();
    data["most"] = most.into();
    data["written"] = json!(rounded(series.load));
    data["limit"] = json!(rounded(series.capacity));
    data["waitingSeconds"] = json!(rounded(series.lag_seconds));
    data["shards"] = json!(series.kpus);
    data
}

/// Merges the decisions about the stream into the decisions of the report, by time.
fn append_decisions(data: &mut Value, stream: &Run) {
    let rows = data["decisions"].as_array_mut();
    let Some(rows) = rows else { return };
    let seconds = |time: jiff::Timestamp| time.duration_since(stream.start()).as_secs();
    rows.extend(decisions(&stream.timeline).iter().map(|decision| {
        let mut row = serde_json::to_value(decision).unwrap_or_default();
        row["at"] = seconds(decision.at).into();
        row["until"] = seconds(decision.until).into();
        row["of"] = "stream".into();
        row
    }));
    rows.sort_by_key(|row| row["at"].as_i64());
}
