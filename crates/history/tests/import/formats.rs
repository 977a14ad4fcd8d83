//! The formats of files and of operations: those that are accepted, and the sentences about the others.

use crate::{answer, import, series};
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
    let imported =
        import("orders.json", printed().as_bytes(), Some(operations.to_string().as_bytes())).unwrap();
    assert_eq!(imported.history.start().unwrap().to_string(), "2026-11-21T08:00:00Z");
    assert_eq!(
        imported.history.to_csv(),
        "timestamp,records_per_second,lag_seconds,worst_lag_seconds,least_lag_seconds,throughput,cpu_percent,busy,kpus,update_seconds\n\
         2026-11-21T08:00:00Z,100,,,,,,,4,\n\
         2026-11-21T08:01:00Z,105,,2.5,,,,,,\n\
         2026-11-21T08:02:00Z,0,,,,,42.5,,6,160\n\
         2026-11-21T08:03:00Z,110,,,,,,,,\n"
    );
    assert_eq!(imported.notes.len(), 2, "{:?}", imported.notes);
    assert!(imported.notes[0].contains("'errors' is not a known query or column"));
    assert!(imported.notes[1].contains("the load of 1 of 4 minutes is zero, because other metrics show"));
}

/// The same three minutes in every shape.
#[test]
fn every_shape_of_json_is_accepted() {
    let part = |from: i64, until: i64, status: &str| {
        let mut part = series("load", &(from..until).map(|at| (at, 300.0)).collect::<Vec<_>>());
        part["StatusCode"] = json!(status);
        part
    };
    let whole = answer(&[part(0, 3, "Complete")]);
    let pages = [
        json!({"MetricDataResults": [part(0, 2, "PartialData")], "NextToken": "x"}),
        json!({"MetricDataResults": [part(2, 3, "Complete")]}),
    ];
    let statistics = json!({"Label": "IncomingRecords", "Datapoints": [
        {"Timestamp": "2026-11-01T00:02:00Z", "Sum": 300.0, "Unit": "Count"},
        {"Timestamp": "2026-11-01T00:00:00Z", "Sum": 300.0, "Unit": "Count"},
        {"Timestamp": "2026-11-01T00:01:00Z", "Sum": 300.0, "Unit": "Count"}]});
    let prometheus = json!({"status": "success", "data": {"resultType": "matrix", "result": [
        {"metric": {"__name__": "records_per_second"}, "values": [[1_793_491_200, "5"], [1_793_491_260, "5"], [1_793_491_320.0, "5"]]}]}});
    // Dashboards and the console name their queries m1, m2, and write the metric into the label.
    let mut labeled = part(0, 3, "Complete");
    (labeled["Id"], labeled["Label"]) = (json!("m1"), json!("clicks IncomingRecords"));
    for (shape, file) in [
        ("whole", whole.clone()),
        ("a label", answer(&[labeled])),
        ("the list of results", json!([part(0, 3, "Complete")]).to_string()),
        (
            "the list of results, completed by a later entry",
            json!([part(0, 2, "PartialData"), part(2, 3, "Complete")]).to_string(),
        ),
        ("a list of pages", json!(pages).to_string()),
        ("pages in a row", format!("{}\n{}", pages[0], pages[1])),
        ("a list of lists", json!([[part(0, 2, "Complete")], [part(2, 3, "Complete")]]).to_string()),
        ("statistics", statistics.to_string()),
        ("statistics in a list", json!([statistics]).to_string()),
        ("Prometheus", prometheus.to_string()),
        ("the result of Prometheus", prometheus["data"]["result"].to_string()),
        ("UTF-16", String::new()),
    ] {
        let bytes: Vec<u8> = if shape == "UTF-16" {
            [0xff, 0xfe].into_iter().chain(whole.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        } else {
            file.into_bytes()
        };
        let imported = import("orders.json", &bytes, None).unwrap_or_else(|error| panic!("{shape}: {error}"));
        let load: Vec<_> = imported.history.minutes().iter().map(|minute| minute.load).collect();
        assert_eq!(load, [Some(5.0); 3], "{shape}");
        assert_eq!(imported.history.start().unwrap().to_string(), "2026-11-01T00:00:00Z", "{shape}");
        assert_eq!(imported.notes, [""; 0], "{shape}");
    }
}

#[test]
fn the_operations_may_have_several_pages() {
    let operation = |end: &str| {
        json!({"Operation": "UpdateApplication", "OperationStatus": "SUCCESSFUL",
            "StartTime": "2026-11-01T00:00:00Z", "EndTime": format!("2026-11-01T00:{end}:00Z")})
    };
    let page = |end: &str| json!({"ApplicationOperationInfoList": [operation(end)], "NextToken": "x"});
    let data = answer(&[series("load", &[(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)])]);
    for (shape, file) in [
        ("pages in a row", format!("{}\n{}", page("02"), page("03"))),
        ("a list of pages", json!([page("02"), page("03")]).to_string()),
        ("the list alone", json!([operation("02"), operation("03")]).to_string()),
    ] {
        let imported = import("orders.json", data.as_bytes(), Some(file.as_bytes()));
        let history = imported.unwrap_or_else(|error| panic!("{shape}: {error}")).history;
        let updates: Vec<_> = history.minutes().iter().map(|minute| minute.update_seconds).collect();
        assert_eq!(updates, [None, None, Some(120.0), Some(180.0)], "{shape}");
    }
}

/// Each row is a file and a part of the sentence about it.
#[test]
fn files_of_other_formats_are_rejected() {
    let twice = answer(&[series("load", &[(0, 5.0)])]) + &answer(&[series("load", &[(0, 7.0)])]);
    let lengths =
        json!({"MetricDataResults": [{"Id": "load", "Timestamps": ["2026-11-01T00:00:00Z"], "Values": []}]});
    for (file, part) in [
        ("", "the file is empty"),
        (
            "{\"Metrics\": []}",
            "the JSON has the fields [Metrics], and is not the output of `aws cloudwatch get-metric-data",
        ),
        ("[1, 2]", "the JSON has 1, and is not"),
        ("{\"MetricDataResults\": [", "the file is not complete JSON"),
        (
            "{\"MetricDataResults\": []}",
            "the file has no series; check the time span, the names and the dimensions of the queries",
        ),
        (
            "{\"MetricDataResults\": [{\"Id\": \"a\", \"Timestamps\": [], \"Values\": []}, {\"Id\": \"b\", \"Timestamps\": [], \"Values\": []}]}",
            "it has no known query or column, only [a, b]; name one with --column load=NAME",
        ),
        (
            "METRICDATARESULTS\tload\tload\tComplete\nTIMESTAMPS\t2026-11-01T00:00:00+00:00\n",
            "write it with --output json",
        ),
        (
            "MetricDataResults:\n- Id: load\n  Timestamps:\n  - '2026-11-01T00:00:00+00:00'\n",
            "write it with --output json",
        ),
        ("---------------\n|GetMetricData|\n+-------------+\n", "write it with --output json"),
        ("{\"ApplicationOperationInfoList\": []}", "give it with --operations"),
        ("{\"status\": \"error\", \"error\": \"parse error\"}", "the file is a failed answer: parse error"),
        (&lengths.to_string(), "'load' has 1 times and 0 values"),
        (&twice, "'load' has two values at 2026-11-01T00:00:00Z, 5 and 7; keep one of them"),
        (&answer(&[series("load", &[(0, -5.0)])]), "[load] has no possible value"),
        (&answer(&[series("load", &[(0, 5.0), (1_200, 5.0)])]), "72000 s apart; ask for a period of 60 s"),
    ] {
        let refused = import("orders.json", file.as_bytes(), None).unwrap_err();
        assert!(
            refused.starts_with("failed to read the file 'orders.json': ") && refused.contains(part),
            "{file}: {refused}"
        );
    }
    let refused = import("orders.json", printed().as_bytes(), Some(b"{}")).unwrap_err();
    assert!(
        refused.contains("the file of operations has '{}', and is not the output of `aws kinesisanalyticsv2 list-application-operations"),
        "{refused}"
    );
}
