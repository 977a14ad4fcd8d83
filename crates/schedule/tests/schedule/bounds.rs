//! Effects of schedules: a table of schedules, times and bounds.

use crate::world::{kpus, parse, with_windows};
use jiff::Timestamp;
use jiff::civil::DateTime;
use proptest::prelude::*;
use schedule::{Schedule, ScheduleText};

fn utc(time: &str) -> Timestamp {
    time.parse::<DateTime>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

/// The bounds at a time, as `4-8`, with an exclamation mark if scaling is blocked.
fn in_force(schedule: &Schedule, at: Timestamp) -> String {
    let found = schedule.at(at);
    let blocked = if found.blocked { "!" } else { "" };
    format!("{}-{}{blocked}", found.bounds.minimum().count(), found.bounds.maximum().count())
}

#[test]
fn bounds_at_a_time_follow_the_open_windows() {
    // 2026-01-05 is a Monday.
    let high =
        ScheduleText { high_kpu: "20", high_start: "8:00", high_end: "18:30", ..ScheduleText::default() };
    let week = ScheduleText { high_days: "Mon-Fri", low_kpu: "4-6", ..high };
    let led = ScheduleText { lead_minutes: "30", ..week };
    let overnight = with_windows("Fri 22:00-6:00 >=9");
    let around_sunday = with_windows("Sat-Mon 8:00-9:00 >=9");
    let several = with_windows("daily 8:00-18:00 >=9; Mon 12:00-20:00 <=16; Mon 13:00-14:00 10-12");
    let holiday = with_windows("daily 8:00-18:00 >=20; 2026-01-06 0:00-24:00 <=4; 2026-01-06 12:00-13:00 3");
    let led_holiday = ScheduleText { lead_minutes: "60", ..holiday };
    let led_midnight =
        ScheduleText { lead_minutes: "60", ..with_windows("daily 0:00-2:00 >=8; 2026-01-06 0:00-24:00 <=4") };
    let quiet = with_windows("Sun 2:00-4:00 blocked; daily 3:00-5:00 >=9");
    let outside = ScheduleText { low_kpu: "<=5", ..quiet };
    let led_night = ScheduleText {
        windows: "daily 22:00-6:00 <=8; daily 6:00-22:00 >=12",
        lead_minutes: "15",
        ..ScheduleText::default()
    };
    let table = [
        (ScheduleText::default(), "2026-01-05T08:00", "2-32"),
        (high, "2026-01-05T07:59:59", "2-32"),
        (high, "2026-01-05T08:00", "20-20"),
        (high, "2026-01-05T18:29:59", "20-20"),
        (high, "2026-01-05T18:30", "2-32"),
        (week, "2026-01-05T07:59", "4-6"),
        (week, "2026-01-09T12:00", "20-20"),
        (week, "2026-01-10T12:00", "4-6"),
        // During the lead time the smallest size applies and overrides LowKpu.
        (led, "2026-01-05T07:29", "4-6"),
        (led, "2026-01-05T07:30", "20-20"),
        (led, "2026-01-10T07:45", "4-6"),
        (overnight, "2026-01-09T21:59", "2-32"),
        (overnight, "2026-01-09T22:00", "9-32"),
        (overnight, "2026-01-10T05:59", "9-32"),
        (overnight, "2026-01-10T06:00", "2-32"),
        (overnight, "2026-01-09T05:00", "2-32"),
        (around_sunday, "2026-01-05T08:30", "9-32"),
        (around_sunday, "2026-01-06T08:30", "2-32"),
        (around_sunday, "2026-01-10T08:30", "9-32"),
        // All open windows narrow the bounds.
        (several, "2026-01-05T09:00", "9-32"),
        (several, "2026-01-05T12:30", "9-16"),
        (several, "2026-01-05T13:30", "10-12"),
        (several, "2026-01-05T19:00", "2-16"),
        // A dated window overrides weekly windows.
        (holiday, "2026-01-05T09:00", "20-32"),
        (holiday, "2026-01-06T09:00", "2-4"),
        (holiday, "2026-01-06T12:30", "3-3"),
        (holiday, "2026-01-07T09:00", "20-32"),
        // While a dated window is open, weekly windows have no lead time. A window that will be overridden has none either.
        (led_midnight, "2026-01-06T23:30", "2-4"),
        (led_midnight, "2026-01-07T00:00", "8-32"),
        (led_midnight, "2026-01-07T23:30", "8-32"),
        (led_holiday, "2026-01-06T07:30", "2-4"),
        (led_holiday, "2026-01-06T11:30", "3-4"),
        (led_holiday, "2026-01-07T07:30", "20-32"),
        (quiet, "2026-01-11T01:59", "2-32"),
        (quiet, "2026-01-11T02:00", "2-32!"),
        (quiet, "2026-01-11T03:30", "9-32!"),
        (quiet, "2026-01-11T04:00", "9-32"),
        (quiet, "2026-01-12T02:30", "2-32"),
        (outside, "2026-01-11T02:30", "2-5!"),
        (outside, "2026-01-11T03:30", "9-32!"),
        // If the lead time of a window overlaps an open window, the smallest size overrides the smaller maximum.
        (led_night, "2026-01-05T05:44", "2-8"),
        (led_night, "2026-01-05T05:45", "12-12"),
        (led_night, "2026-01-05T06:00", "12-32"),
        (led_night, "2026-01-05T21:50", "12-32"),
        (led_night, "2026-01-05T22:00", "2-8"),
    ];
    for (text, at, wanted) in table {
        assert_eq!(in_force(&parse(&text).unwrap(), utc(at)), wanted, "{at} of {text:?}");
    }
}

/// A distant dated window does not hide a nearer edge.
#[test]
fn next_edge_is_the_nearest_of_weekly_and_dated_windows() {
    let schedule =
        parse(&with_windows("Mon 8:00-18:00 >=8; 2027-12-24 0:00-24:00 <=4; 2024-12-24 0:00-24:00 <=4"))
            .unwrap();
    let mut edges = 0;
    let mut at = utc("2026-01-05T18:00");
    while let Some(edge) = schedule.next(at).filter(|edge| edge.at < utc("2028-01-01T00:00")) {
        assert!(edge.at.duration_since(at).as_hours() <= 7 * 24, "{} after {at}", edge.at);
        assert_eq!(schedule.since(edge.at + jiff::SignedDuration::from_mins(1)), Some(edge.at));
        (at, edges) = (edge.at, edges + 1);
    }
    assert_eq!(edges, 103 * 2 + 2, "each Monday of two years, and one date");
    // A window that continues another with the same sizes causes no edge, so the nearest edge is days away.
    let masked =
        parse(&with_windows("Mon-Thu 0:00-24:00 >=9; Thu 22:00-20:00 >=9; Fri 8:00-9:00 <=20")).unwrap();
    let edges = std::iter::successors(masked.next(utc("2026-01-05T08:00")), |edge| masked.next(edge.at));
    let edges: Vec<String> = edges.take(3).map(|edge| edge.at.strftime("%a %H").to_string()).collect();
    assert_eq!(edges, ["Fri 08", "Fri 09", "Fri 20"]);
    // The same in the search for the previous edge.
    let windows = with_windows("Mon 12:00-10:00 <=20; Tue 12:00-11:00 >=9; Wed-Fri 0:00-24:00 >=9");
    let masked = parse(&ScheduleText { lead_minutes: "1440", ..windows }).unwrap();
    assert_eq!(masked.since(utc("2026-01-09T23:00")), Some(utc("2026-01-06T10:00")));
    let only = parse(&with_windows("2027-12-24 0:00-24:00 <=4")).unwrap();
    assert_eq!(
        only.next(at - jiff::SignedDuration::from_hours(24 * 600)).map(|edge| edge.at),
        Some(utc("2027-12-24T00:00"))
    );
}

/// The time since which a size has been too large, independent of other changes since then.
#[test]
fn too_large_since_is_the_time_when_the_maximum_fell_below_the_size() {
    let windows = "daily 0:00-3:00 20; daily 3:00-8:00 <=12; daily 3:25-3:45 >=3; daily 4:00-4:30 blocked; daily 5:00-6:00 <=10";
    let schedule = parse(&with_windows(windows)).unwrap();
    let since = |count, at| schedule.too_large_since(kpus(count), utc(at));
    for at in
        ["2026-01-05T03:10", "2026-01-05T03:30", "2026-01-05T04:10", "2026-01-05T05:30", "2026-01-05T07:59"]
    {
        assert_eq!(since(20, at), Some(utc("2026-01-05T03:00")), "{at}");
    }
    assert_eq!(since(12, "2026-01-05T05:30"), Some(utc("2026-01-05T05:00")));
    // This size never fitted.
    assert_eq!(since(40, "2026-01-05T05:30"), None);
}

#[test]
fn windows_at_names_the_windows_in_force() {
    let text = ScheduleText {
        lead_minutes: "15",
        ..with_windows("daily  8:00-18:00   >=9; Mon 7:00-20:00 <=16; Mon 8:00-9:00 blocked")
    };
    let schedule = parse(&text).unwrap();
    let named = |at| schedule.windows_at(utc(at)).collect::<Vec<_>>();
    assert_eq!(
        named("2026-01-05T06:50"),
        Vec::<&str>::new(),
        "a window without a smallest size has no lead time"
    );
    let low = parse(&ScheduleText { low_kpu: "4", ..text }).unwrap();
    assert_eq!(low.windows_at(utc("2026-01-05T06:50")).collect::<Vec<_>>(), ["LowKpu 4"]);
    assert_eq!(named("2026-01-05T07:50"), ["Mon 7:00-20:00 <=16", "daily 8:00-18:00 >=9"]);
    assert_eq!(
        named("2026-01-05T08:10"),
        ["daily 8:00-18:00 >=9", "Mon 7:00-20:00 <=16", "Mon 8:00-9:00 blocked"]
    );
}

/// Random windows whose sizes do not contradict, some of them dated, some of them blocking.
fn windows() -> impl Strategy<Value = String> {
    let time = || (0..24u32, 0..12u32).prop_map(|(hour, five)| format!("{hour}:{:02}", five * 5));
    let days = prop_oneof!["daily", "Mon", "Fri-Mon", "Tue,Thu", "2026-03-29", "2026-10-25"];
    let allows = prop_oneof![
        "[3-9]".prop_map(|least| format!(">={least}")),
        "2[0-9]".prop_map(|most| format!("<={most}")),
        Just("blocked".to_owned())
    ];
    let one = (days, time(), time(), allows)
        .prop_filter("its start and its end are equal", |(_, start, end, _)| start != end)
        .prop_map(|(days, start, end, allows)| format!("{days} {start}-{end} {allows}"));
    prop::collection::vec(one, 1..5).prop_map(|windows| windows.join(";"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The effect changes at every edge, and only at edges.
    #[test]
    fn effect_is_constant_between_two_edges(
        windows in windows(),
        lead in 0..240u32,
        begins in 0..8_760u32,
        zone in prop_oneof!["Europe/Berlin", "Australia/Lord_Howe", "UTC"],
    ) {
        let lead_minutes = lead.to_string();
        let text = ScheduleText { lead_minutes: &lead_minutes, time_zone: &zone, ..with_windows(&windows) };
        let schedule = match parse(&text) {
            Ok(schedule) => schedule,
            Err(why) => {
                prop_assert!(why.contains("never opens"), "{}", why);
                return Ok(());
            }
        };
        let start = utc("2026-01-01T00:00") + jiff::SignedDuration::from_hours(begins.into());
        let minute = jiff::SignedDuration::from_mins(1);
        let mut now = start;
        let mut edge = schedule.next(now);
        for _ in 0..3_000 {
            let (before, later) = (schedule.at(now), now + minute);
            let changes = schedule.at(later) != before;
            prop_assert_eq!(edge.is_some_and(|edge| edge.at == later), changes, "at {}", later);
            if changes {
                prop_assert_eq!(edge.map(|edge| edge.in_force), Some(schedule.at(later)));
                prop_assert_eq!(schedule.since(later), Some(later));
                edge = schedule.next(later);
            }
            now = later;
        }
    }
}
