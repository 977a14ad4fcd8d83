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
    let output = kpu(&folder, &["import", "data.json", "--output", "history.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("history.csv: 2 minutes from 2026-11-21T08:00:00Z on"),
        "{}",
        text(&output.stdout)
    );
    assert!(
        fs::read_to_string(folder.join("history.csv"))
            .unwrap()
            .contains("\n2026-11-21T08:01:00Z,2,,,,,,,,\n")
    );

    let topic = ["--cluster", "events", "--topic", "clicks", "--group", "readers"];
    for (source, count) in [(&["--stream", "clicks"][..], 8), (&topic, 9), (&[], 8)] {
        let queries = [&["import", "--queries", "--application", "orders"], source].concat();
        let queries: Value = serde_json::from_slice(&kpu(&folder, &queries).stdout).unwrap();
        assert_eq!(queries.as_array().unwrap().len(), count, "{source:?}");
    }
}

/// Without `--output` no file is written, and the summary does not disturb the history.
#[test]
fn import_prints_the_history_unless_an_output_is_named() {
    let folder = folder("history-printed");
    fs::write(folder.join("load.csv"), "Time,load_rate\n2026-01-05 08:00,5\n").unwrap();
    fs::write(folder.join("history.csv"), "mine").unwrap();
    let printed = kpu(&folder, &["import", "load.csv"]);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    assert!(
        text(&printed.stderr).contains("history: 1 minutes from 2026-01-05T08:00:00Z on"),
        "{}",
        text(&printed.stderr)
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    assert_eq!(fs::read_to_string(folder.join("history.csv")).unwrap(), "mine");

    let named = kpu(&folder, &["import", "load.csv", "--output", "history.csv"]);
    assert!(text(&named.stdout).starts_with("history.csv: 1 minutes"), "{}", text(&named.stdout));
    assert_eq!(fs::read(folder.join("history.csv")).unwrap(), printed.stdout);
}

/// An export of Grafana: a column of requests in a table with semicolons and local times.
#[test]
fn an_export_is_imported_and_simulated_and_the_assumptions_are_stated() {
    let folder = folder("history-export");
    let rows = (0..120).map(|minute| {
        format!(
            "05.01.2026 {:02}:{:02};{}\n",
            8 + minute / 60,
            minute % 60,
            if minute < 30 { "1.500,5" } else { "900,0" }
        )
    });
    fs::write(
        folder.join("grafana.csv"),
        format!("\"Time\";\"{{job=orders}}\"\n{}", rows.collect::<String>()),
    )
    .unwrap();
    let output = kpu(&folder, &["import", "grafana.csv", "--output", "history.csv"]);
    assert_eq!(
        text(&output.stderr),
        "assumed: the times without a zone are UTC (--zone); a comma in a number is the decimal separator; '{job=orders}' is the load, in records/s (--column, --unit)\n"
    );
    assert!(text(&output.stdout).contains("history.csv: 120 minutes from 2026-01-05T08:00:00Z on"));
    let output = kpu(&folder, &["simulate", "--trace", "grafana.csv", "--zone", "Europe/Berlin", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
    let of_export: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The history has the same load, and leaves nothing to assume.
    let output = kpu(&folder, &["simulate", "--trace", "history.csv", "--json"]);
    assert_eq!(text(&output.stderr), "");
    let of_history: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(of_export["minutes"], 120);
    assert_eq!(of_export["results"], of_history["results"]);
}

/// A window of a Saturday is open in the history of a Saturday, and in no other one.
#[test]
fn the_calendar_of_a_history_decides_about_windows() {
    let folder = folder("history-calendar");
    let hours = |day: &str| {
        let rows = (0..240).map(|minute| format!("{day} {:02}:{:02},900\n", 7 + minute / 60, minute % 60));
        fs::write(folder.join("day.csv"), format!("Time,load_rate\n{}", rows.collect::<String>())).unwrap();
        let call = ["import", "day.csv", "--zone", "Europe/Berlin", "--output", "history.csv"];
        assert!(kpu(&folder, &call).status.success());
        let window = ["--set", "Windows=Sat 8:00-10:00 >=9", "--set", "TimeZone=Europe/Berlin"];
        let output =
            kpu(&folder, &[["simulate", "--trace", "history.csv", "--json"].as_slice(), &window].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (document["start"].clone(), document["results"][0]["kpuHours"].as_f64().unwrap())
    };
    let (start, saturday) = hours("2026-11-21");
    assert_eq!(start, "2026-11-21T06:00:00Z");
    let (_, sunday) = hours("2026-11-22");
    assert!(saturday > sunday + 10.0, "{saturday} and {sunday}");
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
        "Demand, balanced",
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
    let figure = |policy: &str, name: &str| {
        let rows = document["results"].as_array().unwrap();
        rows.iter().find(|row| row["policy"] == policy).unwrap()[name].as_f64().unwrap()
    };
    // The defaults made the history, so that the backtest predicts the recorded size and lag.
    let hours = figure("autoscaler", "kpuHours") / figure("recorded", "kpuHours");
    assert!((hours - 1.0).abs() < 0.04, "{hours}");
    let missed = figure("autoscaler", "missedPercent") - figure("recorded", "missedPercent");
    assert!(missed.abs() < 0.15, "{missed} points");
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
        "replayed with the recorded sizes: the lag is above 1 min for",
        "For a first deployment, replace each name in angle brackets:",
        "'ApplicationName=<application>' ScaleMetric=",
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
    let of_the_local_run = |assignment: &&Value| !assignment.as_str().unwrap().contains('<');
    for assignment in found["overrides"].as_array().unwrap().iter().filter(of_the_local_run) {
        arguments.extend(["--set".to_owned(), assignment.as_str().unwrap().to_owned()]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert!(kpu(&folder, &arguments).status.success());
}

/// The same job, at less than half of the CPU: it waits for another service, and pays for idle CPU.
#[test]
fn a_low_cpu_at_full_load_brings_advice_on_more_subtasks() {
    let folder = folder("history-subtasks");
    recorded(&folder);
    let call = ["tune", "history.csv", "--policies", "10"];
    let output = kpu(&folder, &call);
    assert!(!text(&output.stdout).contains("ParallelismPerKPU"), "{}", text(&output.stdout));

    let table = fs::read_to_string(folder.join("history.csv")).unwrap();
    let cpu = table.lines().next().unwrap().split(',').position(|name| name == "cpu_percent").unwrap();
    let halved = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(percent) = cells[cpu].parse::<f64>() {
            cells[cpu] = format!("{:.2}", 0.42 * percent);
        }
        cells.join(",") + "\n"
    };
    fs::write(folder.join("history.csv"), table.lines().map(halved).collect::<String>()).unwrap();
    let output = kpu(&folder, &call);
    let printed = text(&output.stdout);
    for expected in [
        "at full load with ParallelismPerKPU 1, so you pay for idle CPU",
        "  ParallelismPerKPU 2:",
        "  ParallelismPerKPU 4:",
        "More subtasks gain nothing if one key, the sink or the source holds it",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
    let page = fs::read_to_string(folder.join("kpu-tune.html")).unwrap();
    assert!(page.contains("<h2>More subtasks per KPU</h2>") && page.contains("ParallelismPerKPU 4:"));
    let present = ["--json", "--set", "ParallelismPerKpu=2"];
    let found = kpu(&folder, &[call.as_slice(), &present].concat()).stdout;
    let found: Value = serde_json::from_slice(&found).unwrap();
    let advice = found["moreSubtasks"].as_array().unwrap();
    assert_eq!(advice.len(), 1, "{advice:?}");
    assert_eq!(advice[0]["subtasksPerKpu"], 4);
    assert!(advice[0]["savedDollarsAMonth"].as_f64() > Some(0.0));
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
    assert_eq!(lag, overrides.contains(&"KinesisStreamName=<stream>"), "{overrides:?}");
}

/// A load of two days, as a dashboard exports it: no size, no CPU, no lag.
fn load_alone(folder: &Path, name: &str) {
    let rows = (0..576).map(|point| {
        let load = if (96..240).contains(&(point % 288)) { 9_000 } else { 2_000 };
        let (day, minute) = (21 + point / 288, point % 288 * 5);
        format!("2026-11-{day} {:02}:{:02}:00,{load}\n", minute / 60, minute % 60)
    });
    fs::write(folder.join(name), format!("Time,requests\n{}", rows.collect::<String>())).unwrap();
}

/// One command from an export to parameters: the five that every stack needs, and those that the search changes.
#[test]
fn a_load_alone_becomes_the_parameters_of_a_first_deployment() {
    let folder = folder("history-load-alone");
    load_alone(&folder, "requests.csv");
    let call = [
        "tune",
        "requests.csv",
        "--records-per-kpu",
        "1500",
        "--downtime",
        "120",
        "--lag-objective",
        "300",
        "--policies",
        "40",
        "--set",
        "MaxKpu=16",
        "--set",
        "Windows=Sat 8:00-18:00 >=4",
        "--zone",
        "Europe/Berlin",
        "--set",
        "TimeZone=Europe/Berlin",
    ];
    let output = kpu(&folder, &[&call[..], &["--json"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let model = &document["calibration"]["model"];
    assert_eq!((&model["recordsPerKpu"], &model["downtimeSeconds"]), (&json!(1_500.0), &json!(120.0)));
    assert_eq!(model["lagObjectiveSeconds"], 300.0);
    assert!(document["uncertain"][0].as_str().unwrap().contains("the history has a load alone"));
    let first: Vec<&str> =
        document["firstDeployment"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let named = |name: &str| first.iter().filter(|text| text.split_once('=').unwrap().0 == name).count();
    for name in
        ["ApplicationName", "ScaleMetric", "MinKpu", "MaxKpu", "NotificationEmail", "Windows", "TimeZone"]
    {
        assert_eq!(named(name), 1, "{name}: {first:?}");
    }
    assert!(first.contains(&"MaxKpu=16") && first.contains(&"ApplicationName=<application>"), "{first:?}");
    // The windows hold for every policy that is tried.
    for tried in document["tuned"]["tried"].as_array().unwrap() {
        assert!(tried["set"].as_array().unwrap().contains(&json!("Windows=Sat 8:00-18:00 >=4")), "{tried}");
    }
    let dates =
        ["tune", "requests.csv", "--records-per-kpu", "1500", "--policies", "10", "--zone", "Europe/Berlin"];
    let printed = text(&kpu(&folder, &dates).stdout).to_owned();
    for expected in [
        "Times are Europe/Berlin, from Saturday, 2026-11-21 00:00 on.",
        "given: one KPU processes 1500 records a second",
        "other days, from Sun 2026-11-22 00:00 on:",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
    assert!(
        kpu(&folder, &["simulate", "--trace", "requests.csv", "--zone", "Europe/Berlin"]).status.success()
    );
    assert!(
        fs::read_to_string(folder.join("kpu-report.html")).unwrap().contains(
            "\"calendar\":{\"date\":\"2026-11-21\",\"sinceMidnight\":0,\"zone\":\"Europe/Berlin\"}"
        )
    );
    let refused = kpu(&folder, &["tune", "requests.csv"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("or state --records-per-kpu"), "{}", text(&refused.stderr));
}

/// A capacity that the user knows wrongly contradicts the record, and the output says so.
#[test]
fn a_replay_that_contradicts_the_record_lowers_the_confidence() {
    let folder = folder("history-replay");
    recorded(&folder);
    let tune = |options: &[&str]| {
        let call = [&["tune", "history.csv", "--policies", "10", "--allowed", "5"], options].concat();
        text(&kpu(&folder, &call).stdout).to_owned()
    };
    let agreed = tune(&[]);
    assert!(!agreed.contains("contradicts") && agreed.contains("Confidence: high"), "{agreed}");
    let printed = tune(&["--records-per-kpu", "600"]);
    for expected in [
        "--records-per-kpu is 600, and the history shows",
        "the replay contradicts the record: with the recorded sizes, the lag of the model is above 60 s",
        "Confidence: low",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
}
