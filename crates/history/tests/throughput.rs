//! A history with the throughput of the job, and with the lags of Kafka.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use history::{Imported, KnownFigures, Reading, calibrate, import};

/// The tasks that count each record.
const TASKS: f64 = 3.7;

fn read(columns: &str, rows: &[String]) -> Imported {
    let file = format!("seconds,{columns}\n{}", rows.concat());
    import("orders.csv", file.as_bytes(), None, &Reading::default()).unwrap()
}

/// The load of each minute in records per second.
fn load(imported: &Imported) -> Vec<f64> {
    imported.history.minutes().iter().map(|minute| minute.load.unwrap()).collect()
}

/// A restart at minute 10 takes 2 minutes. The job then processes 2,000 records a second until the backlog is gone in minute 14.
#[test]
fn the_throughput_is_the_load_and_a_restart_loses_no_record() {
    let throughput = |minute: usize| match minute {
        10 | 11 => String::new(),
        12 | 13 => "2000".to_owned(),
        _ => "1000".to_owned(),
    };
    let rows: Vec<String> = (0..30)
        .map(|minute| format!("{},{},{}\n", minute * 60, throughput(minute), if minute < 10 { 4 } else { 8 }))
        .collect();
    let imported = read("throughput,kpus", &rows);
    assert!(imported.assumptions[0].contains("the load is the throughput of the job"), "{imported:?}");
    for (minute, load) in load(&imported).into_iter().enumerate() {
        assert!((load - 1_000.0).abs() < 1e-6, "minute {minute}: {load}");
    }
    // The measured throughput stays, and the arrivals have priority over it.
    assert_eq!(imported.history.minutes()[12].throughput, Some(2_000.0));
    let rows: Vec<String> = (0..5).map(|minute| format!("{},700,2590\n", minute * 60)).collect();
    let known = read("load_rate,throughput", &rows);
    assert_eq!((load(&known), known.assumptions.len()), (vec![700.0; 5], 0));
}

/// The load rises during a restart: the job processes more records afterwards than arrived in the minutes before.
#[test]
fn every_record_that_a_job_processes_after_a_restart_has_arrived() {
    for (catch_up, after) in [(2_600.0, 1_000.0), (4_000.0, 2_000.0), (1_200.0, 500.0)] {
        let throughput = |minute: usize| match minute {
            10 | 11 => None,
            12 | 13 => Some(catch_up),
            14.. => Some(after),
            _ => Some(1_000.0),
        };
        let cell = |minute: usize| throughput(minute).map_or(String::new(), |rate| rate.to_string());
        let rows: Vec<String> = (0..30)
            .map(|minute| format!("{},{},{}\n", minute * 60, cell(minute), if minute < 10 { 4 } else { 8 }))
            .collect();
        let arrived: f64 = load(&read("throughput,kpus", &rows)).iter().sum();
        let processed: f64 = (0..30).filter_map(throughput).sum();
        assert!((arrived - processed).abs() < 1e-6, "{catch_up}: {arrived} of {processed}");
    }
}

#[test]
fn a_long_gap_of_the_throughput_is_a_missing_load() {
    let rows: Vec<String> =
        [0, 1, 2, 3, 40, 41, 42, 43].map(|minute| format!("{},500\n", minute * 60)).into();
    let imported = read("throughput", &rows);
    assert_eq!(imported.history.minutes()[20].load, None);
    assert!(imported.notes.iter().any(|note| note.contains("the load of 36 of 44 minutes is missing")));
}

/// Each row is a column of Kafka, its value in a job that keeps up and with a backlog, and the lower bound of the lag that follows.
#[test]
fn the_lags_of_kafka_are_lower_bounds_without_the_saw_of_the_checkpoints() {
    for (column, healthy, behind, least) in [
        // A saw of the default checkpoints is healthy up to 90 s.
        ("EstimatedMaxTimeLag", 60.0, 300.0, 180.0),
        ("EstimatedMaxTimeLag", 20.0, 300.0, 210.0),
        // At 1,000 records a second.
        ("SumOffsetLag", 20_000.0, 300_000.0, 210.0),
        ("MaxOffsetLag", 2_000.0, 120_000.0, 30.0),
        ("records_lag_max", 0.0, 30_000.0, 30.0),
        ("kafka_consumergroup_lag", 2_000.0, 120_000.0, 30.0),
    ] {
        let value = |minute: usize| if (50..60).contains(&minute) { behind } else { healthy };
        let rows: Vec<String> =
            (0..100).map(|minute| format!("{},1000,{}\n", minute * 60, value(minute))).collect();
        let imported = read(&format!("load_rate,{column}"), &rows);
        let lag = |minute: usize| imported.history.minutes()[minute].least_lag;
        assert_eq!((lag(10), lag(55)), (Some(0.0), Some(least)), "{column}");
    }
}

/// A job of Kafka that keeps up, with 1,000 records a second for each KPU, and an hour in which it does not. The lag is a saw of 60 s.
#[test]
fn the_capacity_is_learned_from_the_throughput_and_not_from_the_saw() {
    let rows: Vec<String> = (0..600)
        .map(|minute| {
            let is_behind = (300..360).contains(&minute);
            let load = 2_000.0 + f64::from(minute % 60) * 10.0;
            let processed = if is_behind { 4_000.0 } else { load };
            let lag = if is_behind { 200.0 } else { f64::from(minute * 17 % 60) };
            let cpu = 5.0 + 90.0 * processed / 4_000.0;
            format!("{},{},{lag},{cpu},4\n", minute * 60, TASKS * processed)
        })
        .collect();
    let imported = read("numRecordsInPerSecond,EstimatedMaxTimeLag,cpu,kpus", &rows);
    let calibration = calibrate(&imported.history, &KnownFigures::default()).unwrap();
    let capacity = calibration.model.capacity(4) / TASKS;
    assert!((capacity / 4_000.0 - 1.0).abs() < 0.02, "{capacity}");
    assert!((50..=60).contains(&calibration.saturated_minutes), "{}", calibration.saturated_minutes);
}

/// Without any lag, a subtask that is always busy shows the capacity.
#[test]
fn the_busy_time_shows_the_capacity() {
    let rows: Vec<String> = (0..300)
        .map(|minute| {
            let is_behind = (100..200).contains(&minute);
            format!(
                "{},{},{},{},3\n",
                minute * 60,
                if is_behind { 3_000 } else { 1_000 },
                if is_behind { 1_000 } else { 350 },
                if is_behind { 60 } else { 20 }
            )
        })
        .collect();
    let imported = read("throughput,busy,cpu,kpus", &rows);
    let calibration = calibrate(&imported.history, &KnownFigures::default()).unwrap();
    assert!((calibration.model.capacity(3) / 3_000.0 - 1.0).abs() < 0.02, "{calibration:?}");
    assert!((calibration.model.saturated_cpu - 60.0).abs() < 1.0);
}
