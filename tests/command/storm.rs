//! `kpu storm` as it is typed.

use std::process::{Command, Output};

fn storm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kpu")).arg("storm").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn many_storms_are_counted_in_text_and_in_json() {
    let output = storm(&["--storms", "30"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let tally = text(&output.stdout);
    assert!(tally.starts_with("30 storms, 180 simulated hours, "), "{tally}");
    for heading in ["faults that occurred", "answers of check", "ends of executions"] {
        assert!(tally.contains(&format!("\n{heading}\n")), "{tally}");
    }
    assert!(tally.ends_with("\nStorms with a violated invariant: 0\n"), "{tally}");

    let json: serde_json::Value =
        serde_json::from_slice(&storm(&["--storms", "30", "--json"]).stdout).unwrap();
    assert_eq!((&json["storms"], &json["violated"]), (&30.into(), &serde_json::json!([])));
    assert!(json["executions"].as_u64().unwrap() > 1_000 && json["seen"]["end: Quiet"].is_u64());
}

#[test]
fn one_storm_is_shown_with_its_parameters_and_its_timeline() {
    let output = storm(&["--seed", "3"]);
    assert!(output.status.success());
    let shown = text(&output.stdout);
    assert!(shown.starts_with("storm 3: ") && shown.ends_with("\nno invariant was violated\n"), "{shown}");
    assert!(shown.contains("armed at "), "{shown}");
}
