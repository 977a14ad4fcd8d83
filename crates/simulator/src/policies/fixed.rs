//! The policy that never scales.

use crate::model::world::{Scaler, World};

/// A policy that leaves the application at its first size.
pub(crate) struct Fixed;

impl Scaler for Fixed {
    type Event = ();

    fn start(&mut self, _world: &mut World<()>) {}

    fn handle(&mut self, _event: (), _world: &mut World<()>) {}
}
