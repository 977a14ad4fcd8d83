//! Tables of dashboards and spreadsheets become histories, and each assumption about them is stated.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use history::{Imported, Reading, import};
use jiff::tz::TimeZone;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn reading(columns: &[&str], units: &[&str], name: Option<&str>) -> Reading {
    let owned = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Reading::new(&owned(columns), &owned(units), name.map(zone)).unwrap()
}

fn read(file: &str, reading: &Reading) -> Imported {
    import("orders.csv", file.as_bytes(), None, reading).unwrap_or_else(|error| panic!("{error}\n{file}"))
}

/// The load of each minute in records per second, rounded. A missing minute is -1.
fn load(imported: &Imported) -> Vec<f64> {
    let minutes = imported.history.minutes().iter();
    minutes.map(|minute| minute.load.map_or(-1.0, |load| (load * 1_000.0).round() / 1_000.0)).collect()
}

/// Each file has 1000 records per second at 08:00 and 1500.5 at 08:01 UTC. The last column has a part of the stated assumptions.
#[test]
fn the_same_two_minutes_are_read_from_every_kind_of_table() {
    let none = reading(&[], &[], None);
    let berlin = reading(&[], &[], Some("Europe/Berlin"));
    #[rustfmt::skip]
    let rows: Vec<(&str, &str, &Reading, &[&str])> = vec![
        ("a history", "timestamp,records_per_second\n2026-11-21T08:00:00Z,1000\n2026-11-21T08:01:00Z,1500.5\n", &none, &[]),
        ("quotation marks", "\"timestamp\",\"records_per_second\"\n\"2026-11-21T08:00:00Z\",\"1000\"\n\"2026-11-21T08:01:00Z\",\"1500.5\"\n", &none, &[]),
        ("a byte order mark and Windows lines", "\u{feff}timestamp,load_rate\r\n2026-11-21T08:00:00Z,1000\r\n2026-11-21T08:01:00Z,1500.5\r\n", &none, &[]),
        ("seconds since 1970", "timestamp,load_rate\n1795248000,1000\n1795248060.0,1500.5\n", &none, &[]),
        ("milliseconds", "time,load_rate\n1795248000000,1000\n1.79524806E+12,1500.5\n", &none, &[]),
        ("an offset", "time,load_rate\n2026-11-21T09:00:00+01:00,1000\n2026-11-21 03:01:00-05:00,1500.5\n", &none, &[]),
        ("a zone in words", "time,load_rate\n2026-11-21 08:00:00 UTC,1000\n2026-11-21 08:01:00 +0000 UTC,1500.5\n", &none, &[]),
        ("the newest row first", "time,load_rate\n2026-11-21T08:01Z,1500.5\n2026-11-21T08:00Z,1000\n", &none, &[]),
        ("Grafana, joined by time", "\"Time\",\"{job=\"\"orders\"\"}\"\n2026-11-21 08:00:00,1000\n2026-11-21 08:01:00,1500.5\n", &none, &["zone are UTC (--zone)", "is the load, in records/s (--column, --unit)"]),
        ("Grafana, in a zone", "\"Time\",\"load_rate\"\n2026-11-21 09:00:00,1000\n2026-11-21 09:01:00,1500.5\n", &berlin, &[]),
        ("Grafana, formatted", "\"Time\",\"load_rate\"\n2026-11-21 08:00:00,1 K\n2026-11-21 08:01:00,1.5005 K\n", &none, &["UTC", "the cells of 'load_rate' have units: '1 K' is 1000"]),
        ("Grafana, formatted with a unit", "\"Time\",\"load_rate\"\n2026-11-21 08:00:00,1 K req/s\n2026-11-21 08:01:00,1.5005 K req/s\n", &none, &["UTC", "'1 K req/s' is 1000 records/s"]),
        ("a heading with a unit", "Time,Requests per minute\n2026-11-21T08:00Z,60000\n2026-11-21T08:01Z,90030\n", &none, &["is the load, in records/min"]),
        ("Grafana, a row a series", "Series;Time;Value\norders;2026-11-21T08:00:00+00:00;1000\norders;2026-11-21T08:01:00+00:00;1500.5\norders;2026-11-21T08:02:00+00:00;null\n", &none, &["'orders' is the load"]),
        ("Excel", "sep=;\nTime;Requests\n21.11.2026 08:00;1.000,0\n21.11.2026 08:01;1.500,5\n", &none, &["UTC", "a comma in a number is the decimal separator", "'Requests' is the load"]),
        ("tabs", "Time\tload_rate\n2026-11-21 08:00\t1000\n2026-11-21 08:01\t1500,5\n", &none, &["UTC", "decimal separator"]),
        ("thousands in quotation marks", "Time,load_rate\n2026-11-21T08:00Z,\"1,000\"\n2026-11-21T08:01Z,\"1,500.5\"\n", &none, &[]),
        ("Swiss thousands", "Time;load_rate\n2026-11-21T08:00Z;1'000\n2026-11-21T08:01Z;1'500.5\n", &none, &[]),
        ("the month first", "Time,load_rate\n11/21/2026 8:00:00 AM,1000\n11/21/2026 8:01:00 AM,1500.5\n", &none, &["UTC"]),
        ("the day first", "Time,load_rate\n21/11/2026 08:00,1000\n21/11/2026 08:01,1500.5\n", &none, &["UTC"]),
        ("Prometheus, a row a sample", "name,timestamp,value\nrecords_per_second,1795248000,1000\nrecords_per_second,1795248060,1500.5\n", &none, &[]),
        ("columns of labels", "host,Time,load_rate\na,2026-11-21T08:00Z,1000\na,2026-11-21T08:01Z,1500.5\n", &none, &[]),
        ("the console of CloudWatch", "Full label,orders IncomingRecords\nLabel,IncomingRecords\nAccount ID,123456789012\nStatistic,Sum\nPeriod,60\nUnit,Count\n,\n2026/11/21 08:00:00,60000\n2026/11/21 08:01:00,90030\n", &none, &["UTC"]),
        ("a rate a minute", "Time,load\n2026-11-21T08:00Z,60 K req/m\n2026-11-21T08:01Z,90.03 K req/m\n", &none, &["'60 K req/m' is 1000 records/s"]),
        ("bytes", "Time;Bytes in\n2026-11-21T08:00Z;1 kB/s\n2026-11-21T08:01Z;1,5005 kB/s\n", &none, &["decimal separator", "'Bytes in' is the load", "'1 kB/s' is 1000 bytes/s, and a byte counts as a record"]),
        ("date and time apart", "Date;Time;Value\n21.11.2026;08:00;1000\n21.11.2026;08:01;1500,5\n", &none, &["UTC", "decimal separator", "the time of a row is 'Date' and 'Time'", "'Value' is the load"]),
        ("time and date apart", "Time,Host,Day,load_rate\n8:00:00 AM,a,11/21/2026,1000\n8:01:00 AM,a,11/21/2026,1500.5\n", &none, &["UTC", "'Day' and 'Time'"]),
        ("date and time with a zone", "Datum,Uhrzeit,load_rate\n2026-11-21,09:00+01:00,1000\n2026-11-21,08:01Z,1500.5\n", &none, &["'Datum' and 'Uhrzeit'"]),
        ("half minutes", "Time,load_rate\n2026-11-21T08:00:00Z,900\n2026-11-21T08:00:30Z,1100\n2026-11-21T08:01:00Z,1500.5\n", &none, &[]),
    ];
    for (kind, file, reading, assumed) in rows {
        let imported = read(file, reading);
        assert_eq!(load(&imported), [1_000.0, 1_500.5], "{kind}");
        assert_eq!(imported.history.start().unwrap().to_string(), "2026-11-21T08:00:00Z", "{kind}");
        assert_eq!(imported.assumptions.len(), assumed.len(), "{kind}: {:?}", imported.assumptions);
        for (part, assumption) in assumed.iter().zip(&imported.assumptions) {
            assert!(assumption.contains(part), "{kind}: {assumption}");
        }
    }
}

