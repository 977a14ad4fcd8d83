//! A strict interpreter for the subset of the Amazon States Language that the autoscaler's state machine uses.
//!
//! [`Machine::load`] reads a definition and rejects every unknown field with its path, so the interpreter never ignores
//! a field that Step Functions would apply. An [`Execution`] is a value without clock, threads, input or output. A driver
//! asks it for the next action and reports the result:
//!
//! 1. Create it with [`Execution::start`], then call [`Execution::next`].
//! 2. [`Next::Invoke`]: call the resource with the payload, then report the result with [`Execution::answer`].
//! 3. [`Next::WaitUntil`]: wait until that time, then call [`Execution::wake`].
//! 4. [`Next::Ended`]: the execution has ended.
//!
//! Not supported: `JSONata`, intrinsic functions, `Pass`, `Map`, `Parallel`, variables, `InputPath`, `OutputPath`,
//! `ResultSelector`, and every comparison except `StringEquals`. Specification: <https://states-language.net/spec.html>.

mod definition;
mod dialogue;
mod execution;
mod limits;
mod load;
mod load_error;
mod machine;
mod path;
mod placeholders;
mod retry;
mod scope;
mod template;

pub use dialogue::{ExecutionContext, Failure, Next, Outcome};
pub use execution::Execution;
pub use load_error::LoadError;
pub use machine::{Edge, Kind, Machine, StateSummary};
