//! Invalid schedules: the message names the parameter, the value and the remedy.

use crate::world::{parse, with_windows};
use schedule::ScheduleText;

#[test]
fn invalid_schedules_are_rejected_with_the_parameter_and_the_remedy() {
    let high =
        ScheduleText { high_kpu: "20", high_start: "8:00", high_end: "18:00", ..ScheduleText::default() };
    let table = [
        (ScheduleText { time_zone: "Europe/Berln", ..high }, "did you mean Europe/Berlin?"),
        (ScheduleText { time_zone: "berlin", ..high }, "did you mean Europe/Berlin?"),
        (ScheduleText { time_zone: "America/Los Angeles", ..high }, "did you mean America/Los_Angeles?"),
        (ScheduleText { time_zone: "xyzzy", ..high }, "use an IANA name such as Europe/Berlin"),
        (
            ScheduleText { high_end: "8:00", ..high },
            "HighStart and HighEnd ('daily 8:00-8:00 20'): its start and its end are equal; for a whole day write 0:00-24:00",
        ),
        (
            ScheduleText { high_start: "", ..high },
            "HighStart is empty; set all of HighKpu, HighStart and HighEnd, or none of them",
        ),
        (ScheduleText { high_kpu: "", ..high }, "HighKpu is empty"),
        (
            ScheduleText { high_start: "24:01", ..high },
            "HighStart '24:01' is not a time of day; write it as 8:05, from 0:00 to 24:00",
        ),
        (ScheduleText { high_start: "8", ..high }, "HighStart '8' is not a time of day"),
        (ScheduleText { high_start: "+8:00", ..high }, "HighStart '+8:00' is not a time of day"),
        (ScheduleText { high_start: "24:00", ..high }, "it starts at 24:00; write 0:00 of the next day"),
        (
            ScheduleText { high_days: "Monday-Fryday", ..high },
            "HighDays 'Monday-Fryday' is neither daily nor days of the week; write it as Mon-Fri or Sat,Sun, or use Windows for a date",
        ),
        (
            ScheduleText { high_kpu: "0", ..high },
            "HighKpu '0' is not a size; write it as 20, 20-32, >=20 or <=8",
        ),
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
            "LowKpu applies while no window is open, and no window has sizes",
        ),
        (
            ScheduleText { low_kpu: "10", ..with_windows("Sun 2:00-4:00 blocked") },
            "LowKpu applies while no window is open, and no window has sizes",
        ),
        (
            ScheduleText { lead_minutes: "1441", ..high },
            "LeadMinutes is '1441'; set it to a whole number from 0 to 1440",
        ),
        (with_windows("Mon 8:00-9:00"), "Windows has 'Mon 8:00-9:00': write it as days, times and sizes"),
        (with_windows("Mon 8:00 >=9"), "write it as days, times and sizes"),
        (with_windows("2026-02-29 8:00-9:00 9"), "'2026-02-29' is not a date; write it as 2026-12-24"),
        (with_windows("20260228 8:00-9:00 9"), "'20260228' is not a date"),
        (
            with_windows("Mon 8:00-12:00 9; Mon-Fri 11:00-13:00 10-12"),
            "the window 'Mon 8:00-12:00 9' and the window 'Mon-Fri 11:00-13:00 10-12' are open at the same time, and no size is allowed by both",
        ),
        (with_windows("Sun 22:00-6:00 <=8; Mon 5:00-7:00 >=9"), "are open at the same time"),
        (with_windows("2026-01-05 22:00-6:00 <=8; 2026-01-06 5:00-7:00 >=9"), "are open at the same time"),
        (
            ScheduleText { windows: "Sat 17:00-19:00 30", ..high },
            "HighKpu ('daily 8:00-18:00 20') and the window 'Sat 17:00-19:00 30' are open at the same time",
        ),
        (
            ScheduleText { time_zone: "America/New_York", ..with_windows("2026-03-08 2:10-2:50 9") },
            "the window '2026-03-08 2:10-2:50 9' never opens, because daylight saving time in America/New_York skips its times; use other times",
        ),
    ];
    for (text, wanted) in table {
        let message = parse(&text).expect_err(&format!("{text:?}"));
        assert!(message.contains(wanted), "{text:?}\n  says {message}\n  not  {wanted}");
        assert!(!message.contains('\n') && message.len() < 270, "{message}");
    }
    // These schedules are similar to invalid ones, but valid.
    for text in [
        with_windows("Mon 8:00-12:00 9; Mon-Fri 12:00-13:00 10-12"),
        with_windows("Mon 8:00-12:00 9; 2026-01-05 8:00-12:00 30"),
        with_windows("Mon 8:00-12:00 9; Mon 9:00-10:00 blocked"),
        with_windows("Sun 22:00-5:00 <=8; Mon 5:00-7:00 >=9"),
        with_windows("2020-01-01 0:00-24:00 5"),
        with_windows(" ; mon-FRI 8:00-9:00 9 ;; "),
    ] {
        assert!(parse(&text).is_ok(), "{text:?}: {:?}", parse(&text));
    }
}
