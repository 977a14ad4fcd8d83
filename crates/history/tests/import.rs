//! The output of AWS becomes a history with a row a minute, and other files are rejected with a sentence.
use history::{import, queries};
use serde_json::json;

/// Output of the AWS CLI: the newest point first, missing minutes, the KPUs of an hour, and an unknown query.
fn printed() -> String {
    let results = json!({"MetricDataResults": [
        {"Id": "load", "Label": "IncomingRecords", "StatusCode": "Complete",
         "Timestamps": ["2026-11-21T08:03:00+00:00", "2026-11-21T08:01:00+00:00", "2026-11-21T08:00:00+00:00"],
         "Values": [6_600.0, 6_300.0, 6_000.0]},
        {"Id": "worst_lag", "Timestamps": ["2026-11-21T09:01:00+01:00"], "Values": [2_500.0]},
        {"Id": "cpu", "Timestamps": [1_795_248_120], "Values": [42.5]},
        {"Id": "kpus_billed", "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [5.0]},
        {"Id": "errors", "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [1.0]},
    ], "Messages": []});
    // The pages of a long answer, one after the other.
    let more = json!({"MetricDataResults": [
        {"Id": "kpus", "Timestamps": ["2026-11-21T08:02:00Z"], "Values": [6.0]}]});
    format!("{results}\n{more}")
}

#[test]
fn the_answer_of_cloudwatch_becomes_a_row_a_minute() {
    let operations = json!({"ApplicationOperationInfoList": [
        {"Operation": "UpdateApplication", "OperationStatus": "SUCCESSFUL", "OperationId": "a",
         "StartTime": "2026-11-21T07:59:30Z", "EndTime": "2026-11-21T08:02:10.5Z"},
        {"Operation": "UpdateApplication", "OperationStatus": "FAILED", "OperationId": "b",
         "StartTime": "2026-11-21T08:02:30Z", "EndTime": "2026-11-21T08:03:10Z"},
    ]});
    let imported = import("orders", printed().as_bytes(), Some(operations.to_string().as_bytes())).unwrap();
    assert_eq!(imported.start.to_string(), "2026-11-21T08:00:00Z");
    assert_eq!(
        imported.history.to_csv(),
        "seconds,records_per_second,lag_seconds,worst_lag_seconds,cpu_percent,kpus,update_seconds\n\
         0,100,,,,4,\n\
         60,105,,2.5,,,\n\
         120,,,,42.5,6,160.5\n\
         180,110,,,,,\n"
    );
    assert_eq!(imported.notes.len(), 2, "{:?}", imported.notes);
    assert!(imported.notes[0].contains("'errors' is not a known query or column"));
    assert!(imported.notes[1].contains("the load of 1 of 4 minutes is missing"));
}

#[test]
fn a_csv_is_read_by_the_same_names() {
    let csv = "timestamp,load_rate,lag,cpu\n2026-11-21T08:05:00Z,20,1500,30\n2026-11-21T08:00:00Z,10,,20\n";
    let history = import("orders", csv.as_bytes(), None).unwrap().history;
    // Two points five minutes apart are means of five minutes.
    let loads: Vec<_> = history.minutes().iter().map(|minute| minute.load).collect();
    assert_eq!(loads, [Some(10.0), Some(10.0), Some(10.0), Some(10.0), Some(10.0), Some(20.0)]);
    assert_eq!(history.minutes()[5].lag, Some(1.5));
    assert_eq!(history.minutes()[0].lag, None);
}

#[test]
fn files_of_other_formats_are_rejected() {
    for (file, part) in [
        ("", "neither JSON nor a CSV with commas and a column 'timestamp'"),
        ("a,b\n1,2\n", "its columns are [a, b]"),
        ("timestamp;load\n", "its columns are [timestamp;load]"),
        ("seconds,records_per_second\n0,5\n", "it is a history or a trace already"),
        (
            "timestamp,load\n2026-11-21T08:00:00Z,-5\n",
            "'load' is -5 at 2026-11-21T08:00:00Z, which is out of range",
        ),
        ("timestamp,cpu\n2026-11-21T08:00:00Z,NaN\n", "'cpu' is NaN"),
        ("timestamp,m1\n2026-11-21T08:00:00Z,5\n", "only [m1]; name the queries"),
        (
            "timestamp,load\n2026-11-20T08:00:00Z,5\n2026-11-21T08:00:00Z,5\n",
            "86400 s apart; ask for a period of 60 s",
        ),
        ("{\"Metrics\": []}", "not the output of `aws cloudwatch get-metric-data --output json`"),
        (
            "{\"MetricDataResults\": []}",
            "it has no known query or column, only []; name the queries or the columns load (records",
        ),
        ("timestamp,load\nyesterday,5\n", "line 2: 'yesterday' is not a time"),
        ("timestamp,load\n2026-11-21T08:00:00Z,many\n", "line 2: load is 'many', which is not a number"),
        ("timestamp,load\n1970-01-01T00:00:00Z,1\n2026-11-21T08:00:00Z,1\n", "import at most 400 days"),
    ] {
        let refused = import("orders", file.as_bytes(), None).unwrap_err().to_string();
        assert!(
            refused.starts_with("failed to read the history 'orders': ") && refused.contains(part),
            "{refused}"
        );
    }
    let refused = import("orders", printed().as_bytes(), Some(b"{}")).unwrap_err().to_string();
    assert!(
        refused.contains("not the output of `aws kinesisanalyticsv2 list-application-operations"),
        "{refused}"
    );
}

/// Variants of the format: milliseconds, a byte order mark, parts of a minute, and incomplete data according to CloudWatch.
#[test]
fn variants_of_the_format_are_accepted() {
    let csv = "\u{feff}timestamp,load,worst_lag\n1795248000000,10,100\n1795248030000,30,900\n1795248060000,60,\n1795248090000,60,\n";
    let history = import("orders", csv.as_bytes(), None).unwrap().history;
    let loads: Vec<_> = history.minutes().iter().map(|minute| minute.load).collect();
    assert_eq!(loads, [Some(40.0 / 60.0), Some(2.0)]);
    assert_eq!(history.minutes()[0].worst_lag, Some(0.9));
    let partial = json!({"MetricDataResults": [
        {"Id": "load", "StatusCode": "PartialData", "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [60.0]}]});
    let running = json!({"ApplicationOperationInfoList": [
        {"Operation": "UpdateApplication", "OperationStatus": "IN_PROGRESS", "StartTime": "2026-11-21T08:00:00Z"}]});
    let imported =
        import("orders", partial.to_string().as_bytes(), Some(running.to_string().as_bytes())).unwrap();
    assert_eq!(imported.notes, ["'load' is not complete: PartialData"]);
}

/// The import knows the name of every query.
#[test]
fn the_queries_have_known_names() {
    let queries = queries("orders", "clicks");
    let ids: Vec<_> = queries.as_array().unwrap().iter().map(|query| query["Id"].as_str().unwrap()).collect();
    let results: Vec<_> = ids
        .iter()
        .map(|id| json!({"Id": id, "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [60.0]}))
        .collect();
    let imported =
        import("orders", json!({"MetricDataResults": results}).to_string().as_bytes(), None).unwrap();
    assert_eq!(imported.notes, [""; 0]);
    assert_eq!(ids.len(), 6);
}
