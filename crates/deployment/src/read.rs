//! One call after the other, each answer in our own words.

mod application;
mod metrics;
mod runs;
mod stack;
mod wiring;

pub(crate) use stack::{FoundStack, Resources};

use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use std::error::Error;

/// What went wrong, in a sentence.
pub(crate) fn why<E, R>(attempt: &str, error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("failed to {attempt}: {code}: {message}"),
        (Some(code), None) => format!("failed to {attempt}: {code}"),
        _ => format!("failed to {attempt}: {}", DisplayErrorContext(error)),
    }
}
