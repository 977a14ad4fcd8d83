//! Schedules that are valid and hardly meant: each warning ends with the value that is probably meant.

use crate::world::{parse, with_windows};
use schedule::{ScheduleText, zone};

/// The windows, and the warnings about them.
#[rustfmt::skip]
const WINDOWS: [(&str, &[&str]); 25] = [
    ("daily 0:00-23:59 >=8",
     &["the window 'daily 0:00-23:59 >=8' ends at 23:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 24:00"]),
    ("Mon-Fri 8:00-9:59 >=8; Mon-Fri 10:00-12:00 >=4",
     &["the window 'Mon-Fri 8:00-9:59 >=8' ends at 9:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 10:00"]),
    ("Sun 20:00-23:57 >=8; Mon 0:02-8:00 >=4",
     &["the window 'Sun 20:00-23:57 >=8' ends at 23:57, 5 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 0:02"]),
    ("daily 0:01-24:00 >=8",
     &["the window 'daily 0:01-24:00 >=8' ends at 24:00, 1 min before a window opens; other bounds hold in between and can restart the job twice; write 0:00-24:00 for whole days"]),
    ("Mon-Sun 8:00-7:59 >=8",
     &["the window 'Mon-Sun 8:00-7:59 >=8' ends at 7:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; write 0:00-24:00 for whole days"]),
    ("2026-12-24 8:00-23:59 >=8; 2026-12-25 0:00-12:00 >=4",
     &["the window '2026-12-24 8:00-23:59 >=8' ends at 23:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 24:00"]),
    ("Sat 18:00-23:59 >=8",
     &["the window 'Sat 18:00-23:59 >=8' ends at 23:59, which leaves out the last minute of the day; let it end at 24:00"]),
    ("daily 2:00-2:59 blocked; daily 3:00-4:00 blocked",
     &["the window 'daily 2:00-2:59 blocked' ends at 2:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 3:00"]),
    // 24 December 2026 is a Thursday.
    ("2026-12-24 8:00-23:58 >=8; Fri 0:00-12:00 >=4",
     &["the window '2026-12-24 8:00-23:58 >=8' ends at 23:58, 2 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 24:00"]),
    ("Mon-Fri 8:00-18:00 >=8; 2026-12-24 18:01-22:00 <=4",
     &["the window '2026-12-24 18:01-22:00 <=4' begins at 18:01, 1 min after the window 'Mon-Fri 8:00-18:00 >=8' ends; other bounds hold in between and can restart the job twice; let it begin at 18:00"]),
    ("2026-12-24 0:02-22:00 <=4; Wed 20:00-24:00 >=8",
     &["the window '2026-12-24 0:02-22:00 <=4' begins at 0:02, 2 min after the window 'Wed 20:00-24:00 >=8' ends; other bounds hold in between and can restart the job twice; let it begin at 0:00"]),
    ("2026-12-24 0:01-22:00 <=4; Wed 20:00-23:58 >=8",
     &["the window '2026-12-24 0:01-22:00 <=4' begins at 0:01, 3 min after the window 'Wed 20:00-23:58 >=8' ends; other bounds hold in between and can restart the job twice; let the window 'Wed 20:00-23:58 >=8' end at 0:01"]),
    ("Sun 22:00-23:59 >=8; 2026-12-28 0:00-8:00 blocked",
     &["the window 'Sun 22:00-23:59 >=8' ends at 23:59, which leaves out the last minute of the day; let it end at 24:00"]),
    // Meant as written.
    ("Mon-Fri 8:00-18:00 >=8; 2026-12-24 18:00-22:00 <=4", &[]),
    ("Mon-Fri 8:00-18:00 >=8; 2026-12-24 18:06-22:00 <=4", &[]),
    ("Mon-Wed 8:00-18:00 >=8; 2026-12-24 18:01-22:00 <=4", &[]),
    ("Mon-Fri 8:00-18:00 >=8; daily 17:00-19:00 >=4; 2026-12-24 18:01-22:00 <=4", &[]),
    ("Mon-Fri 8:00-18:00 >=8; 2026-12-24 9:00-17:58 <=4", &[]),
    ("daily 0:00-24:00 >=8", &[]),
    ("daily 8:00-18:00 >=8", &[]),
    ("daily 8:00-10:00 >=8; daily 10:00-12:00 >=4", &[]),
    ("daily 8:00-10:00 >=8; daily 10:06-12:00 >=4", &[]),
    ("daily 8:00-9:59 >=8; daily 7:00-12:00 >=4; daily 10:00-12:00 >=6", &[]),
    ("Mon 8:00-9:59 >=8; Tue 10:00-12:00 >=4", &[]),
    ("2026-12-24 8:00-9:59 >=8; 2026-12-25 10:00-12:00 >=4", &[]),
];

