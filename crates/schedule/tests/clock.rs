//! The clock's truth: every window, in every zone and on every day that is tried, is open exactly when the clock on the wall says so.
//!
//! The other opinion shares nothing with the schedule but the zones' rules from a moment to local time. It goes from minute to minute and
//! remembers the furthest that the clock has ever shown: a window is open while that lies between its start and its end. So a time
//! that is shown twice counts once, and one that is skipped counts when it is skipped.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::civil::{Date, date};
use jiff::tz::{TimeZone, db};
use jiff::{SignedDuration, Timestamp, ToSpan};
use scaling::{Bounds, Unit, Units};
use schedule::{Schedule, ScheduleText};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What the wall's clock has shown at most, minute by minute: as minutes since the first day of a year.
struct Wall {
    begins: Timestamp,
    furthest: Vec<i64>,
}

const FIRST_DAY: Date = date(2000, 1, 1);
const DAY: i64 = 1_440;

impl Wall {
    /// From noon two days before a date until so many days later.
    fn around(day: Date, days: i64, zone: &TimeZone) -> Self {
        let noon = day.saturating_sub(2.days()).at(12, 0, 0, 0);
        let begins = zone.to_ambiguous_timestamp(noon).compatible().unwrap();
        let mut furthest = i64::MIN;
        let shown = (0..(days + 2) * DAY).map(|minute| {
            let clock = zone.to_datetime(begins + MINUTE * i32::try_from(minute).unwrap());
            let since = clock.duration_since(FIRST_DAY.at(0, 0, 0, 0));
            furthest = furthest.max(since.as_mins());
            furthest
        });
        let furthest = shown.collect();
        Self { begins, furthest }
    }

    /// The moments at which a window that opens on the given days opens and closes, each with whether it is open from then on.
    fn edges(&self, opens_on: impl Fn(Date) -> bool, start: i64, end: i64) -> Vec<(Timestamp, bool)> {
        let length = if end > start { end - start } else { end + DAY - start };
        let days = self.furthest.last().unwrap() / DAY - self.furthest[0] / DAY;
        let first = self.furthest[0] / DAY - 1;
        let opens: Vec<bool> = (0..=days + 1).map(|day| opens_on(FIRST_DAY + (first + day).days())).collect();
        let is_open = |now: &i64| {
            [0, 1].iter().any(|ago| {
                let day = now / DAY - ago;
                let opened = day * DAY + start;
                opens[usize::try_from(day - first).unwrap()] && opened <= *now && *now < opened + length
            })
        };
        let open: Vec<bool> = self.furthest.iter().map(is_open).collect();
        // The first day and a half only teach what the clock has shown.
        let changes = (2_160..open.len()).filter(|minute| open[*minute] != open[minute - 1]);
        changes.map(|minute| (self.begins + MINUTE * i32::try_from(minute).unwrap(), open[minute])).collect()
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        let minute = |minute: usize| self.begins + MINUTE * i32::try_from(minute).unwrap();
        (minute(2_159), minute(self.furthest.len() - 1))
    }
}

fn kpus(count: u32) -> Units {
    Units::new(count).unwrap()
}

fn schedule(text: &ScheduleText<'_>) -> Schedule {
    Schedule::parse(text, Unit::Kpu, Bounds::new(kpus(1), kpus(32)).unwrap()).unwrap()
}

/// When the schedule of one window `>=9` opens and closes.
fn edges(schedule: &Schedule, (from, until): (Timestamp, Timestamp)) -> Vec<(Timestamp, bool)> {
    let next = |edge: &Timestamp| schedule.next(*edge).map(|edge| edge.at);
    let all = std::iter::successors(next(&from), next).take_while(|edge| *edge <= until);
    all.map(|edge| (edge, schedule.at(edge).bounds.minimum() == kpus(9))).collect()
}

