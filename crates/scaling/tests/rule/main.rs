//! The rule: as tables, and by its properties.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod arrivals;
mod bounds;
mod breach;
mod capacity_request;
mod cooldown;
mod demand;
mod effect;
mod exhaustive;
mod footprint;
mod guards;
mod shards;
mod table;
mod values;
mod world;
