//! Compares the schedule with a reference that follows a wall clock minute by minute, in many zones and on many days.
//!
//! The reference shares only the conversion from timestamps to local time with the schedule. It records the latest local
//! time that the clock has shown: a window is open while that time lies between its start and its end. A repeated local
//! time therefore counts once, and a skipped local time counts at the transition.

use crate::world::kpus;
use jiff::civil::{Date, date};
use jiff::tz::{TimeZone, db};
use jiff::{SignedDuration, Timestamp, ToSpan};
use scaling::{Bounds, Unit};
use schedule::{Schedule, ScheduleText};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The latest local time that a wall clock has shown, for each minute, in minutes since `FIRST_DAY`.
struct WallClock {
    begins: Timestamp,
    furthest: Vec<i64>,
}

const FIRST_DAY: Date = date(2000, 1, 1);
const MINUTES_PER_DAY: i64 = 1_440;

impl WallClock {
    /// Starts at noon two days before a date and ends after `days` days.
    fn around(day: Date, days: i64, zone: &TimeZone) -> Self {
        let noon = day.saturating_sub(2.days()).at(12, 0, 0, 0);
        let begins = zone.to_ambiguous_timestamp(noon).compatible().unwrap();
        let mut furthest = i64::MIN;
        let shown = (0..(days + 2) * MINUTES_PER_DAY).map(|minute| {
            let clock = zone.to_datetime(begins + MINUTE * i32::try_from(minute).unwrap());
            let since = clock.duration_since(FIRST_DAY.at(0, 0, 0, 0));
            furthest = furthest.max(since.as_mins());
            furthest
        });
        let furthest = shown.collect();
        Self { begins, furthest }
    }

    /// The times at which a window opens (`true`) and closes (`false`), if it opens on the days of `opens_on`.
    fn edges(&self, opens_on: impl Fn(Date) -> bool, start: i64, end: i64) -> Vec<(Timestamp, bool)> {
        let length = if end > start { end - start } else { end + MINUTES_PER_DAY - start };
        let days = self.furthest.last().unwrap() / MINUTES_PER_DAY - self.furthest[0] / MINUTES_PER_DAY;
        let first = self.furthest[0] / MINUTES_PER_DAY - 1;
        let opens: Vec<bool> = (0..=days + 1).map(|day| opens_on(FIRST_DAY + (first + day).days())).collect();
        let is_open = |now: &i64| {
            [0, 1].iter().any(|ago| {
                let day = now / MINUTES_PER_DAY - ago;
                let opened = day * MINUTES_PER_DAY + start;
                opens[usize::try_from(day - first).unwrap()] && opened <= *now && *now < opened + length
            })
        };
        let open: Vec<bool> = self.furthest.iter().map(is_open).collect();
        // The first day and a half only initialize the latest local time.
        let changes = (2_160..open.len()).filter(|minute| open[*minute] != open[minute - 1]);
        changes.map(|minute| (self.begins + MINUTE * i32::try_from(minute).unwrap(), open[minute])).collect()
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        let minute = |minute: usize| self.begins + MINUTE * i32::try_from(minute).unwrap();
        (minute(2_159), minute(self.furthest.len() - 1))
    }
}

fn parse(text: &ScheduleText<'_>) -> Schedule {
    Schedule::parse(text, Unit::Kpu, Bounds::new(kpus(1), kpus(32)).unwrap()).unwrap()
}

/// The times at which a schedule with one window `>=9` opens and closes.
fn edges(schedule: &Schedule, (from, until): (Timestamp, Timestamp)) -> Vec<(Timestamp, bool)> {
    let next = |edge: &Timestamp| schedule.next(*edge).map(|edge| edge.at);
    let all = std::iter::successors(next(&from), next).take_while(|edge| *edge <= until);
    all.map(|edge| (edge, schedule.at(edge).bounds.minimum() == kpus(9))).collect()
}