fn time(minute: i64) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// Days on which clocks change, by an hour, by half of one, by none, and by more; the leap day; and a day that was skipped as a whole.
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
    // At midnight, so that a day begins at one, or twice.
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("Asia/Kolkata", date(2026, 3, 29)),
    ("Asia/Kathmandu", date(2028, 2, 29)),
    ("America/Los_Angeles", date(2028, 2, 29)),
    ("UTC", date(2028, 2, 29)),
    // By two hours, and by a whole day.
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),
];

#[test]
fn every_window_around_a_change_of_the_clocks_is_open_when_the_wall_says_so() {
    let mut windows = 0;
    let mut changes = 0;
    let mut sometimes_one_less = false;
    for (name, day) in DAYS {
        let zone = db().get(name).unwrap();
        let wall = Wall::around(day, 3, &zone);
        for start in (0..1_440).step_by(15) {
            for length in [15, 45, 90, 480, 1_425] {
                let end = (start + length) % 1_440;
                let days = [("daily", 0b111_1111_u8), ("Sun", 0b100_0000), ("Mon-Fri", 0b001_1111)];
                let (written, opens) = days[usize::try_from((start + length) / 15 % 3).unwrap()];
                let window = format!("{written} {}-{} >=9", time(start), time(end));
                let ours =
                    schedule(&ScheduleText { windows: &window, time_zone: name, ..ScheduleText::default() });
                let opens_on = |day: Date| opens >> day.weekday().to_monday_zero_offset() & 1 == 1;
                let walls = wall.edges(opens_on, start, end);
                assert_eq!(edges(&ours, wall.span()), walls, "{window} in {name} around {day}");
                windows += 1;
                changes += walls.len();
                sometimes_one_less |= written == "daily" && walls.len() < 8;
            }
        }
    }
    assert_eq!(windows, 22 * 96 * 5);
    assert!(changes > 40_000, "{changes}");
    assert!(sometimes_one_less, "no window was ever skipped by the clocks");
}

#[test]
fn a_whole_year_in_every_zone_has_the_edges_that_the_wall_shows() {
    // Every zone once, each with a window of its own; each of the year's days is an edge at least.
    let names: Vec<String> = db().available().map(|name| name.to_string()).collect();
    assert!(names.len() > 400, "{}", names.len());
    let mut changes = 0;
    for (index, name) in names.iter().enumerate().step_by(29) {
        let index = i64::try_from(index).unwrap();
        let zone = db().get(name).unwrap();
        let wall = Wall::around(date(2026, 1, 1), 365, &zone);
        let (start, end) = (index * 37 % 1_440, (index * 37 + 60 + index * 101 % 1_300) % 1_440);
        let window = format!("daily {}-{} >=9", time(start), time(end));
        let ours = schedule(&ScheduleText { windows: &window, time_zone: name, ..ScheduleText::default() });
        let walls = wall.edges(|_| true, start, end);
        assert_eq!(edges(&ours, wall.span()), walls, "{window} in {name}");
        changes += walls.len();
    }
    assert!(changes > 14_000, "{changes}");
}

#[test]
fn the_windows_of_one_day_are_open_on_that_day() {
    for (name, day) in DAYS {
        let zone = db().get(name).unwrap();
        let wall = Wall::around(day, 3, &zone);
        for (start, end) in [(0, 1_439), (30, 150), (90, 100), (150, 420), (1_380, 60)] {
            let window = format!("{day} {}-{} >=9", time(start), time(end));
            let walls = wall.edges(|opens| opens == day, start, end);
            let text = ScheduleText { windows: &window, time_zone: name, ..ScheduleText::default() };
            let bounds = Bounds::new(kpus(1), kpus(32)).unwrap();
            match Schedule::parse(&text, Unit::Kpu, bounds) {
                Ok(ours) => assert_eq!(edges(&ours, wall.span()), walls, "{window} in {name}"),
                Err(why) => {
                    assert!(why.contains("never opens"), "{why}");
                    assert_eq!(walls, Vec::new(), "{window} in {name}");
                }
            }
        }
    }
}
