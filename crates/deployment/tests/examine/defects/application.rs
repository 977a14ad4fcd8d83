//! The defects of an application.

use crate::world::{application, application_facts, in_subnets, machine, stack};
use crate::{Row, unread};
use deployment::Level;

pub(crate) const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1-2";

#[rustfmt::skip]
pub(crate) const DEFECTS: &[Row] = &[
    ("application", Level::Problem,
     "there is no application 'orders' in this account and Region → check the name, the Region (--region or AWS_REGION) and the profile (--profile or AWS_PROFILE)",
     |facts| {
        application_facts(facts).settings = Ok(None);
    }),
    ("application", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| application_facts(facts).settings = unread()),
    ("application", Level::Problem,
     "orders does not run (READY) → start the application; the autoscaler does not start it, and a stopped application publishes no metrics",
     |facts| application(facts).status = "READY".to_owned()),
    ("application", Level::Problem,
     "orders does not run (ROLLED_BACK) → start the application; the autoscaler does not start it, and a stopped application publishes no metrics",
     |facts| {
        application(facts).status = "ROLLED_BACK".to_owned();
    }),
    ("application", Level::Warning,
     "orders is being changed (UPDATING) → wait until its status is RUNNING, then run kpu doctor again; nothing is scaled until then",
     |facts| {
        application(facts).status = "UPDATING".to_owned();
    }),
    ("built-in-autoscaling", Level::Warning,
     "MSF's built-in autoscaling is on and also changes the parallelism → set AutoScalingEnabled to false where the application is deployed; the first scaling also turns it off",
     |facts| application(facts).built_in_autoscaling = true),
    ("snapshots", Level::Problem,
     "snapshots are off, so every scaling loses the job's state → set SnapshotsEnabled of the application to true",
     |facts| application(facts).snapshots = false),
    ("snapshot-count", Level::Warning,
     "the application has 800 snapshots of the 1000 that its quota allows; each costs 0.023 dollars a GB-month; set StateGigabytes to price them → delete old snapshots by DeleteApplicationSnapshot; every rescale adds one, MSF and this autoscaler delete none, and above the quota your own CreateApplicationSnapshot fails",
     |facts| {
        application_facts(facts).snapshots = Ok(800);
    }),
    ("snapshot-count", Level::Warning,
     "the application has 1000 snapshots of the 1000 that its quota allows; at 100 GB each they cost 2300.00 dollars a month → delete old snapshots by DeleteApplicationSnapshot; every rescale adds one, MSF and this autoscaler delete none, and above the quota your own CreateApplicationSnapshot fails",
     |facts| {
        application_facts(facts).snapshots = Ok(1_000);
        machine(facts).policy = machine(facts).policy.clone().with([("StateGigabytes", "100")]);
    }),
    ("snapshot-count", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| application_facts(facts).snapshots = unread()),
    ("system-rollback", Level::Warning,
     "system rollback is off, so a failed update leaves the application stopped → set RollbackEnabled of the application's system rollback configuration to true",
     |facts| application(facts).rollback = false),
    ("max-parallelism", Level::Problem,
     "MinKpu or a window asks for 20 KPU, and MaxParallelism (256 if it is empty) or SourcePartitions allow a parallelism of 16 → lower MinKpu or the size of the window, or correct MaxParallelism or SourcePartitions",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxParallelism", "16")]);
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 0:00-0:01 >=20")]);
    }),
    ("max-parallelism", Level::Warning,
     "MaxKpu allows a parallelism of 256; a job without an explicit maximum parallelism usually has 128, and does not start above it → set MaxParallelism to the job's maximum parallelism, which its code or the Flink dashboard shows",
     |facts| application(facts).parallelism_per_kpu = 8),
    ("max-parallelism", Level::Warning,
     "MaxKpu and MaxParallelism allow a parallelism of 400, and the quota of an application is 256 unless AWS raised it → set MaxParallelism to at most the quota, or have the quota raised; MSF rejects an update above it",
     |facts| {
        application(facts).parallelism_per_kpu = 8;
        machine(facts).policy = machine(facts).policy.clone().with([("MaxParallelism", "400")]);
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "60")]);
    }),
    ("application-key", Level::Problem,
     "the application is encrypted with the customer managed key arn:aws:kms:eu-central-1:111122223333:key/1-2, and ApplicationKmsKeyArn is empty, so that MSF rejects every update → set ApplicationKmsKeyArn to the ARN of this key, and add the role of the output ScaleRoleArn to the policy of the key; docs/explanation/security.md has the statements",
     |facts| {
        application(facts).key = Some(KEY.to_owned());
    }),
    ("application-key", Level::Problem,
     "ApplicationKmsKeyArn is arn:aws:kms:eu-central-1:111122223333:key/3-4, and the application is encrypted with arn:aws:kms:eu-central-1:111122223333:key/1-2 → set ApplicationKmsKeyArn to the ARN of the application's key, and add the role of the output ScaleRoleArn to the policy of that key",
     |facts| {
            application(facts).key = Some(KEY.to_owned());
            stack(facts).application_key = KEY.replace("1-2", "3-4");
        }),
    ("application-key", Level::Problem,
     "ApplicationKmsKeyArn is arn:aws:kms:eu-central-1:111122223333:key/1-2, and the application is encrypted with 3-4 → set ApplicationKmsKeyArn to the ARN of the application's key, and add the role of the output ScaleRoleArn to the policy of that key",
     |facts| {
        application(facts).key = Some("3-4".to_owned());
        stack(facts).application_key = KEY.to_owned();
    }),
    ("application-key", Level::Warning,
     "ApplicationKmsKeyArn is arn:aws:kms:eu-central-1:111122223333:key/1-2, and the application is encrypted with a key of AWS → empty ApplicationKmsKeyArn, or set the key where the application is deployed",
     |facts| {
        stack(facts).application_key = KEY.to_owned();
    }),
    ("kpu-quota", Level::Warning,
     "MaxKpu is 32, and the KPU quota is 20 → request an increase of the quota L-3A88E041 in Service Quotas, or lower MaxKpu; MSF rejects an update above the quota",
     |facts| {
        application_facts(facts).kpu_quota = Ok(Some(20));
    }),
    ("kpu-quota", Level::Warning,
     "MaxKpu is 65, and the KPU quota is 64 → request an increase of the quota L-3A88E041 in Service Quotas, or lower MaxKpu; MSF rejects an update above the quota",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "65")]);
        application_facts(facts).kpu_quota = Ok(None);
    }),
    ("kpu-quota", Level::Warning,
     "MaxKpu is 65, the default KPU quota is 64, and failed to read it: AccessDenied → grant the caller servicequotas:GetServiceQuota, or check the quota L-3A88E041 in the Service Quotas console",
     |facts| {
            machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "65")]);
            application_facts(facts).kpu_quota = unread();
        }),
    // From 4 KPU to 32, and a fifth of 32.
    ("vpc-addresses", Level::Warning,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; subnet-a has 200, subnet-b has 34 → lower MaxKpu, free addresses, or move the application to larger subnets; an update without a free address fails",
     |facts| {
        in_subnets(facts, Ok(&[200, 34]));
    }),
    ("vpc-addresses", Level::Warning,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; subnet-a has 200, subnet-b has 0 → lower MaxKpu, free addresses, or move the application to larger subnets; an update without a free address fails",
     |facts| {
        in_subnets(facts, Ok(&[200, 0]));
    }),
    ("vpc-addresses", Level::Warning,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; failed to read it: AccessDenied → grant the caller ec2:DescribeSubnets, or compare 35 with the output of: aws ec2 describe-subnets --region eu-central-1 --subnet-ids subnet-a subnet-b --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text",
     |facts| in_subnets(facts, unread())),
];
