//! No scaling at all.

use crate::model::world::{Scaler, World};

/// Leaves the application as it is.
pub(crate) struct Fixed;

impl Scaler for Fixed {
    type Event = ();

    fn start(&mut self, _world: &mut World<()>) {}

    fn handle(&mut self, _event: (), _world: &mut World<()>) {}
}