/// A trace counts from its start, and has no calendar.
#[test]
fn seconds_from_the_start_are_read_in_any_step() {
    for (file, expected) in [
        ("seconds,records_per_second\n0,5\n60,6\n", vec![5.0, 6.0]),
        ("\"seconds\",\"records_per_second\"\n0.0,5\n60.0,6\n", vec![5.0, 6.0]),
        ("seconds;rate\n0;5,5\n60;6\n", vec![5.5, 6.0]),
        ("seconds,records_per_second\n0,5\n120,6\n240,7\n", vec![5.0, 5.0, 6.0, 6.0, 7.0, 7.0]),
        ("seconds,records_per_second\n0,5\n60,5\n180,7\n", vec![5.0, 5.0, -1.0, 7.0]),
    ] {
        let imported = read(file, &Reading::default());
        assert_eq!(load(&imported), expected, "{file}");
        assert_eq!(imported.history.start(), None);
    }
}

#[test]
fn the_options_name_columns_and_units() {
    let file =
        "Zeit,Requests,Delay,Busy,Host\n2026-11-21T08:00Z,600,2,0.5,a\n2026-11-21T08:01Z,1200,3,0.6,a\n";
    let columns = ["time=Zeit", "load_rate=Requests", "lag_seconds=Delay", "cpu=Busy"];
    let imported = read(file, &reading(&columns, &["load=records/min", "lag=min", "cpu=ratio"], None));
    assert_eq!(load(&imported), [10.0, 20.0]);
    let first = imported.history.minutes()[0];
    assert_eq!((first.lag, first.cpu), (Some(120.0), Some(50.0)));
    assert_eq!(imported.notes, ["the column 'Host' has no numbers and was left out"]);
    // A sum over the data points of five minutes.
    let file = "Time,Requests\n2026-11-21T08:00Z,600\n2026-11-21T08:05Z,600\n2026-11-21T08:10Z,600\n2026-11-21T08:15Z,600\n";
    assert_eq!(load(&read(file, &reading(&["load=Requests"], &[], None))), [2.0; 20]);
}

