//! `kpu calibrate` as a user types it: on a history, and on a server that plays the recorded answers of a Flink job.

use crate::typing::{folder, kpu, text};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const SKEWED: &str = include_str!("../../crates/history/tests/flink/skewed-after-a-rescale.json");

/// Answers requests on loopback until the test ends, each path with its next answer or with its last one, and returns the address and the requests.
fn serve(recorded: Value) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let mut recorded = recorded;
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let request = answer(&stream.unwrap(), &mut recorded);
            seen.lock().unwrap().push(request);
        }
    });
    (address, requests)
}

/// Answers one request, and returns its first line.
fn answer(mut stream: &TcpStream, recorded: &mut Value) -> String {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let request = lines.next().unwrap();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let asked = request.split(' ').nth(1).unwrap();
    let path = asked.split_once('?').map_or(asked.to_owned(), |(path, _)| format!("{path}?sum"));
    let found = recorded.get_mut(&path).and_then(Value::as_array_mut);
    let (status, body) = match found {
        Some(answers) if answers.len() > 1 => ("200 OK", answers.remove(0).to_string()),
        Some(answers) => ("200 OK", answers[0].to_string()),
        None => ("404 Not Found", "{}".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    request
}

#[test]
fn a_running_job_is_measured_and_its_options_simulate_it() {
    let folder = folder("calibrate-flink");
    let (address, requests) = serve(serde_json::from_str(SKEWED).unwrap());
    let arguments = ["calibrate", "--flink", &address, "--minutes", "0"];
    let output = kpu(&folder, &arguments);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        printed.starts_with(
            "Measured from the job 'known' on Flink 1.20.5 with a parallelism of 8: 2 samples in 0 minutes.\n"
        ),
        "{printed}"
    );
    for line in ["\nskew  ", "\nrecords in flight  ", "\nlimit of hot keys  ", "\n  live objects: "] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let command = printed.lines().find_map(|line| line.strip_prefix("  kpu ")).unwrap();
    assert!(command.starts_with("simulate --records-per-kpu 16"), "{command}");
    assert!(command.ends_with(" --downtime 10 --checkpoint-interval 10"), "{command}");
    let simulated: Vec<&str> = command.split(' ').chain(["--json"]).collect();
    let simulated = kpu(&folder, &simulated);
    assert!(simulated.status.success(), "{}", text(&simulated.stderr));

    let requests = requests.lock().unwrap();
    assert!(requests.len() > 15, "{requests:?}");
    assert!(requests.iter().all(|request| request.starts_with("GET /")), "{requests:?}");
    assert!(
        requests.iter().any(|request| request.contains("?get=Source%5F%5Farrivals%2EnumRecords")),
        "{requests:?}"
    );
}

#[test]
fn the_document_has_each_figure_with_its_basis_and_its_option() {
    let (address, _) = serve(serde_json::from_str(SKEWED).unwrap());
    let arguments = ["calibrate", "--flink", &address, "--job", "known", "--minutes", "0", "--json"];
    let output = kpu(&folder("calibrate-json"), &arguments);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let measurements = document["measurements"].as_array().unwrap();
    assert!(measurements.iter().all(|each| each["basis"].as_str().is_some_and(|basis| basis.len() > 10)));
    let of = |figure: &str| measurements.iter().find(|each| each["figure"] == figure).unwrap();
    assert_eq!(of("live objects")["value"], Value::Null);
    assert_eq!(
        of("live objects")["option"],
        json!({"name": "--heap-gigabytes", "value": null, "default": null})
    );
    assert_eq!(of("restart")["option"], json!({"name": "--downtime", "value": 10.0, "default": 75.0}));
    assert!(document["command"].as_str().unwrap().starts_with("kpu simulate --records-per-kpu "));
}

#[test]
fn an_address_that_is_no_flink_with_one_job_is_an_error() {
    let folder = folder("calibrate-errors");
    let jobs = |listed: Value| json!({"/config": [{"flink-version": "1.20.5"}], "/jobs/overview": [{"jobs": listed}]});
    let job = |id: &str, state: &str| json!({"jid": id, "name": "orders", "state": state, "end-time": -1});
    let mut unfinished: Value = serde_json::from_str(SKEWED).unwrap();
    for (path, answers) in unfinished.as_object_mut().unwrap() {
        if path.contains("/vertices/") && !path.contains("metrics") {
            answers.as_array_mut().unwrap().truncate(1);
        }
    }
    let rows = [
        (
            1,
            json!({}),
            "/config has the status 404; check that the address is the REST API of a JobManager and that the job still runs",
        ),
        (
            2,
            json!({"/config": [{"status": "UP"}]}),
            "whose answer to /config is not Flink's: missing field `flink-version`",
        ),
        (2, jobs(json!([])), "Flink has no job; start the job to measure"),
        (
            2,
            jobs(json!([job("b2", "FAILED")])),
            "Flink runs none of its jobs: 'orders' (b2, FAILED); start the job to measure",
        ),
        (
            2,
            jobs(json!([job("a1", "RUNNING"), job("b2", "RUNNING")])),
            "choose one by its name or identifier with --job",
        ),
        (1, jobs(json!([job("a1", "RUNNING")])), "/jobs/a1 has the status 404"),
        (
            2,
            unfinished,
            "failed to calibrate the job 'known': Flink has no busy time or no records of its sources",
        ),
    ];
    for (code, recorded, expected) in rows {
        let (address, _) = serve(recorded);
        let output = kpu(&folder, &["calibrate", "--flink", &address, "--minutes", "0"]);
        let stderr = text(&output.stderr);
        assert!(stderr.contains(expected), "{expected}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(output.stdout.is_empty(), "{stderr}");
    }
}

/// The figures of the history agree with those of kpu tune, which learns from it.
#[test]
fn a_history_is_measured_and_its_options_simulate_it() {
    let folder = folder("calibrate-history");
    let output = kpu(
        &folder,
        &["simulate", "--downtime", "120", "--set", "MaxKpu=12", "--history", "history.csv", "--json"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = kpu(&folder, &["calibrate", "history.csv"]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(printed.starts_with("Measured from the history 'history.csv': 20160 minutes.\n"), "{printed}");
    let command =
        printed.lines().find_map(|line| line.strip_prefix("  kpu simulate --trace 'history.csv' ")).unwrap();
    let value = |option: &str| {
        let mut words = command.split(' ').skip_while(|word| *word != option);
        words
            .nth(1)
            .and_then(|value| value.parse::<f64>().ok())
            .unwrap_or_else(|| panic!("{option}: {printed}"))
    };
    assert!((value("--records-per-kpu") / 1_000.0 - 1.0).abs() < 0.05, "{printed}");
    assert!((value("--downtime") / 120.0 - 1.0).abs() < 0.2, "{printed}");
    for reason in [
        "  skew: a history has the busiest subtask and not the others; kpu calibrate --flink measures it\n",
        "  checkpoint interval: a history does not have it; read CheckpointInterval of the application; --checkpoint-interval keeps its default of 60\n",
    ] {
        assert!(printed.contains(reason), "{printed}");
    }
}
