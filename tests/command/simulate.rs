//! The command `kpu` as a user types it: its output, its refusals and its exit codes.

use crate::typing::{folder, kpu, text};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Writes a trace of two hours whose load needs a scaling.
fn small_trace(folder: &Path) -> String {
    let rows =
        (0..120).map(|minute| format!("{},{}\n", minute * 60, if minute < 30 { 2_000 } else { 9_000 }));
    let path = folder.join("load.csv");
    fs::write(&path, format!("seconds,records_per_second\n{}", rows.collect::<String>())).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn simulate_without_arguments_prints_the_comparison_and_writes_a_report() {
    let folder = folder("main-job");
    let output = kpu(&folder, &["simulate"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    for expected in [
        "us-flights: 14 d of load, seed 1\n\nEach rescale violates the lag objective of 1 min: the job is down for about 1 min 15 s during a restart.",
        "Recommended: Demand, balanced, the cheapest policy with at most 2 % of the time out of the objective. It costs",
        "The last 10 of ",
        "containerCPUUtilization is",
        "→",
        "kpu-autoscaler",
        "peak size",
        "MSF built-in",
        "Python sample",
        "kpu-report.html",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
    for (page, markdown) in [
        ("README", include_str!("../../README.md")),
        ("tutorial", include_str!("../../docs/tutorials/simulate-your-traffic.md")),
    ] {
        let (_, table) = markdown.split_once("```text\n").unwrap();
        let (table, _) = table.split_once("```").unwrap();
        assert!(printed.contains(table), "the table of the {page} is not in\n{printed}");
    }
    let report = fs::read_to_string(folder.join("kpu-report.html")).unwrap();
    assert!(report.starts_with("<!doctype html>") && report.contains("\"policy\":\"autoscaler\""));
    for marker in ["/*DATA*/", "/*STYLE*/", "/*SCRIPT*/", "/*DRAWING*/", "/*PLOTS*/", "/*STREAM*/"] {
        assert!(!report.contains(marker), "{marker} was not replaced");
    }
    for outside in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!report.contains(outside), "the report is not self-contained: {outside}");
    }
}

#[test]
fn json_has_the_documented_fields_and_no_report_is_written() {
    let folder = folder("json");
    let trace = small_trace(&folder);
    let output =
        kpu(&folder, &["simulate", "--trace", &trace, "--set", "MaxKpu=16", "--seed", "3", "--json"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["trace"], &document["seed"]), (&Value::from("load"), &Value::from(3)));
    let results = document["results"].as_array().unwrap();
    let policies: Vec<&str> = results.iter().map(|row| row["policy"].as_str().unwrap()).collect();
    assert_eq!(policies, ["autoscaler", "balanced", "peak", "builtin", "sample"]);
    for row in results {
        for figure in [
            "kpuHours",
            "dollars",
            "missedMinutes",
            "missedPercent",
            "worstLagSeconds",
            "rescales",
            "rescalesPerDay",
            "downtimeSeconds",
        ] {
            assert!(row[figure].is_number(), "{figure} is missing in {row}");
        }
    }
    let peak = &results[2];
    assert_eq!(peak["kpuHours"], 32.0, "two hours of 16 KPUs");
    assert!(
        (peak["dollars"].as_f64().unwrap() - 34.0 * 0.11).abs() < 1e-9,
        "two hours of 16 KPUs and of the orchestration KPU"
    );
    assert!(!document["decisions"].as_array().unwrap().is_empty());
    assert!(!folder.join("kpu-report.html").exists());
}

/// A fixed size that runs today is a row of the comparison, and the recommendation states the difference in dollars.
#[test]
fn the_size_that_runs_today_is_compared() {
    let folder = folder("today");
    let trace = small_trace(&folder);
    let simulate = |today: &str, options: &[&str]| {
        kpu(&folder, &[&["simulate", "--trace", &trace, "--today", today], options].concat())
    };
    let document: Value = serde_json::from_slice(&simulate("20", &["--json"]).stdout).unwrap();
    let row = document["results"].as_array().unwrap().iter().find(|row| row["policy"] == "today").unwrap();
    assert_eq!((&row["kpuHours"], &row["label"]), (&json!(40.0), &json!("20 KPU today")));
    let printed = text(&simulate("20", &[]).stdout).to_owned();
    let row = printed.lines().find(|line| line.starts_with("20 KPU today ")).unwrap();
    // 21 KPUs for a month of 730 hours.
    assert!(row.contains(" 1686 "), "{row}");
    assert!(printed.contains("Recommended: keep the size that runs today, the cheapest policy"), "{printed}");
    let tolerant = text(&simulate("20", &["--lag-objective", "600"]).stdout).to_owned();
    assert!(tolerant.contains(" dollars a month less than 20 KPU today."), "{tolerant}");
    assert!(fs::read_to_string(folder.join("kpu-report.html")).unwrap().contains("\"today\":{\"kpus\""));
    for wrong in [&["--today", "0"][..], &["--today", "4", "--pipeline"]] {
        assert_eq!(kpu(&folder, &[&["simulate"], wrong].concat()).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn the_report_goes_to_the_given_path_and_an_unwritable_path_is_an_error_of_the_machine() {
    let folder = folder("report");
    let trace = small_trace(&folder);
    assert!(
        kpu(&folder, &["simulate", "--trace", &trace, "--report", "mine.html", "--json"]).status.success()
    );
    assert!(folder.join("mine.html").exists());
    let output = kpu(&folder, &["simulate", "--trace", &trace, "--report", "no/such/folder.html"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: failed to write the report 'no/such/folder.html'"));
    assert!(text(&output.stdout).contains("kpu-autoscaler"), "the result is printed all the same");
}

#[test]
fn every_metric_that_can_be_simulated_scales() {
    let folder = folder("metrics");
    let trace = small_trace(&folder);
    for set in [
        vec!["ScaleMetric=busyTimeMsPerSecond"],
        vec!["ScaleMetric=millisBehindLatest"],
        vec!["ScaleMetric=EstimatedMaxTimeLag"],
        vec!["ScaleMetric=MaxOffsetLag", "ScaleOutThreshold=50000", "ScaleInThreshold=100"],
        vec!["ScaleMetric=SumOffsetLag", "ScaleOutThreshold=50000", "ScaleInThreshold=100"],
        vec!["ScaleMetric=records-lag-max", "ScaleOutThreshold=50000", "ScaleInThreshold=100"],
        vec![
            "ScaleMetric=IncomingRecords",
            "Statistic=Sum",
            "ScaleOutThreshold=300000",
            "ScaleInThreshold=100000",
        ],
        vec!["PeriodSeconds=120"],
        vec!["PeriodSeconds=300", "ScaleOutEvaluationPeriods=1", "ScaleOutDatapointsToAlarm=1"],
        vec!["Statistic=Minimum"],
        vec!["ParallelismPerKpu=4"],
    ] {
        let mut arguments = vec!["simulate", "--json", "--trace", &trace];
        arguments.extend(set.iter().flat_map(|assignment| ["--set", assignment]));
        let output = kpu(&folder, &arguments);
        assert!(output.status.success(), "{set:?}: {}", text(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let decisions = document["decisions"].as_array().unwrap();
        let out = |decision: &&Value| decision["verdict"] == "Scaling" && decision["direction"] == "Out";
        assert!(decisions.iter().any(|decision| out(&decision)), "{set:?}: {decisions:?}");
    }
}

/// The next times at which bounds move, in local time and in UTC, with the change of the clocks between them.
#[test]
fn the_schedule_is_listed_in_local_time_and_in_utc() {
    let folder = folder("schedule");
    let set = ["HighKpu=20", "LowKpu=10", "HighStart=5:05", "HighEnd=18:05", "TimeZone=America/Los_Angeles"];
    let mut arguments = vec!["schedule", "--from", "2026-03-07T14:00Z", "--count", "3"];
    arguments.extend(set.iter().flat_map(|assignment| ["--set", assignment]));
    let output = kpu(&folder, &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines,
        [
            "now Sat 2026-03-07 06:00 PST Sat 14:00 UTC 20 KPU daily 5:05-18:05 20",
            "Sat 2026-03-07 18:05 PST Sun 02:05 UTC 10 KPU LowKpu 10",
            "clock put forward Sun 2026-03-08 05:05 PDT Sun 12:05 UTC 20 KPU daily 5:05-18:05 20",
            "Sun 2026-03-08 18:05 PDT Mon 01:05 UTC 10 KPU LowKpu 10",
        ]
    );
    arguments.push("--json");
    let document: Value = serde_json::from_slice(&kpu(&folder, &arguments).stdout).unwrap();
    assert_eq!(document["inForce"]["minKpu"], 20);
    assert_eq!(document["next"][1]["at"], "2026-03-08T12:05:00Z");
    assert_eq!(document["next"][1]["local"], "2026-03-08T05:05:00-07:00[America/Los_Angeles]");
    let never = kpu(&folder, &["schedule"]);
    assert!(text(&never.stdout).contains("The bounds never move"), "{}", text(&never.stdout));
    let unlikely =
        ["schedule", "--set", "Windows=daily 0:00-23:59 >=8", "--set", "TimeZone=EST", "--set", "MaxKpu=32"];
    let printed = kpu(&folder, &unlikely);
    for warning in ["Warning: TimeZone is EST, which has no daylight saving time", "let it end at 24:00."] {
        assert!(text(&printed.stdout).contains(warning), "{}", text(&printed.stdout));
    }
    let document: Value =
        serde_json::from_slice(&kpu(&folder, &[&unlikely[..], &["--json"]].concat()).stdout).unwrap();
    assert_eq!(document["warnings"].as_array().unwrap().len(), 2);
    let refused = kpu(&folder, &["schedule", "--set", "TimeZone=Paris"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("did you mean Europe/Paris?"));
}

#[test]
fn a_pause_is_simulated_or_rejected() {
    let folder = folder("pause");
    let trace = small_trace(&folder);
    let simulate = |pause: &str| kpu(&folder, &["simulate", "--trace", &trace, "--json", "--pause", pause]);
    for wrong in ["in", "in 8-9", "sideways 8:00-9:00", "in 9:00-8:00", "in 8:60-9:00", "in -1:00-2:00"] {
        let output = simulate(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(text(&output.stderr).contains("pause"), "{wrong}: {}", text(&output.stderr));
    }
    let scaled = |pause| text(&simulate(pause).stdout).matches("\"verdict\": \"Scaling\"").count();
    assert!(scaled("all 0:00-1000:00") == 0 && scaled("all 999:00-1000:00") > 0);
}

#[test]
fn the_diagram_shows_every_state_in_every_format() {
    let folder = folder("diagram");
    let definition: Value =
        serde_json::from_str(include_str!("../../statemachine/autoscaler.asl.json")).unwrap();
    for format in ["text", "svg", "mermaid"] {
        let output = kpu(&folder, &["diagram", "--format", format]);
        assert!(output.status.success());
        for state in definition["States"].as_object().unwrap().keys() {
            assert!(text(&output.stdout).contains(state.as_str()), "{state} is missing in {format}");
        }
    }
}

#[test]
fn the_picture_in_the_readme_is_the_output_of_the_command() {
    let output = kpu(&folder("picture"), &["diagram", "--format", "svg"]);
    let kept = include_str!("../../docs/images/state-machine.svg");
    assert_eq!(
        text(&output.stdout),
        kept,
        "draw it again: cargo run -- diagram --format svg > docs/images/state-machine.svg"
    );
}

#[test]
fn the_help_teaches_and_a_wrong_call_exits_with_two() {
    let folder = folder("help");
    let help = kpu(&folder, &["simulate", "--help"]);
    assert!(help.status.success());
    for expected in [
        "MaxKpu",
        "the largest number of KPUs [32]",
        "Examples:",
        "Exit codes:",
        "--trace",
        "seconds,records_per_second",
    ] {
        assert!(text(&help.stdout).contains(expected), "{expected} is missing");
    }
    assert_eq!(kpu(&folder, &[]).status.code(), Some(2), "kpu alone prints the help, and is a wrong call");
}
