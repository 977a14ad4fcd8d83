//! The queries of a history, by their source.

use crate::{answer, import, series};
use history::{QueriedSource, queries};
use serde_json::Value;

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
