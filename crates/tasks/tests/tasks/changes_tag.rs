//! The tag of a stream that records its changes, as text.

use crate::world::NOW;
use jiff::SignedDuration;
use scaling::Parallelism;
use tasks::{Change, Changes, Earlier, Ended};

fn shards(count: u32) -> Parallelism {
    Parallelism::new(count).unwrap()
}

#[test]
fn the_tag_survives_parsing_and_formatting_and_holds_a_day() {
    let at = |minutes: i64| NOW + SignedDuration::from_mins(minutes);
    let mut changes = Changes::default();
    assert_eq!(changes.to_string(), "after");
    // Twenty changes of the largest size, one every two hours. Some fail, and some have no observed end.
    for index in 0..20 {
        let ended = match index % 3 {
            0 => Some(Ended::WellAt(at(120 * index + 5))),
            1 => Some(Ended::BadlyAt(at(120 * index + 5))),
            _ => None,
        };
        changes =
            changes.then(Change { from: shards(10_000), to: shards(20_000), asked: at(120 * index), ended });
        let text = changes.to_string();
        assert!(
            text.len() <= 256 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == ' '),
            "{text}"
        );
        assert_eq!(text.parse::<Changes>().unwrap(), changes);
    }
    assert_eq!(changes.earlier.len(), 9, "only the changes that count toward the daily limit");
    assert_eq!(changes.earlier[0], Earlier { asked: at(120 * 18), failed: false });
    assert!(changes.earlier.iter().any(|earlier| earlier.failed));
    for text in [
        "",
        "4",
        "4 to 8",
        "4 to 8 at noon after",
        "0 to 8 at 20270115T080000Z after",
        "4 to 8 at 20270115T080000Z",
        "4 to 8 at 20270115T080000Z since 20270115T080100Z after",
        "after yesterday",
    ] {
        assert!(text.parse::<Changes>().is_err(), "{text}");
    }
}
