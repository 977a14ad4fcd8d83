//! Checks that the role that scales may use the key of the application.

use crate::{ApplicationSettings, Finding};

const CHECK: &str = "application-key";

/// Compares the key of the application with the parameter `ApplicationKmsKeyArn`.
pub(super) fn examine(application: &ApplicationSettings, parameter: &str) -> Finding {
    let Some(key) = &application.key else {
        if parameter.is_empty() {
            return Finding::good(CHECK, "the application is encrypted with a key of AWS");
        }
        return Finding::warning(
            CHECK,
            format!(
                "ApplicationKmsKeyArn is {parameter}, and the application is encrypted with a key of AWS"
            ),
            "empty ApplicationKmsKeyArn, or set the key where the application is deployed",
        );
    };
    if parameter.is_empty() {
        return Finding::problem(
            CHECK,
            format!(
                "the application is encrypted with the customer managed key {key}, and ApplicationKmsKeyArn is empty, so that MSF rejects every update"
            ),
            "set ApplicationKmsKeyArn to the ARN of this key, and add the role of the output ScaleRoleArn to the policy of the key; docs/explanation/security.md has the statements",
        );
    }
    if is_alias(key) {
        return Finding::good(
            CHECK,
            format!(
                "the application names its key by the alias {key}; compare its ARN with ApplicationKmsKeyArn, {parameter}"
            ),
        );
    }
    if is_same(key, parameter) {
        return Finding::good(
            CHECK,
            format!(
                "ApplicationKmsKeyArn is the key of the application, {key}; the policy of the key must name the role of the output ScaleRoleArn"
            ),
        );
    }
    Finding::problem(
        CHECK,
        format!("ApplicationKmsKeyArn is {parameter}, and the application is encrypted with {key}"),
        "set ApplicationKmsKeyArn to the ARN of the application's key, and add the role of the output ScaleRoleArn to the policy of that key",
    )
}

fn is_alias(key: &str) -> bool {
    key.starts_with("alias/") || key.contains(":alias/")
}

/// Whether an ARN names a key, which a parameter names by its ARN or by its ID.
fn is_same(key: &str, arn: &str) -> bool {
    key == arn || arn.rsplit_once('/').is_some_and(|(_, id)| id == key)
}
