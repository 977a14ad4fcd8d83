//! Finds the application of a drill.

use crate::{Account, Failure, Found, Target};
use scaling::Unit;

impl Account {
    /// Finds the only application of a target.
    ///
    /// # Errors
    /// If there is no such stack, the stacks cannot be listed, or the target is a stream or has several stacks.
    pub async fn find_application(&self, target: &Target) -> Result<Found, Failure> {
        only_application(self.find(target).await?)
    }
}

/// The remedy for a target that the drill does not support.
const NAME_ONE: &str =
    "name an application with --application, or the stack that scales an application with --stack";

/// Returns the only application among the resources of a target.
fn only_application(found: Vec<Found>) -> Result<Found, Failure> {
    let refused = |why: String| {
        Err(Failure::NotFound(format!("{why}, and kpu drill supports one application only; {NAME_ONE}")))
    };
    let names: Vec<&str> = found.iter().map(Found::name).collect();
    let several = format!("the target has several stacks, {}", names.join(" and "));
    match <[Found; 1]>::try_from(found) {
        Ok([found]) if found.kind.unit == Unit::Kpu => Ok(found),
        Ok([Found { resource, stack, .. }]) => refused(match stack {
            Some(stack) => format!("the stack '{}' scales the stream '{resource}'", stack.name),
            None => format!("the target is the stream '{resource}'"),
        }),
        Err(_) => refused(several),
    }
}

#[cfg(test)]
mod tests {
    use super::only_application;
    use crate::{Failure, Found};
    use tasks::ResourceKind;

    fn found(kind: &'static ResourceKind, resource: &str) -> Found {
        Found { kind, resource: resource.to_owned(), stack: None, others: Ok(Vec::new()) }
    }

    #[test]
    fn a_drill_is_refused_on_a_stream_and_on_a_pipeline() {
        let (application, stream) = (&ResourceKind::APPLICATION, &ResourceKind::STREAM);
        assert_eq!(
            only_application(vec![found(application, "orders")]).map(|found| found.resource),
            Ok("orders".to_owned())
        );
        for (found, part) in [
            (
                vec![found(stream, "clicks")],
                "the target is the stream 'clicks', and kpu drill supports one application only; name",
            ),
            (
                vec![found(stream, "clicks"), found(application, "orders")],
                "several stacks, clicks and orders, and",
            ),
        ] {
            let Err(Failure::NotFound(why)) = only_application(found) else { panic!("{part}") };
            assert!(why.contains(part) && why.contains("with --application"), "{why}");
        }
    }
}
