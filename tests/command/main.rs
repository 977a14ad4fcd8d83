//! The command `kpu` as a user types it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod calibrate;
mod history;
mod messages;
mod parameters;
mod pipeline;
mod printed;
mod simulate;
mod storm;
mod typing;
