//! CloudWatch's documented table of missing data, all rows and all treatments.

use simulator::{MissingData, next_state};
use tasks::AlarmState;

/// `X` breaches, `0` does not, `-` is missing; oldest first.
fn points(text: &str) -> Vec<Option<bool>> {
    let point = |symbol: &str| match symbol {
        "X" => Some(true),
        "0" => Some(false),
        "-" => None,
        other => panic!("'{other}' is no data point"),
    };
    text.split(' ').map(point).collect()
}

/// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
#[test]
fn the_ten_rows_of_the_guide() {
    const N: usize = 3;
    #[rustfmt::skip]
    let rows = [
        // data points, M,   missing,             ignore,  breaching, notBreaching
        ("0 - X - X", 3, ["OK",                "OK",    "OK",    "OK"]),
        ("0 - - - -", 3, ["OK",                "OK",    "OK",    "OK"]),
        ("- - - - -", 3, ["INSUFFICIENT_DATA", "keep",  "ALARM", "OK"]),
        ("0 X X - X", 3, ["ALARM",             "ALARM", "ALARM", "ALARM"]),
        ("- - X - -", 3, ["ALARM",             "keep",  "ALARM", "OK"]),
        ("0 - X - X", 2, ["ALARM",             "ALARM", "ALARM", "ALARM"]),
        ("0 0 X 0 X", 2, ["ALARM",             "ALARM", "ALARM", "ALARM"]),
        ("0 - X - -", 2, ["OK",                "OK",    "ALARM", "OK"]),
        ("- - - - 0", 2, ["OK",                "OK",    "ALARM", "OK"]),
        ("- - - X -", 2, ["ALARM",             "keep",  "ALARM", "OK"]),
    ];
    let treatments =
        [MissingData::Missing, MissingData::Ignore, MissingData::Breaching, MissingData::NotBreaching];
    for (text, needed, expected) in rows {
        for (treatment, expected) in treatments.into_iter().zip(expected) {
            for current in [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData] {
                let expected = match expected {
                    "OK" => AlarmState::Ok,
                    "ALARM" => AlarmState::Alarm,
                    "keep" => current,
                    _ => AlarmState::InsufficientData,
                };
                let state = next_state(&points(text), N, needed, treatment, current);
                assert_eq!(state, expected, "{text}, M = {needed}, {treatment:?}, was {current:?}");
            }
        }
    }
}

/// A restart leaves a gap in the CPU metric, which is not a reason to scale.
#[test]
fn a_gap_alone_never_breaches_if_missing_data_is_not_breaching() {
    for length in 1..=7 {
        for bits in 0..3_usize.pow(length) {
            let symbols = (0..length).map(|place| match bits / 3_usize.pow(place) % 3 {
                0 => None,
                1 => Some(false),
                _ => Some(true),
            });
            let fetched: Vec<Option<bool>> = symbols.collect();
            let breaching = fetched.iter().flatten().filter(|breaches| **breaches).count();
            let state = next_state(&fetched, 3, 3, MissingData::NotBreaching, AlarmState::Alarm);
            assert!(state != AlarmState::Alarm || breaching >= 3, "{fetched:?}");
        }
    }
}
