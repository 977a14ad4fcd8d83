//! Checks the limits of the account on the size: the KPU quota of an application and the free addresses of its subnets, and the shard quota.

use crate::{ApplicationSettings, Finding, Obstacle, Read, ShardQuota, Subnet, Unread};

/// The default KPU quota of an application. Source: MSF developer guide, "Managed Service for Apache Flink quota".
const DEFAULT_KPU_QUOTA: u32 = 64;

/// The share of a subnet's addresses that AWS advises to keep in reserve, in percent. Source: AWS, agent toolkit, "foundation-operations".
const RESERVE_PERCENT: u32 = 20;

/// Compares the largest size with the KPU quota of an application.
pub(super) fn kpu_quota(most: u32, quota: &Read<Option<u32>>) -> Finding {
    const CHECK: &str = "kpu-quota";
    const REQUEST: &str = "request an increase of the quota L-3A88E041 in Service Quotas, or lower MaxKpu; MSF rejects an update above the quota";
    match quota {
        Ok(quota) => {
            let quota = quota.unwrap_or(DEFAULT_KPU_QUOTA);
            if most <= quota {
                return Finding::good(CHECK, format!("MaxKpu is {most}, and the KPU quota is {quota}"));
            }
            Finding::warning(CHECK, format!("MaxKpu is {most}, and the KPU quota is {quota}"), REQUEST)
        }
        Err(_) if most <= DEFAULT_KPU_QUOTA => Finding::good(
            CHECK,
            format!("MaxKpu is {most}, and the default KPU quota is {DEFAULT_KPU_QUOTA}"),
        ),
        Err(unread) => Finding::warning(
            CHECK,
            format!("MaxKpu is {most}, the default KPU quota is {DEFAULT_KPU_QUOTA}, and {}", unread.why),
            format!(
                "{}check the quota L-3A88E041 in the Service Quotas console",
                grant(unread, "servicequotas:GetServiceQuota")
            ),
        ),
    }
}

/// Compares the free addresses of each subnet with the network interfaces that MSF adds up to the largest size: one for each KPU in each
/// subnet. Source: AWS, agent toolkit, "foundation-operations".
pub(super) fn addresses(
    most: u32,
    application: &ApplicationSettings,
    region: &str,
    subnets: &Read<Vec<Subnet>>,
) -> Finding {
    const CHECK: &str = "vpc-addresses";
    if application.subnets.is_empty() {
        return Finding::good(CHECK, "the application is in no VPC");
    }
    let more = most.saturating_sub(application.kpus);
    let needed = more.saturating_add(most.saturating_mul(RESERVE_PERCENT).div_ceil(100));
    let rule = format!(
        "from {} to MaxKpu {most}, the application needs {needed} free addresses in each subnet: one for each further KPU, and {RESERVE_PERCENT} % in reserve",
        application.kpus
    );
    match subnets {
        Ok(subnets) => {
            let listed: Vec<String> =
                subnets.iter().map(|subnet| format!("{} has {}", subnet.id, subnet.free_addresses)).collect();
            let message = format!("{rule}; {}", listed.join(", "));
            if subnets.iter().all(|subnet| subnet.free_addresses >= needed) {
                return Finding::good(CHECK, message);
            }
            Finding::warning(
                CHECK,
                message,
                "lower MaxKpu, free addresses, or move the application to larger subnets; an update without a free address fails",
            )
        }
        Err(unread) => Finding::warning(
            CHECK,
            format!("{rule}; {}", unread.why),
            format!(
                "{}compare {needed} with the output of: aws ec2 describe-subnets --region {region} --subnet-ids {} --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text",
                grant(unread, "ec2:DescribeSubnets"),
                application.subnets.join(" ")
            ),
        ),
    }
}

/// Compares the shards of the account and Region with the quota, if this stream grew to its largest size.
pub(super) fn shard_quota(most: u32, shards: u32, region: &str, quota: &Read<ShardQuota>) -> Finding {
    const CHECK: &str = "shard-quota";
    let ShardQuota { limit, open } = match quota {
        Ok(quota) => *quota,
        Err(unread) => {
            return Finding::warning(
                CHECK,
                format!("MaxShards is {most}, and {}", unread.why),
                format!(
                    "{}compare MaxShards with the output of: aws kinesis describe-limits --region {region}",
                    grant(unread, "kinesis:DescribeLimits")
                ),
            );
        }
    };
    let needed = open.saturating_sub(shards).saturating_add(most.max(shards));
    let message = format!(
        "with MaxShards {most} the account has {needed} shards in this Region, and the shard quota is {limit}"
    );
    if needed <= limit {
        return Finding::good(CHECK, message);
    }
    Finding::warning(
        CHECK,
        message,
        "request an increase of the shard quota in Service Quotas, or lower MaxShards; Kinesis rejects a change above the quota",
    )
}

/// The first part of the remedy for a limit that could not be read.
fn grant(unread: &Unread, action: &str) -> String {
    match unread.obstacle {
        Obstacle::Denied => format!("grant the caller {action}, or "),
        Obstacle::Missing | Obstacle::Other => String::new(),
    }
}
