//! What users of scheduled scaling have today, on every day of a year.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use scaling::{Bounds, Unit, Units};
use schedule::{Schedule, ScheduleText, zone};

fn schedule(start: &str, end: &str, time_zone: &str) -> Schedule {
    let text = ScheduleText {
        high_kpu: "20",
        low_kpu: "10",
        high_start: start,
        high_end: end,
        time_zone,
        ..ScheduleText::default()
    };
    let kpus = |count| Units::new(count).unwrap();
    Schedule::parse(&text, Unit::Kpu, Bounds::new(kpus(1), kpus(32)).unwrap()).unwrap()
}

/// The size that the schedule fixes at a moment.
fn ours(schedule: &Schedule, at: Timestamp) -> u32 {
    let bounds = schedule.at(at).bounds;
    assert_eq!(bounds.minimum(), bounds.maximum(), "at {at}");
    bounds.minimum().count()
}

/// What the sample finds when it is woken at an hour: it is woken at the two hours only, and asks again which of the periods it is.
fn samples(hour: i8, start: i8, end: i8) -> u32 {
    if start <= hour && hour <= end { 20 } else { 10 }
}

/// The days of 2026, in which clocks change twice.
fn days() -> impl Iterator<Item = Date> {
    date(2026, 1, 1).series(jiff::Span::new().days(1)).take(365)
}

fn at(day: Date, hour: i8, minute: i8, zone: &TimeZone) -> Timestamp {
    day.at(hour, minute, 0, 0).to_zoned(zone.clone()).unwrap().timestamp()
}

#[test]
fn the_samples_own_two_cases_work_here_and_fail_there() {
    for (start, end) in [(8, 18), (22, 6)] {
        let mut sample_is_wrong = 0;
        for zone_name in ["UTC", "America/Los_Angeles", "Europe/Berlin"] {
            let zone = zone(zone_name).unwrap();
            let schedule = schedule(&format!("{start}:00"), &format!("{end}:00"), zone_name);
            for day in days() {
                for (hour, wanted) in [(start, 20), (end, 10)] {
                    assert_eq!(
                        ours(&schedule, at(day, hour, 0, &zone)),
                        wanted,
                        "{start}-{end} at {hour} on {day}, {zone_name}"
                    );
                    sample_is_wrong += u32::from(samples(hour, start, end) != wanted);
                }
            }
        }
        // At one of the two hours of each day it does the wrong thing: it never goes down, or, across midnight, never up.
        assert_eq!(sample_is_wrong, 3 * 365, "{start}-{end}");
    }
}

#[test]
fn the_documented_use_has_twenty_by_day_and_ten_by_night_in_pacific_time() {
    let zone = zone("America/Los_Angeles").unwrap();
    let schedule = schedule("5:05", "18:05", "America/Los_Angeles");
    let mut offsets = std::collections::BTreeSet::new();
    for day in days() {
        let (opens, closes) = (at(day, 5, 5, &zone), at(day, 18, 5, &zone));
        let minute = jiff::SignedDuration::from_mins(1);
        let sizes = [opens - minute, opens, closes - minute, closes].map(|moment| ours(&schedule, moment));
        assert_eq!(sizes, [10, 20, 20, 10], "{day}");
        assert_eq!(schedule.next(opens - minute).map(|edge| edge.at), Some(opens), "{day}");
        assert_eq!(schedule.since(closes + minute), Some(closes), "{day}");
        offsets.insert(zone.to_offset(opens).to_string());
    }
    assert_eq!(offsets.into_iter().collect::<Vec<_>>(), ["-07", "-08"]);
}
