//! Usual and longest update times. One long update changes only the longest time.

use jiff::SignedDuration;
use tasks::UpdateTimes;

#[test]
fn one_long_update_extends_the_longest_time_and_not_the_usual_time() {
    for (minutes, expected) in [
        (&[][..], None),
        (&[20], Some((20, 20))),
        (&[20, 2], Some((2, 20))),
        (&[2, 20, 3], Some((3, 20))),
        (&[20, 20, 2], Some((20, 20))),
        (&[2, 3, 4, 90], Some((3, 4))),
    ] {
        let durations = minutes.iter().map(|minutes| Some(SignedDuration::from_mins(*minutes)));
        let times = UpdateTimes::of_newest(durations);
        let times = times.map(|times| (times.usual.as_mins(), times.longest.as_mins()));
        assert_eq!(times, expected, "{minutes:?}");
    }
}
