//! The message about an alarm of a policy that cannot be used.

use scaling::Direction;
use tasks::{RESTORE, UnusableAlarm};

/// Returns the message about an alarm that cannot be used, with the parameter that names it, and the remedy.
///
/// `is_stack_alarm` is whether the stack creates the alarm. Otherwise the user names it.
#[must_use]
pub fn unusable_alarm(
    direction: Direction,
    is_stack_alarm: bool,
    UnusableAlarm { name, kind }: &UnusableAlarm,
) -> (String, &'static str) {
    let (parameter, remedy) = if is_stack_alarm {
        (format!("Scale{direction:?}Alarm"), RESTORE)
    } else {
        (format!("MoreScale{direction:?}Alarms"), kind.remedy())
    };
    (format!("{parameter} names {name}, {}", kind.words()), remedy)
}
