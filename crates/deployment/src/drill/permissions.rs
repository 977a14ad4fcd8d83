//! The permissions that the role of the function `scale` needs for an update, and the link that they make. Pure.

use super::link::Link;
use crate::{Facts, Read};
use scaling::Unit;

/// The actions on the application. `CreateSystemSnapshot` is a permission without a call: an update takes an enhanced snapshot in the name
/// of its caller.
const ON_THE_APPLICATION: [&str; 8] = [
    "kinesisanalytics:DescribeApplication",
    "kinesisanalytics:ListApplicationOperations",
    "kinesisanalytics:ListApplicationSnapshots",
    "kinesisanalytics:DescribeApplicationOperation",
    "kinesisanalytics:DescribeApplicationVersion",
    "kinesisanalytics:ListTagsForResource",
    "kinesisanalytics:UpdateApplication",
    "kinesisanalytics:CreateSystemSnapshot",
];

/// The actions on the stream. Its tags record the pause and the last changes.
const ON_THE_STREAM: [&str; 4] = [
    "kinesis:DescribeStreamSummary",
    "kinesis:ListTagsForStream",
    "kinesis:AddTagsToStream",
    "kinesis:UpdateShardCount",
];

/// The actions on the key that MSF takes with the encryption context of the application.
const ON_THE_KEY: [&str; 4] =
    ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"];

/// Actions on one resource under one request context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The ARN of the resource, or `*` for an action without resources.
    pub resource: String,
    /// The actions.
    pub actions: Vec<&'static str>,
    /// The condition keys of the request, with their values.
    pub context: Vec<(&'static str, String)>,
}

/// The decision of IAM on one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The action.
    pub action: String,
    /// The decision: `allowed`, `implicitDeny` or `explicitDeny`.
    pub decision: String,
}

/// The key that encrypts the application and the role must be able to use.
enum Key<'a> {
    None,
    Arn(&'a str),
    /// The application names its key by an ID or an alias, and the stack names none.
    WithoutArn,
}

/// Returns the permissions that an update of the application or stream needs.
pub(crate) fn needed(facts: &Facts) -> Vec<Needed> {
    let Some(stack) = &facts.stack else { return Vec::new() };
    let arn = |service: &str, resource: &str| arn(&stack.arn, service, resource);
    let on = |resource: &str, actions: &[&'static str]| Needed {
        resource: resource.to_owned(),
        actions: actions.to_vec(),
        context: Vec::new(),
    };
    if facts.kind().unit == Unit::Shard {
        return vec![on(&arn("kinesis", &format!("stream/{}", facts.name)), &ON_THE_STREAM)];
    }
    let application = arn("kinesisanalytics", &format!("application/{}", facts.name));
    let mut needed = vec![on(&application, &ON_THE_APPLICATION), on("*", &["cloudwatch:GetMetricData"])];
    if let Some(alarm) = stack.alarm_names.as_ref().ok().and_then(|names| names.first()) {
        needed.push(on(&arn("cloudwatch", &format!("alarm:{alarm}")), &["cloudwatch:DescribeAlarms"]));
    }
    if let Ok(machine) = &stack.machine
        && machine.policy.get("SourcePartitions") == "shards"
    {
        let stream = arn("kinesis", &format!("stream/{}", machine.policy.get("KinesisStreamName")));
        needed.push(on(&stream, &["kinesis:DescribeStreamSummary"]));
    }
    if let Key::Arn(key) = key(facts) {
        let region = stack.arn.split(':').nth(3).unwrap_or_default();
        let via = ("kms:ViaService", format!("kinesisanalytics.{region}.amazonaws.com"));
        let of_the_application = ("kms:EncryptionContext:aws:kinesisanalytics:arn", application);
        let grants = ("kms:GrantConstraintType", "EncryptionContextSubset".to_owned());
        let operations = ("kms:GrantOperations", "Decrypt".to_owned());
        let with = |actions: &[&'static str], context: &[&(&'static str, String)]| Needed {
            context: context.iter().map(|pair| (*pair).clone()).collect(),
            ..on(key, actions)
        };
        needed.extend([
            with(&["kms:DescribeKey"], &[&via]),
            with(&ON_THE_KEY, &[&via, &of_the_application]),
            with(&["kms:CreateGrant"], &[&via, &of_the_application, &grants, &operations]),
        ]);
    }
    needed
}

/// The ARN of a resource in the Region and the account of the stack.
pub(crate) fn arn(stack_arn: &str, service: &str, resource: &str) -> String {
    let mut parts = stack_arn.split(':').skip(1);
    let partition = parts.next().unwrap_or("aws");
    let (region, account) = (parts.nth(1).unwrap_or_default(), parts.next().unwrap_or_default());
    // IAM has no Regions.
    let region = if service == "iam" { "" } else { region };
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

fn key(facts: &Facts) -> Key<'_> {
    if facts.kind().unit == Unit::Shard {
        return Key::None;
    }
    let of_stack = facts.stack.as_ref().map(|stack| stack.application_key.as_str()).unwrap_or_default();
    match facts.application().and_then(|application| application.key.as_deref()) {
        _ if of_stack.starts_with("arn:") => Key::Arn(of_stack),
        None => Key::None,
        Some(key) if key.starts_with("arn:") => Key::Arn(key),
        Some(_) => Key::WithoutArn,
    }
}

/// Returns the links of the role's permissions and, for an application with a key of the customer, of the key's policy.
pub(super) fn judge(facts: &Facts, decisions: &Read<Vec<Decision>>) -> Vec<Link> {
    let mut links = vec![role(decisions)];
    let reason = match key(facts) {
        Key::None => return links,
        Key::Arn(_) => {
            "the simulation of IAM does not read the policy of the key that encrypts the application"
        }
        Key::WithoutArn => {
            "the application names its key without an ARN and ApplicationKmsKeyArn is empty, so the permissions on the key were not simulated"
        }
    };
    let remedy = "compare the policy of the key with docs/explanation/security.md#the-key-of-the-application";
    links.push(Link::unknown("key-policy", reason).with_remedy(remedy));
    links
}

fn role(decisions: &Read<Vec<Decision>>) -> Link {
    const LINK: &str = "permissions";
    let decisions = match decisions {
        Ok(decisions) => decisions,
        Err(unread) => return Link::unread(LINK, unread),
    };
    let denied: Vec<String> = decisions
        .iter()
        .filter(|decision| decision.decision != "allowed")
        .map(|Decision { action, decision }| format!("{action} ({decision})"))
        .collect();
    if denied.is_empty() {
        let count = decisions.len();
        return Link::passed(
            LINK,
            format!("IAM allows the role of the function scale all {count} actions of an update"),
        );
    }
    Link::failed(
        LINK,
        format!("IAM denies the role of the function scale {}", denied.join(", ")),
        "restore the policy of ScaleRole as in template.yaml, and set ApplicationKmsKeyArn for an action of KMS; an explicitDeny comes from a permissions boundary or a service control policy",
    )
}
