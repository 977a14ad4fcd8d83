//! `kpu simulate --pipeline` as a user types it.

use crate::typing::{folder, kpu, text};
use serde_json::Value;
use std::fs;

/// The text, the JSON and the report show the stream and its application, and the cost of both.
#[test]
fn a_pipeline_shows_the_stream_and_the_application() {
    let folder = folder("pipeline");
    let output = kpu(&folder, &["simulate", "--pipeline", "--set-stream", "MaxShards=8"]);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in [
        "→ 8 shards",
        "WriteProvisionedThroughputExceeded is ",
        "The stream:",
        "The application:",
        "shard-hours of the stream, ",
        "wait of a record at its producer, which was ",
        "The last 10 of ",
        "kpu-autoscaler itself costs about ",
    ] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    assert!(shown.find("the pipeline ") < shown.find("The stream:"), "the table is not first");
    let page = fs::read_to_string(folder.join("kpu-report.html")).unwrap();
    assert!(
        page.contains("\"shardHours\":")
            && page.contains("Stream: shards")
            && page.contains("\"of\":\"stream\"")
    );
    let output = kpu(&folder, &["simulate", "--pipeline", "--json", "--load-factor", "0.5"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stream = &document["stream"];
    let dollars = stream["shardHours"].as_f64().unwrap() * stream["pricePerShardHour"].as_f64().unwrap();
    assert!(
        (stream["dollars"].as_f64().unwrap() - dollars).abs() < 1e-6,
        "no orchestration is charged for a stream"
    );
    let both = &document["results"][0];
    for (of_both, of_the_stream) in [
        ("missedMinutes", "missedMinutes"),
        ("worstLagSeconds", "longestWaitSeconds"),
        ("dollars", "dollars"),
    ] {
        let (of_both, of_the_stream) = (both[of_both].as_f64(), stream[of_the_stream].as_f64());
        assert!(of_both >= of_the_stream && of_both > Some(0.0), "{of_both:?} {of_the_stream:?}");
    }
    assert!(document["results"][0]["kpuHours"].as_f64().unwrap() > 100.0);
}
