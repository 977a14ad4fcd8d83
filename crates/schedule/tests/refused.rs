//! What is refused, each in a sentence that names the parameter and the remedy.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use scaling::{Bounds, Unit, Units};
use schedule::{Schedule, ScheduleText};

fn kpus(count: u32) -> Units {
    Units::new(count).unwrap()
}

fn parse(text: &ScheduleText<'_>) -> Result<Schedule, String> {
    Schedule::parse(text, Unit::Kpu, Bounds::new(kpus(2), kpus(32)).unwrap())
}

fn of(windows: &str) -> ScheduleText<'_> {
    ScheduleText { windows, ..ScheduleText::default() }
}

#[test]
fn what_cannot_be_meant_is_refused_in_a_sentence() {
    let high =
        ScheduleText { high_kpu: "20", high_start: "8:00", high_end: "18:00", ..ScheduleText::default() };
    let table = [
        (ScheduleText { time_zone: "Europe/Berln", ..high }, "did you mean Europe/Berlin?"),
        (ScheduleText { time_zone: "berlin", ..high }, "did you mean Europe/Berlin?"),
        (ScheduleText { time_zone: "America/Los Angeles", ..high }, "did you mean America/Los_Angeles?"),
        (ScheduleText { time_zone: "xyzzy", ..high }, "give it a name of IANA, such as Europe/Berlin"),
        (
            ScheduleText { high_end: "8:00", ..high },
            "HighStart and HighEnd: it ends when it starts; for a whole day write 0:00-24:00",
        ),
        (
            ScheduleText { high_start: "", ..high },
            "HighStart is empty; set all of HighKpu, HighStart and HighEnd, or none of them",
        ),
        (ScheduleText { high_kpu: "", ..high }, "HighKpu is empty"),
        (
            ScheduleText { high_start: "24:01", ..high },
            "HighStart takes times from 0:00 to 24:00, such as 8:05, not '24:01'",
        ),
        (ScheduleText { high_start: "8", ..high }, "HighStart takes times"),
        (ScheduleText { high_start: "+8:00", ..high }, "HighStart takes times"),
        (ScheduleText { high_start: "24:00", ..high }, "it starts at 24:00; write 0:00 of the next day"),
        (
            ScheduleText { high_days: "Monday-Fryday", ..high },
            "HighDays takes daily, or days such as Mon-Fri or Sat,Sun, not 'Monday-Fryday'; a date has its place in Windows",
        ),
        (ScheduleText { high_kpu: "0", ..high }, "HighKpu takes a size as 20, 20-32, >=20 or <=8, not '0'"),
        (
            ScheduleText { high_kpu: "20-10", ..high },
            "HighKpu has 20 as the smallest and 10 as the largest size; exchange them",
        ),
        (
            ScheduleText { high_kpu: "40", ..high },
            "HighKpu ('daily 8:00-18:00 40') has 40 KPU and MaxKpu is 32; raise MaxKpu",
        ),
        (ScheduleText { high_kpu: "1-20", ..high }, "has 1 KPU and MinKpu is 2; lower MinKpu"),
        (ScheduleText { low_kpu: "40", ..high }, "LowKpu has 40 KPU and MaxKpu is 32"),
        (
            ScheduleText { low_kpu: "10", ..ScheduleText::default() },
            "LowKpu holds while no window is open, and there is none",
        ),
        (
            ScheduleText { low_kpu: "10", ..of("Sun 2:00-4:00 blocked") },
            "LowKpu holds while no window is open, and there is none",
        ),
        (
            ScheduleText { lead_minutes: "1441", ..high },
            "LeadMinutes takes a whole number from 0 to 1440, not '1441'",
        ),
        (of("Mon 8:00-9:00"), "Windows has 'Mon 8:00-9:00': write it as days, times and sizes"),
        (of("Mon 8:00 >=9"), "write it as days, times and sizes"),
        (
            of("2026-02-29 8:00-9:00 9"),
            "takes a day of the calendar such as 2026-12-24, and there is no '2026-02-29'",
        ),
        (of("20260228 8:00-9:00 9"), "takes a day of the calendar"),
        (
            of("Mon 8:00-12:00 9; Mon-Fri 11:00-13:00 10-12"),
            "the window 'Mon 8:00-12:00 9' and the window 'Mon-Fri 11:00-13:00 10-12' are open at the same time, and no size is allowed by both",
        ),
        (of("Sun 22:00-6:00 <=8; Mon 5:00-7:00 >=9"), "are open at the same time"),
        (of("2026-01-05 22:00-6:00 <=8; 2026-01-06 5:00-7:00 >=9"), "are open at the same time"),
        (
            ScheduleText { windows: "Sat 17:00-19:00 30", ..high },
            "HighKpu ('daily 8:00-18:00 20') and the window 'Sat 17:00-19:00 30' are open at the same time",
        ),
        (
            ScheduleText { time_zone: "America/New_York", ..of("2026-03-08 2:10-2:50 9") },
            "the window '2026-03-08 2:10-2:50 9' never opens: the clocks of America/New_York skip it; give it other times",
        ),
    ];
    for (text, wanted) in table {
        let refused = parse(&text).expect_err(&format!("{text:?}"));
        assert!(refused.contains(wanted), "{text:?}\n  says {refused}\n  not  {wanted}");
        assert!(!refused.contains('\n') && refused.len() < 260, "{refused}");
    }
    // What only looks like it is allowed.
    for text in [
        of("Mon 8:00-12:00 9; Mon-Fri 12:00-13:00 10-12"),
        of("Mon 8:00-12:00 9; 2026-01-05 8:00-12:00 30"),
        of("Mon 8:00-12:00 9; Mon 9:00-10:00 blocked"),
        of("Sun 22:00-5:00 <=8; Mon 5:00-7:00 >=9"),
        of("2020-01-01 0:00-24:00 5"),
        of(" ; mon-FRI 8:00-9:00 9 ;; "),
    ] {
        assert!(parse(&text).is_ok(), "{text:?}: {:?}", parse(&text));
    }
}
