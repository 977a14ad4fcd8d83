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
    let (_, table) = include_str!("../../README.md").split_once("```text\n").unwrap();
    let (table, _) = table.split_once("```").unwrap();
    assert!(printed.contains(table), "the table of the README is not in\n{printed}");
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

/// `crates/history/tests/tables.rs` has a row for each cause.
#[test]
fn an_invalid_trace_is_rejected_with_one_sentence_and_its_line() {
    const HEADING: &str = "seconds,records_per_second\n";
    let folder = folder("traces");
    for (name, content, expected) in [
        ("empty", Vec::new(), "the file is empty"),
        ("binary", vec![0x89, 0x50, 0xff, 0x00, 0xfe, 0x0a], "the file is not text in UTF-8; save it as CSV"),
        ("no-row", HEADING.into(), "the file has a heading and no row"),
        ("twice", format!("{HEADING}0,1\n0,2\n").into(), "has two values at second 0, 1 and 2"),
        (
            "word",
            format!("{HEADING}0,5\n60,many\n").into(),
            "line 3: records_per_second is 'many', which is not a number",
        ),
        ("word-time", format!("{HEADING}noon,5\n").into(), "line 2: 'noon' is not a time; write it as"),
        (
            "no-load",
            "timestamp,cpu\n2026-11-21T08:00Z,5\n".into(),
            "it has no load; name its column or query with --column load=NAME",
        ),
    ] {
        let path = folder.join(format!("{name}.csv"));
        fs::write(&path, content).unwrap();
        let output = kpu(&folder, &["simulate", "--trace", path.to_str().unwrap()]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {error}");
        let file = path.display();
        let last = error.trim_end().lines().last().unwrap();
        assert!(last.starts_with(&format!("error: failed to read the file '{file}': ")), "{name}: {error}");
        assert!(last.contains(expected), "{name}: {error}");
        assert!(output.stdout.is_empty());
    }
    let output = kpu(&folder, &["simulate", "--trace", "missing.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: failed to read the file 'missing.csv'"));
}

#[test]
fn invalid_parameters_are_rejected_with_one_sentence_that_names_them() {
    let folder = folder("parameters");
    #[rustfmt::skip]
    let rows: [(&[&str], &str); 46] = [
        (&["MaxKpus=3"],                 "there is no parameter 'MaxKpus'; did you mean MaxKpu?"),
        (&["maxkpu=3"],                  "there is no parameter 'maxkpu'; did you mean MaxKpu?"),
        (&["Colour=red"],                "there is no parameter 'Colour'; `kpu simulate --help` lists them"),
        (&["=3"],                        "there is no parameter ''"),
        (&["MaxKpu"],                    "'MaxKpu' is not of the form Name=value"),
        (&["MaxKpu=many"],               "MaxKpu takes a whole number from 1 to 10000, not 'many'"),
        (&["MaxKpu=0"],                  "MaxKpu takes a whole number from 1 to 10000, not '0'"),
        (&["MinKpu=8", "MaxKpu=4"],      "MinKpu is 8 and MaxKpu is 4; set MinKpu to at most MaxKpu"),
        (&["MaxParallelism=-1"],         "MaxParallelism takes a whole number"),
        (&["ParallelismPerKpu=9"],       "ParallelismPerKpu takes a whole number from 1 to 8, not '9'"),
        (&["ScalingOperation=Double"],   "ScalingOperation is 'Double'; set it to Multiply/Divide, Add/Subtract, Steps, Target or Demand"),
        (&["ScaleOutFactor=1"],          "ScaleOutFactor does not fit Multiply/Divide"),
        (&["ScaleInFactor=NaN"],         "ScaleInFactor does not fit Multiply/Divide"),
        (&["ScalingOperation=Add/Subtract", "ScaleInFactor=1.5"], "ScaleInFactor does not fit Add/Subtract"),
        (&["ScaleMetric=EstimatedMaxTimeLag", "ScaleOutThreshold=30000"], "EstimatedMaxTimeLag is in seconds; set it to 30 if 30 s are meant"),
        (&["ScaleMetric=millisBehindLatest", "ScaleOutThreshold=30", "ScaleInThreshold=1"], "millisBehindLatest is in milliseconds; set it to 30000 if 30 s are meant"),
        (&["StateGigabytes=-1"], "StateGigabytes is -1; set it to the state of the application in GB"),
        (&["Statistic=p99"],             "Statistic is 'p99'; set it to Average, Minimum, Maximum or Sum"),
        (&["PeriodSeconds=90"],          "PeriodSeconds is 90; set it to a multiple of 60"),
        (&["PeriodSeconds=10"],          "PeriodSeconds takes a whole number from 60"),
        (&["ScaleOutDatapointsToAlarm=5"], "ScaleOutDatapointsToAlarm is 5 and ScaleOutEvaluationPeriods is 3"),
        (&["ScaleInEvaluationPeriods=30", "PeriodSeconds=3000"], "which is more than a day and not valid"),
        (&["ScaleOutThreshold=high"],    "ScaleOutThreshold takes a number, not 'high'"),
        (&["ScaleOutThreshold=inf"],     "ScaleOutThreshold takes a number, not 'inf'"),
        (&["ScaleInThreshold=90"],       "ScaleInThreshold is 90 and ScaleOutThreshold is 85; set ScaleInThreshold below"),
        (&["ScaleInThreshold=50"],       "set ScaleInThreshold below 48.2, or ScaleInFactor lower"),
        (&["MaxParallelism=4", "MinKpu=8"], "MaxParallelism 4 and SourcePartitions (not set) with ParallelismPerKpu 1 fill fewer KPUs than the largest minimum, 8, of MinKpu and the windows"),
        (&["TimeZone=Europe/Berln"],     "TimeZone 'Europe/Berln' is not in the IANA time zone database; did you mean Europe/Berlin?"),
        (&["HighKpu=20", "HighStart=8:00", "HighEnd=8:00"], "HighStart and HighEnd: its start and its end are equal"),
        (&["HighKpu=40", "HighStart=8:00", "HighEnd=9:00"], "has 40 KPU and MaxKpu is 32; raise MaxKpu"),
        (&["Windows=Mon 8:00-9:00"],     "Windows has 'Mon 8:00-9:00': write it as days, times and sizes"),
        (&["Mode=dry"],                  "Mode takes active, observe or off, not 'dry'"),
        (&["Statistic=Sum"],             "Statistic is Sum, which has no meaning for containerCPUUtilization; set it to Average"),
        (&["ScaleMetric=IncomingRecords", "Statistic=Average"], "Statistic is Average, which has no meaning for IncomingRecords; set it to Sum"),
        (&["a=1"],                       "there is no parameter 'a'; `kpu simulate --help` lists them"),
        (&["ScaleMetric=SumOffsetLag"],  "ScaleOutThreshold is empty, and SumOffsetLag has no default"),
        (&["ScaleMetric=heapMemory"],    "ScaleMetric is 'heapMemory', which the local run cannot simulate"),
        (&["GracePeriodSeconds=5m"],     "GracePeriodSeconds takes a whole number from 30 to 86400, not '5m'"),
        (&["ScalingOperation=Target", "TargetValue=90"], "set TargetValue between the two thresholds"),
        (&["ScalingOperation=Target", "ScaleMetric=millisBehindLatest"], "ScalingOperation is Target, which needs a metric that falls"),
        (&["MoreScaleOutAlarms=cpu > 90"], "MoreScaleOutAlarms has 'cpu > 90'; write an alarm as 'containerCPUUtilization > 90 for 3 of 5'"),
        (&["MoreScaleInAlarms=busyTimeMsPerSecond > 90"], "write an alarm as 'containerCPUUtilization <= 90 for 3 of 5'"),
        (&["MoreScaleOutAlarms=busyTimeMsPerSecond > 1, busyTimeMsPerSecond > 2, busyTimeMsPerSecond > 3, busyTimeMsPerSecond > 4"], "MoreScaleOutAlarms has 4 alarms; name at most 3"),
        (&["TargetValue=70"],            "TargetValue is 70, and does not act with ScalingOperation=Multiply/Divide; leave it at its default, 60, or set ScalingOperation to Target"),
        (&["MaxShards=4"],               "MaxShards is 4, and does not act with Target=application; leave it at its default, 16, or set Target to stream"),
        (&["HeartbeatMinutes=0"],        "HeartbeatMinutes takes a whole number from 1 to 60, not '0'"),
    ];
    for (set, expected) in rows {
        let mut arguments = vec!["simulate"];
        arguments.extend(set.iter().flat_map(|assignment| ["--set", assignment]));
        let output = kpu(&folder, &arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{set:?}: {error}");
        assert!(error.contains(expected) && error.trim_end().lines().count() == 1, "{set:?}: {error}");
    }
    assert!(
        text(&kpu(&folder, &["simulate", "--downtime", "-5"]).stderr)
            .contains("--downtime takes a number from 10")
    );
    for flag in ["--downtime=-5", "--records-per-kpu=NaN", "--lag-objective=0", "--price=-1"] {
        let output = kpu(&folder, &["simulate", flag]);
        assert_eq!(output.status.code(), Some(2), "{flag}");
        assert!(text(&output.stderr).contains(flag.split('=').next().unwrap()), "{flag}");
    }
    assert!(!folder.join("kpu-report.html").exists(), "no report is written for invalid input");
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
    for wrong in [vec![], vec!["simulat"], vec!["simulate", "--seed", "x"], vec!["simulate", "--colour"]] {
        assert_eq!(kpu(&folder, &wrong).status.code(), Some(2), "{wrong:?}");
    }
}
