//! What AWS prints becomes a history, to the minute; what is nothing of the kind is refused in a sentence.
use history::{import, queries};
use serde_json::json;

/// As the AWS CLI prints it: the newest first, minutes missing, the KPUs of an hour, and a query that nobody knows.
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
    assert!(imported.notes[0].contains("'errors' is not understood"));
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
fn what_is_nothing_of_the_kind_is_refused() {
    for (file, part) in [
        ("", "neither JSON nor a CSV with commas and a column 'timestamp'"),
        ("a,b\n1,2\n", "its columns are [a, b]"),
        ("timestamp;load\n", "its columns are [timestamp;load]"),
        ("seconds,records_per_second\n0,5\n", "it is a history or a trace already"),
        (
            "timestamp,load\n2026-11-21T08:00:00Z,-5\n",
            "'load' is -5 at 2026-11-21T08:00:00Z, which cannot be",
        ),
        ("timestamp,cpu\n2026-11-21T08:00:00Z,NaN\n", "'cpu' is NaN"),
        ("timestamp,m1\n2026-11-21T08:00:00Z,5\n", "but under [m1]; name the queries"),
        (
            "timestamp,load\n2026-11-20T08:00:00Z,5\n2026-11-21T08:00:00Z,5\n",
            "86400 s apart; ask for a period of 60 s",
        ),
        ("{\"Metrics\": []}", "not what `aws cloudwatch get-metric-data --output json` prints"),
        (
            "{\"MetricDataResults\": []}",
            "it has no data under any name that is understood, but under []; name the queries or the columns load (records",
        ),
        ("timestamp,load\nyesterday,5\n", "line 2: 'yesterday' is no time"),
        ("timestamp,load\n2026-11-21T08:00:00Z,many\n", "line 2: load is 'many', which is no number"),
        ("timestamp,load\n1970-01-01T00:00:00Z,1\n2026-11-21T08:00:00Z,1\n", "import at most 400 days"),
    ] {
        let refused = import("orders", file.as_bytes(), None).unwrap_err().to_string();
        assert!(
            refused.starts_with("failed to read the history 'orders': ") && refused.contains(part),
            "{refused}"
        );
    }
    let refused = import("orders", printed().as_bytes(), Some(b"{}")).unwrap_err().to_string();
    assert!(refused.contains("not what `aws kinesisanalyticsv2 list-application-operations"), "{refused}");
}

/// As people keep it: in milliseconds, with a byte order mark, in parts of a minute, with a note of CloudWatch that it is not all.
#[test]
fn what_is_a_little_different_is_read_all_the_same() {
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

/// Every query is understood when it comes back.
#[test]
fn the_queries_ask_for_what_is_understood() {
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
