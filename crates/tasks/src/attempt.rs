//! The calls of AWS APIs and their errors: the remedy depends on the attempted call and on the error code. Pure: no call is made here.

mod action;
mod cause;
mod remedy;

pub use action::Attempt;
pub use cause::Cause;
pub use remedy::failed_call;
