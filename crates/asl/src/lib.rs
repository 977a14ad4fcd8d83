//! A strict interpreter of the part of the Amazon States Language that the autoscaler's state machine uses.
//!
//! [`Machine::load`] reads a definition and refuses whatever it does not know, with the path of the field, so that
//! nothing is silently ignored here that Step Functions would obey. An [`Execution`] is a value without clock,
//! threads or input and output. It says what to do next and is told what happened:
//!
//! 1. Start it with [`Execution::start`], and ask [`Execution::next`].
//! 2. [`Next::Invoke`]: call the resource with the payload, then tell the result by [`Execution::answer`].
//! 3. [`Next::WaitUntil`]: do nothing until that time, then say so by [`Execution::wake`].
//! 4. [`Next::Ended`]: it is over.
//!
//! Left out: `JSONata`, intrinsic functions, `Pass`, `Map`, `Parallel`, variables, `InputPath`, `OutputPath`,
//! `ResultSelector`, and every comparison but `StringEquals`. The language: <https://states-language.net/spec.html>.

mod dialogue;
mod execution;
mod limits;
mod load;
mod machine;
mod path;
mod placeholders;
mod retry;
mod template;
mod text;

pub use dialogue::{ExecutionContext, Failure, Next, Outcome};
pub use execution::Execution;
pub use load::LoadError;
pub use machine::{Edge, Kind, Machine, StateSummary};
