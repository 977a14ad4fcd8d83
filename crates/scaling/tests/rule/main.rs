//! The rule: as tables, and by its promises.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bounds;
mod breach;
mod demand;
mod exhaustive;
mod guards;
mod shards;
mod table;
mod wish;
mod world;