/// Each row has a cell and its column, and the value of the history: records per second, seconds, percent, or milliseconds per second.
#[test]
fn a_cell_states_its_unit() {
    let stated = |column: &str, cell: &str, units: &[&str]| {
        let file =
            format!("Time;{column};load_rate\n2026-11-21T08:00Z;0;1.5\n2026-11-21T08:01Z;{cell};1.5\n");
        let imported = read(&file, &reading(&[], units, None));
        let minute = imported.history.minutes()[1];
        [minute.lag, minute.throughput, minute.cpu, minute.busy].into_iter().flatten().next()
    };
    #[rustfmt::skip]
    let rows: [(&str, &str, &[&str], f64); 30] = [
        ("lag", "350", &[], 0.35), ("lag", "350 ms", &[], 0.35), ("lag", "1.2 s", &[], 1.2), ("lag", "1.5s", &[], 1.5), ("lag", "2 min", &[], 120.0),
        ("lag", "2.50 mins", &[], 150.0), ("lag", "1.5 hours", &[], 5_400.0), ("lag", "1 day", &[], 86_400.0), ("lag", "900 \u{b5}s", &[], 0.0009),
        ("lag_seconds", "350 ms", &[], 0.35), ("lag_seconds", "1.2 K", &[], 1_200.0), ("millisBehindLatest", "1200 ms", &[], 1.2),
        // The cell has priority over the option.
        ("lag", "350 ms", &["lag=min"], 0.35), ("lag", "1'200 ms", &[], 1.2),
        ("throughput", "1.2 K", &[], 1_200.0), ("throughput", "1.2k", &[], 1_200.0), ("throughput", "1.5 Mil", &[], 1.5e6), ("throughput", "2 B rec/s", &[], 2e9),
        ("throughput", "120 rpm", &[], 2.0), ("throughput", "3600 msg/h", &[], 1.0), ("throughput", "3.4 MB/s", &[], 3.4e6), ("throughput", "2 KiB/s", &[], 2_048.0),
        ("throughput", "500 B/s", &[], 500.0), ("throughput", "1.5e3", &[], 1_500.0), ("throughput", "250 rps", &[], 250.0), ("throughput", "1.2 K requests", &[], 1_200.0),
        ("cpu", "45%", &[], 45.0), ("cpu", "45.5 %", &["cpu=ratio"], 45.5),
        ("busy", "850", &[], 850.0), ("busy", "850 ms/s", &[], 850.0),
    ];
    for (column, cell, units, value) in rows {
        let found = stated(column, cell, units);
        assert!(
            found.is_some_and(|found| (found - value).abs() < 1e-9 * value),
            "{column} {cell}: {found:?}"
        );
    }
}

