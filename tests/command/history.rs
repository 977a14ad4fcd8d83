//! `kpu import`, `kpu backtest` and `kpu tune` as a user types them.

use crate::typing::{folder, kpu, text};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Writes the data that CloudWatch would have of a simulated fortnight.
fn recorded(folder: &Path) {
    let output = kpu(folder, &["simulate", "--history", "history.csv", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn import_reads_the_output_of_the_aws_cli() {
    let folder = folder("history-import");
    let data = json!({"MetricDataResults": [
        {"Id": "load", "Timestamps": ["2026-11-21T08:01:00Z", "2026-11-21T08:00:00Z"], "Values": [120.0, 60.0]},
        {"Id": "kpus", "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [4.0]}]});
    fs::write(folder.join("data.json"), data.to_string()).unwrap();
    let output = kpu(&folder, &["import", "data.json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("history.csv: 2 minutes from 2026-11-21T08:00:00Z on"),
        "{}",
        text(&output.stdout)
    );
    assert!(fs::read_to_string(folder.join("history.csv")).unwrap().contains("\n60,2,,,,,\n"));

    let queries = kpu(&folder, &["import", "--queries", "--application", "orders", "--stream", "clicks"]);
    let queries: Value = serde_json::from_slice(&queries.stdout).unwrap();
    assert_eq!(queries.as_array().unwrap().len(), 6);
}

#[test]
fn a_backtest_shows_the_recorded_run_beside_other_policies() {
    let folder = folder("history-backtest");
    recorded(&folder);
    let output = kpu(&folder, &["backtest", "history.csv", "--set", "ScaleOutFactor=2"]);
    let printed = text(&output.stdout);
    for expected in [
        "14 d of history",
        "learned: one KPU processes",
        "recorded run",
        "preset balanced",
        "Python sample",
        "kpu-backtest.html",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
    assert!(!printed.contains("low confidence"), "{printed}");
    assert!(
        fs::read_to_string(folder.join("kpu-backtest.html"))
            .unwrap()
            .contains("\"command\":\"kpu backtest\"")
    );

    let output = kpu(&folder, &["backtest", "history.csv", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let hours = |policy: &str| {
        let rows = document["results"].as_array().unwrap();
        rows.iter().find(|row| row["policy"] == policy).unwrap()["kpuHours"].as_f64().unwrap()
    };
    // The defaults made the history, so that the backtest predicts the recorded size.
    let off = (hours("autoscaler") / hours("recorded") - 1.0).abs();
    assert!(off < 0.03, "{off}");
    assert!(document["calibration"]["restarts"].as_u64() > Some(100));
}

#[test]
fn tuning_prints_parameter_overrides_and_is_deterministic() {
    let folder = folder("history-tune");
    recorded(&folder);
    let call = ["tune", "history.csv", "--policies", "60", "--allowed", "3"];
    let output = kpu(&folder, &call);
    let printed = text(&output.stdout);
    for expected in [
        "Set these parameters, in place of the present ones:",
        "ScalingOperation=Demand",
        "restart 20 min",
        "Confidence: high",
        "sam deploy --parameter-overrides",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
    let page = fs::read_to_string(folder.join("kpu-tune.html")).unwrap();
    assert!(page.contains("<svg") && page.contains(">recommended</text>") && !page.contains("http:"));
    let document = || kpu(&folder, &[call.as_slice(), &["--json"]].concat()).stdout;
    assert_eq!(document(), document());
    let found: Value = serde_json::from_slice(&document()).unwrap();
    assert!(found["overrides"].as_array().unwrap().contains(&json!("ScalingOperation=Demand")));
    // The command accepts its own recommendation.
    let mut arguments = vec!["simulate".to_owned(), "--json".to_owned()];
    let of_the_local_run = |assignment: &&Value| !assignment.as_str().unwrap().contains("<yours>");
    for assignment in found["overrides"].as_array().unwrap().iter().filter(of_the_local_run) {
        arguments.extend(["--set".to_owned(), assignment.as_str().unwrap().to_owned()]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert!(kpu(&folder, &arguments).status.success());
}

/// The present policy is worse than the defaults: every parameter that differs is set, including back to its default.
#[test]
fn the_recommendation_replaces_the_parameters_in_force() {
    let folder = folder("history-replaced");
    recorded(&folder);
    let present = ["--set", "ScaleOutThreshold=60", "--set", "ScaleInThreshold=10"];
    let call = [["tune", "history.csv", "--policies", "20", "--json"].as_slice(), &present].concat();
    let found: Value = serde_json::from_slice(&kpu(&folder, &call).stdout).unwrap();
    let overrides: Vec<&str> =
        found["overrides"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(
        overrides.iter().any(|text| text.starts_with("ScaleInThreshold=") && *text != "ScaleInThreshold=10"),
        "{overrides:?}"
    );
    let lag = overrides.contains(&"ScaleMetric=millisBehindLatest");
    assert_eq!(lag, overrides.contains(&"KinesisStreamName=<yours>"), "{overrides:?}");
}

#[test]
fn invalid_input_is_refused_with_a_sentence() {
    let folder = folder("history-refused");
    recorded(&folder);
    fs::write(folder.join("load.csv"), "seconds,records_per_second\n0,5\n60,6\n").unwrap();
    for (arguments, expected) in [
        (vec!["import"], "required"),
        (vec!["import", "missing.json"], "failed to read the file 'missing.json'"),
        (vec!["import", "load.csv"], "it is a history or a trace already"),
        (vec!["import", "history.csv"], "which is also the input and would be overwritten"),
        (vec!["import", "--queries"], "--application <NAME>"),
        (vec!["backtest", "load.csv"], "the history has no number of KPUs; import the metric Kpus"),
        (vec!["backtest", "history.csv", "--set", "MaxKpus=3"], "did you mean MaxKpu?"),
        (vec!["backtest", "history.csv", "--lag-objective", "0"], "--lag-objective takes a number above 0"),
        (vec!["tune", "history.csv", "--allowed", "101"], "--allowed takes percent from 0 to 100"),
        (vec!["tune", "history.csv", "--policies", "1"], "10..=100000"),
        (vec!["tune", "history.csv", "--set", "ScaleInThreshold=90"], "set ScaleInThreshold below"),
    ] {
        let output = kpu(&folder, &arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}
