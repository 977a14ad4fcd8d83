//! Checks the number of snapshots against the quota, and prices them.

use crate::Finding;
use scaling::{SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH, snapshot_dollars};

/// The snapshots of an application. Source: MSF developer guide, "Managed Service for Apache Flink and Studio notebook quota".
const QUOTA: usize = 1_000;

/// The number of snapshots from which on the quota is near: at five rescales a day it is reached in forty days.
const MANY: usize = 800;

/// The finding about the snapshots of an application with this state in GB.
pub(super) fn examine(count: usize, state_gigabytes: f64) -> Finding {
    let price = if state_gigabytes > 0.0 {
        let dollars = snapshot_dollars(state_gigabytes, count);
        format!("at {state_gigabytes} GB each they cost {dollars:.2} dollars a month")
    } else {
        format!(
            "each costs {SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH} dollars a GB-month; set StateGigabytes to price them"
        )
    };
    let message =
        format!("the application has {count} snapshots of the {QUOTA} that its quota allows; {price}");
    if count < MANY {
        return Finding::good("snapshot-count", message);
    }
    Finding::warning(
        "snapshot-count",
        message,
        "delete old snapshots by DeleteApplicationSnapshot; every rescale adds one, MSF and this autoscaler delete none, and above the quota your own CreateApplicationSnapshot fails",
    )
}
