//! `kpu parameters` as a user types it.

use crate::typing::{folder, kpu, text};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FIVE: [&str; 10] = [
    "--application",
    "orders",
    "--scale-metric",
    "containerCPUUtilization",
    "--min-kpu",
    "2",
    "--max-kpu",
    "16",
    "--email",
    "team@example.com",
];

/// Runs the command with these lines as answers.
fn answered(folder: &Path, arguments: &[&str], answers: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kpu"));
    command.arg("parameters").args(arguments).current_dir(folder);
    let mut running =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its options does not read the answers.
    drop(running.stdin.take().unwrap().write_all(answers.as_bytes()));
    running.wait_with_output().unwrap()
}

#[test]
fn the_options_give_the_overrides_without_a_question() {
    let folder = folder("parameters-options");
    let output = answered(&folder, &FIVE, "");
    assert_eq!(
        text(&output.stdout),
        "ApplicationName=orders ScaleMetric=containerCPUUtilization MinKpu=2 MaxKpu=16 NotificationEmail=team@example.com\n"
    );
    assert_eq!(text(&output.stderr), "");
    let windows = [&FIVE[..], &["--set", "Windows=Sun 2:00-4:00 blocked", "--json"]].concat();
    let document: Value = serde_json::from_slice(&answered(&folder, &windows, "").stdout).unwrap();
    assert_eq!(document["parameters"]["Windows"], json!("Sun 2:00-4:00 blocked"));
    assert_eq!(document["stack"], json!("orders-scaling"));
    // SAM reads a value without quotation marks up to the first space.
    let output = answered(&folder, &windows[..windows.len() - 1], "");
    let quoted = r#" 'Windows="Sun 2:00-4:00 blocked"'"#;
    assert!(text(&output.stdout).trim_end().ends_with(quoted), "{}", text(&output.stdout));
    let written =
        answered(&folder, &[&windows[..windows.len() - 1], &["--output", "windows.toml"]].concat(), "");
    assert!(written.status.success(), "{}", text(&written.stderr));
    let file = fs::read_to_string(folder.join("windows.toml")).unwrap();
    assert!(file.contains(r#""Windows='Sun 2:00-4:00 blocked'","#), "{file}");
}

/// An empty line takes the default, an invalid answer is explained and asked again, and a metric asks for the names that it needs.
#[test]
fn the_answers_give_the_file_of_sam() {
    let folder = folder("parameters-answers");
    let answers = "my app\norders\nkafka lag\nmillisBehindLatest\n\n16\nteam@example.com\nclicks\n";
    let arguments =
        ["--output", "samconfig.toml", "--set", "ScalingOperation=Demand", "--set", "Mode=observe"];
    let output = answered(&folder, &arguments, answers);
    let asked = text(&output.stderr);
    assert!(output.status.success(), "{asked}");
    assert!(
        asked.contains("ApplicationName is 'my app', which is no name of an application; set 1 to 128 of"),
        "{asked}"
    );
    assert!(
        asked.contains(
            "ScaleMetric is 'kafka lag', which is no metric of an application; set one of container"
        ),
        "{asked}"
    );
    assert!(asked.contains("KinesisStreamName (stream): "), "{asked}");
    assert_eq!(
        fs::read_to_string(folder.join("samconfig.toml")).unwrap(),
        "# sam build && sam deploy\n\
         version = 0.1\n\n\
         [default.deploy.parameters]\n\
         stack_name = \"orders-scaling\"\n\
         resolve_s3 = true\n\
         capabilities = \"CAPABILITY_IAM\"\n\
         parameter_overrides = [\n    \
             \"ApplicationName=orders\",\n    \
             \"ScaleMetric=millisBehindLatest\",\n    \
             \"MinKpu=1\",\n    \
             \"MaxKpu=16\",\n    \
             \"NotificationEmail=team@example.com\",\n    \
             \"ScalingOperation=Demand\",\n    \
             \"Mode=observe\",\n    \
             \"KinesisStreamName=clicks\",\n\
         ]\n"
    );
    let again = answered(&folder, &arguments, answers);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--output samconfig.toml names a file that exists"));
}

/// Each message names the parameter, the value, the cause and the remedy.
#[test]
fn an_invalid_value_is_refused_with_a_remedy() {
    let folder = folder("parameters-refused");
    for (index, value, expected) in [
        (1, "", "ApplicationName is '', which is no name"),
        (
            3,
            "WriteUtilization",
            "ScaleMetric is 'WriteUtilization', which is no metric of an application; set one of",
        ),
        (5, "20", "MinKpu is 20 and MaxKpu is 16; set MinKpu to at most MaxKpu"),
        (5, "none", "MinKpu is 'none'; set it to a whole number from 1 to 10000"),
        (7, "0", "MaxKpu is '0'; set it to a whole number from 1 to 10000"),
        (
            9,
            "team",
            "NotificationEmail is 'team', which is no e-mail address; set an address such as team@example.com",
        ),
        (9, "a\"b@example.com", "NotificationEmail is 'a\"b@example.com', which has a quotation mark"),
    ] {
        let mut arguments = FIVE;
        arguments[index] = value;
        let output = answered(&folder, &arguments, "");
        assert_eq!(output.status.code(), Some(2), "{value}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
    for (assignment, expected) in [
        ("Mode", "--set Mode is not of the form NAME=VALUE"),
        ("MaxKpus=3", "--set MaxKpus=3 names no parameter of the template"),
        ("MaxKpu=3", "MaxKpu is set twice; set it once"),
        ("Mode=on", "Mode is 'on'; set it to active, observe or off"),
        ("Windows=Sun 2:00", "Windows"),
        (
            "TargetValue=70",
            "TargetValue is 70, and does not act with ScalingOperation=Multiply/Divide; leave it at its default, 60",
        ),
        (
            "KafkaTopic=orders",
            "KafkaTopic is orders, and does not act with ScaleMetric=containerCPUUtilization; leave it empty, or",
        ),
        ("Target=stream", "Target is 'stream', and this command writes the parameters of an application"),
    ] {
        let output = answered(&folder, &[&FIVE[..], &["--set", assignment]].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{assignment}");
        assert!(text(&output.stderr).contains(expected), "{assignment}: {}", text(&output.stderr));
    }
    let ended = kpu(&folder, &["parameters", "--application", "orders"]);
    assert_eq!(ended.status.code(), Some(2));
    let expected =
        "ScaleMetric has no value, because the input ended; answer the question or set --scale-metric";
    assert!(text(&ended.stderr).contains(expected), "{}", text(&ended.stderr));
}
