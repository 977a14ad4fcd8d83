//! The directions in which updates have failed lately, for the failure pause.

use crate::{Operation, OperationStatus, Resources, TaskError};
use jiff::Timestamp;
use scaling::{Direction, Parallelism, PerDirection};

/// The end of the newest failed update in each direction.
type Ends = PerDirection<Option<Timestamp>>;

/// The most updates whose change is read. Each costs three calls, and more updates within so short a time are not scalings of the
/// autoscaler. Failed updates beyond this number count for both directions without being read, and successful updates for none.
pub const MOST_LOOKED_INTO: usize = 5;

/// The failures that ended after `since`, and a warning if some of them could not be read.
///
/// The list of operations shows that an update failed, and not its direction. The direction is the difference between the two versions of
/// the application. An update that MSF no longer has counts for both directions.
pub(crate) async fn failures(
    application: &str,
    running: Parallelism,
    operations: &[Operation],
    since: Timestamp,
    resources: &impl Resources,
) -> Result<(Ends, Option<String>), TaskError> {
    let mut failures = Ends::default();
    let mut unread = Vec::new();
    let lately = operations.iter().filter(|operation| has_failed(operation) && end(operation) > since);
    for (index, operation) in lately.enumerate() {
        let change =
            if index < MOST_LOOKED_INTO { resources.change(application, &operation.id).await? } else { None };
        let counts_for = |direction| change.is_none_or(|change| change.leads(direction, running));
        if counts_for(Direction::Out) {
            failures.out = failures.out.max(Some(end(operation)));
        }
        if counts_for(Direction::In) {
            failures.r#in = failures.r#in.max(Some(end(operation)));
        }
        if change.is_none() {
            unread.push(operation.id.as_str());
        }
    }
    let warning = (!unread.is_empty()).then(|| {
        let ids = unread.join(", ");
        format!(
            "failed to read the direction of these failed updates: {ids}; until FailurePauseMinutes have passed, they count for both \
             directions; look at them in the application's operations, and scale by hand meanwhile"
        )
    });
    Ok((failures, warning))
}

fn has_failed(operation: &Operation) -> bool {
    operation.is_update() && matches!(operation.status, OperationStatus::Failed | OperationStatus::Cancelled)
}

pub(crate) fn end(operation: &Operation) -> Timestamp {
    operation.ended.unwrap_or(operation.started)
}
