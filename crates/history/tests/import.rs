//! The output of AWS becomes a history with a row a minute, and other files are rejected with a sentence.
use history::{Imported, QueriedSource, Reading, queries};
use serde_json::{Value, json};

/// Imports a file without any option.
fn import(name: &str, file: &[u8], operations: Option<&[u8]>) -> Result<Imported, String> {
    history::import(name, file, operations, &Reading::default()).map_err(|error| error.to_string())
}

/// The records per minute of an imported file, and the notes. A missing minute is -1.
fn load(file: &str) -> (Vec<f64>, Vec<String>) {
    let imported =
        import("orders.json", file.as_bytes(), None).unwrap_or_else(|error| panic!("{error}\n{file}"));
    let minutes = imported.history.minutes().iter();
    let load = minutes.map(|minute| minute.load.map_or(-1.0, |load| (load * 60_000.0).round() / 1_000.0));
    (load.collect(), imported.notes)
}

/// A series of `get-metric-data`, with a value for each of these minutes of a day.
fn series(id: &str, points: &[(i64, f64)]) -> Value {
    let time = |minute: i64| format!("2026-11-01T{:02}:{:02}:00+00:00", minute / 60, minute % 60);
    json!({"Id": id, "StatusCode": "Complete",
        "Timestamps": points.iter().map(|(minute, _)| time(*minute)).collect::<Vec<_>>(),
        "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>()})
}

fn answer(results: &[Value]) -> String {
    json!({"MetricDataResults": results, "Messages": []}).to_string()
}

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

/// Minutes without a count are zero while another metric shows the application, and missing otherwise. No record is lost or counted twice.
#[test]
fn the_load_of_each_minute_is_known_and_not_guessed() {
    let cpu =
        |minutes: std::ops::Range<i64>| series("cpu", &minutes.map(|at| (at, 50.0)).collect::<Vec<_>>());
    let every = |step: usize, minutes: std::ops::Range<i64>, records: f64| {
        series("load", &minutes.step_by(step).map(|at| (at, records)).collect::<Vec<_>>())
    };
    let burst = |at: &[i64]| series("load", &at.iter().map(|at| (*at, 600.0)).collect::<Vec<_>>());
    let older = answer(&[every(5, 0..20, 1_500.0)]);
    let newer = answer(&[every(1, 20..30, 300.0)]);
    let zeros = |length: usize, bursts: &[usize]| {
        (0..length).map(|minute| if bursts.contains(&minute) { 600.0 } else { 0.0 }).collect::<Vec<_>>()
    };
    let rows: Vec<(&str, String, Vec<f64>, &str)> = vec![
        (
            "an idle counter beside a CPU",
            answer(&[burst(&[0, 12]), cpu(0..14)]),
            zeros(14, &[0, 12]),
            "the load of 12 of 14 minutes is zero",
        ),
        (
            "hourly bursts beside a CPU",
            answer(&[burst(&[0, 60, 120, 180]), cpu(0..181)]),
            zeros(181, &[0, 60, 120, 180]),
            "the load of 177 of 181 minutes is zero",
        ),
        (
            "the CPU stops as well",
            answer(&[every(1, 0..2, 600.0), every(1, 4..5, 600.0), cpu(0..3)]),
            vec![600.0, 600.0, 0.0, -1.0, 600.0],
            "the load of 1 of 5 minutes is missing",
        ),
        (
            "an answer that did not ask for the load",
            answer(&[burst(&[0, 1])]) + &answer(&[cpu(0..4)]),
            vec![600.0, 600.0, -1.0, -1.0],
            "the load of 2 of 4 minutes is missing",
        ),
        (
            "two resolutions in two answers",
            format!("{older}\n{newer}"),
            vec![300.0; 30],
            "last 300 s or 60 s",
        ),
        (
            "two resolutions, the newer one first",
            format!("{newer}{older}"),
            vec![300.0; 30],
            "last 300 s or 60 s",
        ),
        (
            "a finer pull over a coarser one",
            answer(&[every(5, 0..20, 1_500.0)]) + &answer(&[every(1, 0..30, 300.0)]),
            vec![300.0; 30],
            "",
        ),
        (
            "equal data points of overlapping pulls",
            answer(&[every(1, 0..10, 300.0)]) + &answer(&[every(1, 5..15, 300.0)]),
            vec![300.0; 15],
            "that came twice with the same value count once: 5",
        ),
        (
            "bursts without another metric",
            answer(&[burst(&[0, 10, 20, 21, 22])]),
            {
                let mut load = vec![-1.0; 23];
                for minute in [0, 10, 20, 21, 22] {
                    load[minute] = 600.0;
                }
                load
            },
            "the load of 18 of 23 minutes is missing",
        ),
        (
            "impossible values",
            answer(&[
                series("load", &[(0, 300.0), (1, -1.0), (2, 300.0)]),
                series("lag", &[(0, -1.0), (1, -0.5), (2, 0.0)]),
            ]),
            vec![300.0, -1.0, 300.0],
            "impossible values count as missing: lag -0.5 (1), lag -1 (1), load -1 (1)",
        ),
        (
            "a value that is no number",
            answer(&[every(1, 0..3, 300.0)]).replacen("300.0", "NaN", 1),
            vec![300.0, 300.0],
            "impossible values count as missing: load NaN (1)",
        ),
    ];
    for (case, file, expected, note) in rows {
        let (load, notes) = load(&file);
        assert_eq!(load, expected, "{case}: {notes:?}");
        assert!(note.is_empty() || notes.iter().any(|found| found.contains(note)), "{case}: {notes:?}");
    }
}

/// The metrics of the job in the same answer show the period of a counter with gaps, and not those of another pull.
#[test]
fn the_period_of_a_counter_is_that_of_its_own_answer() {
    let gauge = |id: &str, step: usize, minutes: std::ops::Range<i64>| {
        series(id, &minutes.step_by(step).map(|at| (at, 10.0)).collect::<Vec<_>>())
    };
    let coarse = series("load", &[0, 5, 30, 35].map(|at| (at, 1_500.0)));
    let fine = series("load", &(30..40).map(|at| (at, 300.0)).collect::<Vec<_>>());
    let idle_from_10_to_30: Vec<f64> =
        (0..40).map(|at| if (10..30).contains(&at) { 0.0 } else { 300.0 }).collect();
    for name in ["cpu", "lag", "throughput", "busy"] {
        let older = answer(&[coarse.clone(), gauge(name, 5, 0..40)]);
        let newer = answer(&[fine.clone(), gauge(name, 1, 20..40)]);
        for file in [format!("{older}{newer}"), format!("{newer}{older}")] {
            assert_eq!(load(&file).0, idle_from_10_to_30, "{name}");
        }
        // Bursts of a minute every quarter of an hour.
        let bursts = series("load", &[0, 15, 30].map(|at| (at, 600.0)));
        let (load, _) = load(&answer(&[bursts, gauge(name, 1, 0..31)]));
        assert_eq!(load.iter().filter(|load| **load > 0.0).count(), 3, "{name}: {load:?}");
    }
}

/// The records of any counter with any gaps are complete, for every period that is found.
#[test]
fn no_record_of_a_counter_is_lost_or_counted_twice() {
    let mut rng = fastrand::Rng::with_seed(7);
    let (mut with_gaps, mut with_long_periods) = (0, 0);
    for _ in 0..300 {
        let step = [1, 1, 5, 10][rng.usize(0..4)];
        let share = rng.f64();
        let points: Vec<_> = (0..40).filter(|_| rng.f64() < share).map(|at| (at * step, 600.0)).collect();
        if points.len() < 4 {
            continue;
        }
        let (load, notes) = load(&answer(&[series("load", &points)]));
        with_gaps += usize::from(load.contains(&-1.0));
        with_long_periods +=
            usize::from(notes.iter().any(|note| note.contains("and each counts for all of it")));
        let records: f64 = load.iter().filter(|load| **load > 0.0).sum();
        let sent = 600.0 * f64::from(u32::try_from(points.len()).unwrap());
        assert!((records - sent).abs() < 1.0, "{records} of {sent} records: {points:?}");
    }
    assert!(with_gaps > 50 && with_long_periods > 50, "{with_gaps} and {with_long_periods}");
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

/// `IncomingRecords` has the records of every operation, and so it has priority.
#[test]
fn the_records_of_put_records_are_the_load_if_no_other_is_known() {
    let named = |label: &str, records: f64| {
        let mut series = series("m1", &[(0, records), (1, records)]);
        series["Label"] = json!(label);
        series
    };
    let (all, written) =
        (named("clicks IncomingRecords", 600.0), named("clicks PutRecords.SuccessfulRecords Sum", 300.0));
    assert_eq!(load(&answer(std::slice::from_ref(&written))).0, [300.0, 300.0]);
    assert_eq!(load(&answer(&[named("PutRecords.Records", 300.0)])).0, [300.0, 300.0]);
    for both in [[all.clone(), written.clone()], [written, all]] {
        assert_eq!(load(&answer(&both)).0, [600.0, 600.0]);
    }
    for other in ["PutRecords.Bytes", "PutRecord.Success"] {
        let cpu = series("cpu", &[(0, 50.0), (1, 50.0)]);
        assert_eq!(load(&answer(&[named(other, 300.0), cpu])).0, [-1.0, -1.0], "{other}");
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

/// Each row is a source and the ids of its queries, each with its metric, its dimensions and its statistic. The import knows every id.
#[test]
fn the_queries_of_every_source_have_known_names() {
    let topic = QueriedSource::Topic { cluster: "events", topic: "clicks", group: "readers" };
    let by_name = [
        "throughput numRecordsInPerSecond Application=orders Average",
        "cpu containerCPUUtilization Application=orders Average",
        "busy busyTimeMsPerSecond Application=orders Maximum",
        "kpus Kpus Application=orders Average",
        "kpus_billed KPUs Application=orders Average",
    ];
    let of_group = "Cluster Name=events Topic=clicks Consumer Group=readers Maximum";
    let of_stream = "Id=clicks Application=orders Flow=Input";
    let search = |id: &str, statistic: &str| {
        format!(
            "{id} MAX(SEARCH('Namespace=\"AWS/KinesisAnalytics\" MetricName=\"millisBehindLatest\" Application=\"orders\"', '{statistic}', 60))"
        )
    };
    for (source, expected) in [
        (
            QueriedSource::Unnamed,
            vec![
                search("lag", "Average"),
                search("worst_lag", "Maximum"),
                "records_lag records_lag_max Application=orders Maximum".to_owned(),
            ],
        ),
        (
            QueriedSource::Stream("clicks"),
            vec![
                "load IncomingRecords StreamName=clicks Sum".to_owned(),
                format!("lag millisBehindLatest {of_stream} Average"),
                format!("worst_lag millisBehindLatest {of_stream} Maximum"),
            ],
        ),
        (
            topic,
            vec![
                format!("committed_lag_seconds EstimatedMaxTimeLag {of_group}"),
                format!("offset_lag SumOffsetLag {of_group}"),
                format!("max_offset_lag MaxOffsetLag {of_group}"),
                "records_lag records_lag_max Application=orders Maximum".to_owned(),
            ],
        ),
    ] {
        let queries = queries("orders", source);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let shown = |query: &Value| match &query["MetricStat"] {
            Value::Null => format!("{} {}", text(&query["Id"]), text(&query["Expression"])),
            statistic => {
                let dimensions = statistic["Metric"]["Dimensions"].as_array().unwrap();
                let dimensions: Vec<_> = dimensions
                    .iter()
                    .map(|dimension| format!("{}={}", text(&dimension["Name"]), text(&dimension["Value"])))
                    .collect();
                let name = text(&statistic["Metric"]["MetricName"]);
                format!("{} {name} {} {}", text(&query["Id"]), dimensions.join(" "), text(&statistic["Stat"]))
            }
        };
        let queries = queries.as_array().unwrap();
        let all: Vec<String> = queries.iter().map(shown).collect();
        let expected: Vec<String> = expected.into_iter().chain(by_name.map(str::to_owned)).collect();
        assert_eq!(all, expected);
        let result = |query: &Value| {
            let points = (0..2).map(|minute| (minute, 60.0)).collect::<Vec<_>>();
            series(query["Id"].as_str().unwrap(), &points)
        };
        let results: Vec<Value> = queries.iter().map(result).collect();
        let imported = import("orders.json", answer(&results).as_bytes(), None).unwrap();
        assert_eq!(imported.notes, [""; 0], "{source:?}");
        let minute = imported.history.minutes()[0];
        assert!(minute.load.is_some() && minute.cpu.is_some() && minute.kpus.is_some(), "{minute:?}");
    }
}
