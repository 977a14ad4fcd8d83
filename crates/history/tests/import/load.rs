//! The load of each minute, from counters with gaps and of several resolutions.

use crate::{answer, import, series};
use serde_json::json;

/// The records per minute of an imported file, and the notes. A missing minute is -1.
fn load(file: &str) -> (Vec<f64>, Vec<String>) {
    let imported =
        import("orders.json", file.as_bytes(), None).unwrap_or_else(|error| panic!("{error}\n{file}"));
    let minutes = imported.history.minutes().iter();
    let load = minutes.map(|minute| minute.load.map_or(-1.0, |load| (load * 60_000.0).round() / 1_000.0));
    (load.collect(), imported.notes)
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