fn time(minute: i64) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// Days with a clock change of one hour, half an hour, none, or more; a leap day; and a date that a zone skipped.
const DAYS: [(&str, Date); 22] = [
    ("America/Los_Angeles", date(2026, 3, 8)),
    ("America/Los_Angeles", date(2026, 11, 1)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    // By half an hour.
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Adelaide", date(2026, 4, 5)),
    ("Australia/Adelaide", date(2026, 10, 4)),
    // At midnight, so a day begins at 1:00 or begins twice.
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("Asia/Kolkata", date(2026, 3, 29)),
    ("Asia/Kathmandu", date(2028, 2, 29)),
    ("America/Los_Angeles", date(2028, 2, 29)),
    ("UTC", date(2028, 2, 29)),
    // By two hschedule, and by a day.
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),
];

#[test]
fn windows_around_a_clock_change_match_the_wall_clock() {
    let mut windows = 0;
    let mut changes = 0;
    let mut some_window_was_skipped = false;
    for (name, day) in DAYS {
        let zone = db().get(name).unwrap();
        let wall = WallClock::around(day, 3, &zone);
        for start in (0..1_440).step_by(15) {
            for length in [15, 45, 90, 480, 1_425] {
                let end = (start + length) % 1_440;
                let days = [("daily", 0b111_1111_u8), ("Sun", 0b100_0000), ("Mon-Fri", 0b001_1111)];
                let (written, opens) = days[usize::try_from((start + length) / 15 % 3).unwrap()];
                let window = format!("{written} {}-{} >=9", time(start), time(end));
                let schedule =
                    parse(&ScheduleText { windows: &window, time_zone: name, ..ScheduleText::default() });
                let opens_on = |day: Date| opens >> day.weekday().to_monday_zero_offset() & 1 == 1;
                let expected = wall.edges(opens_on, start, end);
                assert_eq!(edges(&schedule, wall.span()), expected, "{window} in {name} around {day}");
                windows += 1;
                changes += expected.len();
                some_window_was_skipped |= written == "daily" && expected.len() < 8;
            }
        }
    }
    assert_eq!(windows, 22 * 96 * 5);
    assert!(changes > 40_000, "{changes}");
    assert!(some_window_was_skipped, "no window was skipped by a clock change");
}

#[test]
fn edges_of_a_year_in_every_zone_match_the_wall_clock() {
    // A sample of all zones, each with a different window. Each day of the year has at least one edge.
    let names: Vec<String> = db().available().map(|name| name.to_string()).collect();
    assert!(names.len() > 400, "{}", names.len());
    let mut changes = 0;
    for (index, name) in names.iter().enumerate().step_by(29) {
        let index = i64::try_from(index).unwrap();
        let zone = db().get(name).unwrap();
        let wall = WallClock::around(date(2026, 1, 1), 365, &zone);
        let (start, end) = (index * 37 % 1_440, (index * 37 + 60 + index * 101 % 1_300) % 1_440);
        let window = format!("daily {}-{} >=9", time(start), time(end));
        let schedule = parse(&ScheduleText { windows: &window, time_zone: name, ..ScheduleText::default() });
        let expected = wall.edges(|_| true, start, end);
        assert_eq!(edges(&schedule, wall.span()), expected, "{window} in {name}");
        changes += expected.len();
    }
    assert!(changes > 14_000, "{changes}");
}

#[test]
fn dated_windows_match_the_wall_clock() {
    for (name, day) in DAYS {
        let zone = db().get(name).unwrap();
        let wall = WallClock::around(day, 3, &zone);
        for (start, end) in [(0, 1_439), (30, 150), (90, 100), (150, 420), (1_380, 60)] {
            let window = format!("{day} {}-{} >=9", time(start), time(end));
            let expected = wall.edges(|opens| opens == day, start, end);
            let text = ScheduleText { windows: &window, time_zone: name, ..ScheduleText::default() };
            let bounds = Bounds::new(kpus(1), kpus(32)).unwrap();
            match Schedule::parse(&text, Unit::Kpu, bounds) {
                Ok(schedule) => assert_eq!(edges(&schedule, wall.span()), expected, "{window} in {name}"),
                Err(why) => {
                    assert!(why.contains("never opens"), "{why}");
                    assert_eq!(expected, Vec::new(), "{window} in {name}");
                }
            }
        }
    }
}