#[test]
fn a_short_gap_between_windows_is_a_warning_with_the_meant_time() {
    for (windows, expected) in WINDOWS {
        assert_eq!(parse(&with_windows(windows)).unwrap().warnings(), expected, "{windows}");
    }
}

#[test]
fn the_hours_of_high_load_have_the_same_warnings() {
    let high =
        ScheduleText { high_kpu: "20", high_start: "0:00", high_end: "23:59", ..ScheduleText::default() };
    let expected = "HighKpu ('daily 0:00-23:59 20') ends at 23:59, 1 min before a window opens; other bounds hold in between and can restart the job twice; let it end at 24:00";
    assert_eq!(parse(&high).unwrap().warnings(), [expected]);
    assert!(parse(&ScheduleText { high_end: "24:00", ..high }).unwrap().warnings().is_empty());
}

#[test]
fn a_zone_without_daylight_saving_time_is_a_warning_with_a_city() {
    for (name, expected) in [
        (
            "EST",
            Some(
                "TimeZone is EST, which has no daylight saving time; use a city of that time, such as America/New_York",
            ),
        ),
        (
            "GMT",
            Some(
                "TimeZone is GMT, which has no daylight saving time; use a city of that time, such as Europe/London",
            ),
        ),
        (
            "Etc/GMT+5",
            Some(
                "TimeZone is Etc/GMT+5, which is UTC-5, behind UTC, and has no daylight saving time; use a city of that time, such as Europe/Berlin",
            ),
        ),
        (
            "Etc/GMT-2",
            Some(
                "TimeZone is Etc/GMT-2, which is UTC+2, ahead of UTC, and has no daylight saving time; use a city of that time, such as Europe/Berlin",
            ),
        ),
        ("", None),
        ("UTC", None),
        ("Etc/GMT", None),
        ("CET", None),
        ("Europe/Berlin", None),
        ("Asia/Kolkata", None),
    ] {
        let text = ScheduleText { time_zone: name, ..with_windows("daily 8:00-18:00 >=8") };
        assert_eq!(parse(&text).unwrap().warnings(), Vec::from_iter(expected), "{name}");
        // Without windows, no time is read in the zone.
        assert!(parse(&ScheduleText { windows: "", ..text }).unwrap().warnings().is_empty());
    }
}

#[test]
fn an_abbreviation_of_a_time_is_refused_with_its_cities() {
    for (name, remedy) in [
        ("BST", "use a city of that time, Europe/London"),
        ("bst", "use a city of that time, Europe/London"),
        ("EDT", "use a city of that time, America/New_York"),
        ("PST", "use a city of that time, America/Los_Angeles"),
        ("CEST", "use a city of that time, Europe/Berlin"),
        ("IST", "use a city of that time, Asia/Kolkata or Europe/Dublin or Asia/Jerusalem"),
        ("CST", "use a city of that time, America/Chicago or Asia/Shanghai or America/Havana"),
        ("JST", "use a city of that time, Asia/Tokyo"),
        ("AEST", "use a city of that time, Australia/Sydney or Australia/Brisbane"),
        ("UTC+2", "it is an offset, which has no daylight saving time; use a city of that time"),
        ("+02:00", "it is an offset, which has no daylight saving time; use a city of that time"),
        ("VET", "use a city of that time, America/Caracas"),
        ("PHT", "use a city of that time, Asia/Manila"),
        ("AST", "use a city of that time, America/Halifax or America/Puerto_Rico or Asia/Riyadh"),
        // An unknown abbreviation is one letter away from many others.
        ("EGT", "in the IANA time zone database; use an IANA name such as Europe/Berlin"),
        ("WAST", "in the IANA time zone database; use an IANA name such as Europe/Berlin"),
        ("Lima", "did you mean America/Lima?"),
        ("UTC ", "did you mean UTC?"),
        ("Europe/Berln", "did you mean Europe/Berlin?"),
    ] {
        let message = zone(name).unwrap_err();
        assert!(
            message.starts_with(&format!("TimeZone '{name}' is not in")) && message.contains(remedy),
            "{message}"
        );
        // Every named city exists.
        let (_, cities) =
            message.rsplit_once(", ").filter(|_| message.contains("abbreviation")).unwrap_or_default();
        for city in cities.split(" or ").filter(|city| !city.is_empty()) {
            assert!(zone(city).is_ok(), "{city}");
        }
    }
}