/// The clocks of Berlin repeat the hour from 02:00 on 25 October 2026, and skip the hour from 02:00 on 29 March.
#[test]
fn local_times_of_a_repeated_hour_are_both_read() {
    let file =
        "Time,load_rate\n2026-10-25 02:58,1\n2026-10-25 02:59,2\n2026-10-25 02:00,3\n2026-10-25 02:01,4\n";
    let imported = read(file, &reading(&[], &[], Some("Europe/Berlin")));
    assert_eq!(load(&imported), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(imported.history.start().unwrap().to_string(), "2026-10-25T00:58:00Z");
    let file = "Time,load_rate\n2026-03-29 01:59,1\n2026-03-29 03:00,2\n";
    assert_eq!(load(&read(file, &reading(&[], &[], Some("Europe/Berlin")))), [1.0, 2.0]);
}

/// Each row is a file, and the parts of the sentence about it: line, value, cause and remedy.
#[test]
fn an_unreadable_table_is_rejected_with_one_sentence() {
    #[rustfmt::skip]
    let rows: Vec<(&str, &[&str], &str)> = vec![
        (" \n\n", &[], "the file is empty"),
        ("a,b\n1,x\n", &[], "no column has times; name it with --column time=HEADING; the columns are [a, b]"),
        ("timestamp;load\n", &[], "the file has a heading and no row"),
        ("0,100\n60,100\n", &[], "no column has times"),
        ("2026-11-21T08:00Z,100\n2026-11-21T08:01Z,100\n", &[], "the first line is a row of data; add a heading"),
        ("timestamp,m1,m2\n2026-11-21T08:00Z,5,6\n", &[], "it has no known query or column, only [m1, m2]; name one with --column load=NAME"),
        ("timestamp,load,IncomingRecords\n2026-11-21T08:00Z,5,6\n", &[], "'load' and 'IncomingRecords' are both load; choose one with --column load=NAME"),
        ("timestamp,load\nyesterday,5\n", &[], "line 2: 'yesterday' is not a time"),
        ("timestamp,load\n2026-11-21T08:00Z,5\n\n2026-13-21T08:01:00,5\n", &[], "line 4: '2026-13-21T08:01:00' is not a date of the calendar"),
        ("timestamp,load\n05/06/2026 08:00,5\n", &[], "line 2: '05/06/2026 08:00' has the day or the month first"),
        ("timestamp,load\n2026-11-21T08:00Z,5\n2026-11-21T08:01Z,many\n", &[], "line 3: load is 'many', which is not a number; correct it"),
        ("sep=,\ntimestamp,Requests\n2026-11-21T08:00Z,5 ms\n", &[], "line 3: Requests is '5 ms', which is no unit of load_rate (records that arrived per second); name the column"),
        ("timestamp,load,lag\n2026-11-21T08:00Z,5,0\n2026-11-21T08:01Z,5,5 %\n", &[], "line 3: lag is '5 %', which is no unit of lag (mean lag in milliseconds)"),
        ("timestamp,load\n2026-11-21T08:00Z,5 furlongs\n", &[], "line 2: load is '5 furlongs', which has an unknown unit; use a unit such as ms"),
        ("timestamp,load\n2026-11-21T08:00Z,5\n2026-11-21T08:01Z,5 req/s\n", &[], "line 3: load is '5 req/s', and '5' in line 2 has another kind of unit; write the same unit in each cell"),
        ("Date,Time,load\n2026-11-21,08:00,5\n2026-11-21,25:00,5\n", &[], "line 3: '2026-11-21 25:00' is not a time"),
        ("timestamp,load\n2026-11-21T08:00Z,\"5\n2026-11-21T08:01Z,5\n", &[], "line 2: load is '5\\n2026"),
        ("timestamp,load\n2026-11-21T08:00Z,5\n2026-11-21T08:00Z,6\n", &[], "'load' has two values at 2026-11-21T08:00:00Z, 5 and 6"),
        ("timestamp,load\n9999-12-31 08:00,5\n", &[], "line 2: '9999-12-31 08:00' is out of the calendar's range; correct it"),
        ("METRICDATARESULTS\tload\n", &[], "the file is the output of the AWS CLI as text, YAML or a table; write it with --output json"),
        ("{\"MetricDataResults\": [{\"Id\": \"load\", \"Timestamps\": [\"yesterday\"], \"Values\": [1]}]}", &[],
         "'load' has the time yesterday, which is not a time with a zone, such as 2026-01-05T08:00:00Z or 1767600000"),
        ("seconds,load\n0,5\n1795248000,5\n", &[], "use one form"),
        ("seconds,load\n9223372036854775807,5\n0,5\n", &[], "line 2: '9223372036854775807' is not a time"),
        ("timestamp,load\n2020-01-01T00:00:00Z,1\n2026-11-21T08:00:00Z,1\n", &[], "s apart; ask for a period of 60 s"),
        ("timestamp,load\n2024-01-01T00:00:00Z,1\n2024-01-01T00:01:00Z,1\n2026-11-21T08:00:00Z,1\n", &[], "import at most 400 days"),
        ("timestamp,load\n2026-11-21T08:00Z,5\n", &["load=Requests"], "--column load=Requests names no column or query; the file has [load]"),
        ("timestamp,load\n2026-11-21T08:00Z,5\n", &["time=Zeit"], "--column time=Zeit names no column; the columns are [timestamp, load]"),
    ];
    for (file, columns, part) in rows {
        let refused = import("orders.csv", file.as_bytes(), None, &reading(columns, &[], None))
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("failed to read the file 'orders.csv': ") && refused.contains(part),
            "{file}: {refused}"
        );
        assert_eq!(refused.lines().count(), 1, "{refused}");
    }
    let binary = import("orders.csv", &[0x89, 0x50, 0xff, 0x00, 0xfe, 0x0a], None, &Reading::default());
    assert!(
        binary.unwrap_err().to_string().contains("the file is not text in UTF-8; save it as CSV or JSON")
    );
}

