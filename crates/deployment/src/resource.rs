//! The scaled application or stream, as it was read.

use crate::Read;
use scaling::Units;
use serde::Serialize;
use tasks::ResourceKind;

/// The scaled application or stream.
#[derive(Debug, Clone)]
pub enum ScaledResource {
    /// An application.
    Application(ApplicationFacts),
    /// A stream.
    Stream(StreamFacts),
}

/// Everything that was read about an application.
#[derive(Debug, Clone)]
pub struct ApplicationFacts {
    /// The application; `None` if it does not exist.
    pub settings: Read<Option<ApplicationSettings>>,
    /// The number of its snapshots.
    pub snapshots: Read<usize>,
    /// The applied KPU quota of an application in this account and Region; `None` if the default applies.
    pub kpu_quota: Read<Option<u32>>,
    /// The subnets of its VPC; empty outside a VPC.
    pub subnets: Read<Vec<Subnet>>,
}

/// Everything that was read about a stream.
#[derive(Debug, Clone)]
pub struct StreamFacts {
    /// The stream; `None` if it does not exist.
    pub settings: Read<Option<StreamSettings>>,
    /// The value of the tag with its changes, if it has one.
    pub changes: Read<Option<String>>,
    /// The shard quota of the account and Region.
    pub quota: Read<ShardQuota>,
    /// The application that reads it, if the stack names one.
    pub reader: Option<Reader>,
}

/// The settings of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSettings {
    /// Its ARN.
    pub arn: String,
    /// Its status, as MSF names it.
    pub status: String,
    /// The present parallelism.
    pub parallelism: u32,
    /// The subtasks per KPU.
    pub parallelism_per_kpu: u32,
    /// The KPUs of this parallelism, without the orchestration KPU.
    pub kpus: u32,
    /// Whether MSF's built-in autoscaling is on.
    pub built_in_autoscaling: bool,
    /// Whether an update takes a snapshot and starts from it.
    pub snapshots: bool,
    /// Whether MSF rolls back a failed update.
    pub rollback: bool,
    /// The monitoring level: `APPLICATION`, `TASK`, `OPERATOR` or `PARALLELISM`.
    pub monitoring_level: String,
    /// The customer managed key that encrypts it, as an ARN, an ID or an alias; `None` for a key of AWS.
    pub key: Option<String>,
    /// The IDs of the subnets of its VPC; empty outside a VPC.
    pub subnets: Vec<String>,
}

/// A subnet of a VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its ID.
    pub id: String,
    /// The number of its free IPv4 addresses.
    pub free_addresses: u32,
}

/// The settings of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamSettings {
    /// Its ARN.
    pub arn: String,
    /// Its status, as Kinesis names it.
    pub status: String,
    /// The number of its open shards.
    pub shards: u32,
    /// Whether its capacity mode is on-demand.
    pub on_demand: bool,
}

/// The shards of an account and Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardQuota {
    /// The largest number of shards of all streams.
    pub limit: u32,
    /// The open shards of all streams.
    pub open: u32,
}

/// The application that reads a stream.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Its name.
    pub name: String,
    /// The application; `None` if it does not exist.
    pub settings: Read<Option<ApplicationSettings>>,
}

impl ScaledResource {
    /// Returns the kind of the resource.
    #[must_use]
    pub fn kind(&self) -> &'static ResourceKind {
        match self {
            Self::Application(_) => &ResourceKind::APPLICATION,
            Self::Stream(_) => &ResourceKind::STREAM,
        }
    }

    /// Returns the ARN; `None` if the resource does not exist.
    ///
    /// # Errors
    /// If the resource could not be read.
    pub fn arn(&self) -> Read<Option<&str>> {
        match self {
            Self::Application(application) => {
                application.settings.as_ref().map(|found| found.as_ref().map(|found| found.arn.as_str()))
            }
            Self::Stream(stream) => {
                stream.settings.as_ref().map(|found| found.as_ref().map(|found| found.arn.as_str()))
            }
        }
        .map_err(Clone::clone)
    }

    /// Returns the status and the size in KPUs or shards; `None` if the resource does not exist or could not be read.
    #[must_use]
    pub fn status_and_units(&self) -> Option<(&str, Units)> {
        let (status, count) = match self {
            Self::Application(application) => {
                let found = application.settings.as_ref().ok()?.as_ref()?;
                (&found.status, found.kpus)
            }
            Self::Stream(stream) => {
                let found = stream.settings.as_ref().ok()?.as_ref()?;
                (&found.status, found.shards)
            }
        };
        Some((status, Units::new(count)?))
    }
}
