//! Compares the schedule with the scheduled scaling of AWS's sample, on every day of a year.

use crate::world::kpus;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use scaling::{Bounds, Unit};
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
    Schedule::parse(&text, Unit::Kpu, Bounds::new(kpus(1), kpus(32)).unwrap()).unwrap()
}

/// The single size that the schedule allows at a time.
fn size_at(schedule: &Schedule, at: Timestamp) -> u32 {
    let bounds = schedule.at(at).bounds;
    assert_eq!(bounds.minimum(), bounds.maximum(), "at {at}");
    bounds.minimum().count()
}

/// The size that the sample sets when it runs at an hour. It runs at the two hours only, and computes the period again.
fn samples(hour: i8, start: i8, end: i8) -> u32 {
    if start <= hour && hour <= end { 20 } else { 10 }
}

/// The days of 2026, with two clock changes.
fn days() -> impl Iterator<Item = Date> {
    date(2026, 1, 1).series(jiff::Span::new().days(1)).take(365)
}

fn at(day: Date, hour: i8, minute: i8, zone: &TimeZone) -> Timestamp {
    day.at(hour, minute, 0, 0).to_zoned(zone.clone()).unwrap().timestamp()
}

#[test]
fn both_cases_of_the_sample_work_here_and_fail_in_the_sample() {
    for (start, end) in [(8, 18), (22, 6)] {
        let mut sample_is_wrong = 0;
        for zone_name in ["UTC", "America/Los_Angeles", "Europe/Berlin"] {
            let zone = zone(zone_name).unwrap();
            let schedule = schedule(&format!("{start}:00"), &format!("{end}:00"), zone_name);
            for day in days() {
                for (hour, wanted) in [(start, 20), (end, 10)] {
                    assert_eq!(
                        size_at(&schedule, at(day, hour, 0, &zone)),
                        wanted,
                        "{start}-{end} at {hour} on {day}, {zone_name}"
                    );
                    sample_is_wrong += u32::from(samples(hour, start, end) != wanted);
                }
            }
        }
        // The sample is wrong at one of the two hours of each day: it never scales in or, across midnight, never out.
        assert_eq!(sample_is_wrong, 3 * 365, "{start}-{end}");
    }
}

#[test]
fn documented_example_has_20_kpus_by_day_and_10_by_night_in_pacific_time() {
    let zone = zone("America/Los_Angeles").unwrap();
    let schedule = schedule("5:05", "18:05", "America/Los_Angeles");
    let mut offsets = std::collections::BTreeSet::new();
    for day in days() {
        let (opens, closes) = (at(day, 5, 5, &zone), at(day, 18, 5, &zone));
        let minute = jiff::SignedDuration::from_mins(1);
        let sizes = [opens - minute, opens, closes - minute, closes].map(|moment| size_at(&schedule, moment));
        assert_eq!(sizes, [10, 20, 20, 10], "{day}");
        assert_eq!(schedule.next(opens - minute).map(|edge| edge.at), Some(opens), "{day}");
        assert_eq!(schedule.since(closes + minute), Some(closes), "{day}");
        offsets.insert(zone.to_offset(opens).to_string());
    }
    assert_eq!(offsets.into_iter().collect::<Vec<_>>(), ["-07", "-08"]);
}