#[test]
fn an_answer_that_is_not_complete_is_noted() {
    let answer = "{\"MetricDataResults\": [{\"Id\": \"load\", \"StatusCode\": \"PartialData\", \"Timestamps\": [\"2026-11-21T08:00:00Z\"], \"Values\": [60]}]}";
    let imported = read(answer, &Reading::default());
    assert_eq!(imported.notes, ["'load' is not complete: PartialData; import the next pages as well"]);
}

#[test]
fn options_with_unknown_names_are_rejected() {
    let new = |column: &str, unit: &str| {
        let list = |text: &str| {
            Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect::<Vec<_>>()
        };
        Reading::new(&list(column), &list(unit), None).unwrap_err()
    };
    for (column, unit, part) in [
        ("Requests", "", "--column is 'Requests'; write it as NAME=HEADING"),
        ("rate=Requests", "", "'rate' is not a name; the names are time, load, load_rate"),
        ("", "lag", "--unit is 'lag'; write it as NAME=UNIT"),
        ("", "lag=hours", "with a unit of records, records/s"),
        ("", "lag=%", "'lag' has no such unit"),
    ] {
        let refused = new(column, unit);
        assert!(refused.contains(part), "{refused}");
    }
}

/// Any bytes are read or rejected, and an accepted file has only loads of at least 0.
#[test]
fn damaged_files_are_read_or_rejected() {
    let files = [
        "timestamp,load,cpu\n2026-11-21T08:00:00Z,60000,50\n2026-11-21T08:01:00Z,,51\n2026-11-21T08:05:00Z,\"1,000\",49\n",
        "sep=;\nTime;Requests\n21.11.2026 08:00;1.000,0\n21.11.2026 08:01;1.500,5\n",
        "Label,IncomingRecords\nPeriod,60\n2026/11/21 08:00:00,60000\n2026/11/21 08:01:00,90030\n",
        "[{\"MetricDataResults\":[{\"Id\":\"load\",\"Timestamps\":[\"2026-11-01T00:00:00Z\",1793491260],\"Values\":[1.0,NaN]}]}]",
        "{\"data\":{\"result\":[{\"metric\":{},\"values\":[[1793491200,\"5\"],[1793491260,\"6\"]]}]}}",
    ];
    let mut rng = fastrand::Rng::with_seed(20);
    let (mut accepted, mut rejected) = (0, 0);
    for round in 0..4_000 {
        let mut bytes = files[round % files.len()].as_bytes().to_vec();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(0..bytes.len());
            match rng.usize(0..4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, rng.u8(..)),
                2 => bytes[at] = b",;.\"\n-0e9TZ{}[]"[rng.usize(0..15)],
                _ => bytes.truncate(at.max(9)),
            }
        }
        match import("orders.csv", &bytes, None, &Reading::default()) {
            Ok(imported) => {
                accepted += 1;
                let mut loads = imported.history.minutes().iter().filter_map(|minute| minute.load);
                assert!(loads.all(|load| load.is_finite() && load >= 0.0));
            }
            Err(error) => {
                rejected += 1;
                assert_eq!(error.to_string().lines().count(), 1, "{error}");
            }
        }
    }
    assert!(accepted > 300 && rejected > 300, "{accepted} accepted and {rejected} rejected");
}
