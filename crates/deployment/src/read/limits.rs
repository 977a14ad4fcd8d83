//! Reads the limits of an account on the size of an application: the KPU quota, and the free addresses of its subnets.

use crate::signed::SignedRequest;
use crate::unread::refused;
use crate::{Account, Obstacle, Read, Subnet, Unread};
use serde_json::{Value, json};

/// The quota of KPUs for each application. Source: AWS, agent toolkit, "foundation-operations".
const KPU_QUOTA_CODE: &str = "L-3A88E041";

impl Account {
    /// Reads the applied KPU quota of an application; `None` if the default applies.
    pub(crate) async fn kpu_quota(&self) -> Read<Option<u32>> {
        let attempt = "read the KPU quota".to_owned();
        let request = SignedRequest {
            service: "servicequotas",
            attempt: attempt.clone(),
            headers: vec![
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "ServiceQuotasV20190624.GetServiceQuota"),
            ],
            body: json!({"ServiceCode": "kinesisanalytics", "QuotaCode": KPU_QUOTA_CODE}).to_string(),
        };
        let (is_success, body) = self.send(request).await?;
        quota(is_success, &body, &attempt)
    }

    /// Reads the free addresses of subnets.
    pub(crate) async fn subnets(&self, ids: &[String]) -> Read<Vec<Subnet>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let attempt = "describe the subnets of the application".to_owned();
        // The IDs are letters, digits and hyphens, which need no encoding.
        let listed = ids.iter().enumerate().map(|(index, id)| format!("&SubnetId.{}={id}", index + 1));
        let request = SignedRequest {
            service: "ec2",
            attempt: attempt.clone(),
            headers: vec![("content-type", "application/x-www-form-urlencoded")],
            body: format!("Action=DescribeSubnets&Version=2016-11-15{}", listed.collect::<String>()),
        };
        let (is_success, body) = self.send(request).await?;
        subnets(is_success, &body, &attempt)
    }
}

/// The quota in an answer of Service Quotas. A quota that was never changed may not exist in the account.
fn quota(is_success: bool, body: &str, attempt: &str) -> Read<Option<u32>> {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    if is_success {
        let value = answer["Quota"]["Value"].as_f64().filter(|value| (1.0..=1e6).contains(value));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the filter limits it")]
        return value.map(|value| Some(value as u32)).ok_or_else(|| unreadable(attempt));
    }
    let code = answer["__type"].as_str().and_then(|code| code.rsplit('#').next()).unwrap_or("no code");
    if code == "NoSuchResourceException" {
        return Ok(None);
    }
    let message = answer.get("message").or_else(|| answer.get("Message")).and_then(Value::as_str);
    Err(refused(attempt, code, message.unwrap_or("without a message")))
}

/// The subnets in an answer of EC2.
fn subnets(is_success: bool, body: &str, attempt: &str) -> Read<Vec<Subnet>> {
    if !is_success {
        let first = |element| elements(body, element).next().unwrap_or("without a message");
        return Err(refused(attempt, first("Code"), first("Message")));
    }
    // Each subnet has each element once.
    let (ids, free) = (elements(body, "subnetId"), elements(body, "availableIpAddressCount"));
    let found: Option<Vec<Subnet>> = ids
        .zip(free)
        .map(|(id, free)| Some(Subnet { id: id.to_owned(), free_addresses: free.parse().ok()? }))
        .collect();
    found.filter(|subnets| !subnets.is_empty()).ok_or_else(|| unreadable(attempt))
}

fn unreadable(attempt: &str) -> Unread {
    Unread::new(Obstacle::Other, format!("failed to {attempt}: the answer could not be read"))
}

/// The texts of all elements of a name in a document of XML, in order.
pub(super) fn elements<'a>(document: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = document;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&begin)?;
        let (text, after) = after.split_once(&end)?;
        rest = after;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::{quota, subnets};
    use crate::{Obstacle, Subnet};

    #[test]
    fn a_quota_is_read_or_is_the_default_or_is_refused() {
        let quota = |is_success, body| quota(is_success, body, "read it");
        assert_eq!(quota(true, r#"{"Quota": {"QuotaCode": "L-3A88E041", "Value": 128.0}}"#), Ok(Some(128)));
        assert_eq!(quota(false, r#"{"__type": "NoSuchResourceException", "Message": "no"}"#), Ok(None));
        let denied = quota(false, r#"{"__type": "com.amazonaws#AccessDeniedException", "Message": "no"}"#);
        let denied = denied.unwrap_err();
        assert_eq!(denied.obstacle, Obstacle::Denied);
        assert_eq!(denied.why, "failed to read it: AccessDeniedException: no");
        for strange in ["", "{}", r#"{"Quota": {"Value": -1}}"#, "<html>"] {
            assert_eq!(quota(true, strange).unwrap_err().obstacle, Obstacle::Other, "{strange}");
        }
    }

    #[test]
    fn free_addresses_are_read_in_any_order_of_the_elements() {
        let subnets = |is_success, body| subnets(is_success, body, "describe them");
        let subnet = |id: &str, free_addresses| Subnet { id: id.to_owned(), free_addresses };
        let answer = "<DescribeSubnetsResponse><subnetSet>\
            <item><subnetId>subnet-1</subnetId><availableIpAddressCount>251</availableIpAddressCount><tagSet><item><key>a</key></item></tagSet></item>\
            <item><availableIpAddressCount>3</availableIpAddressCount><subnetId>subnet-2</subnetId></item></subnetSet></DescribeSubnetsResponse>";
        assert_eq!(subnets(true, answer), Ok(vec![subnet("subnet-1", 251), subnet("subnet-2", 3)]));
        let refusal = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>";
        assert_eq!(subnets(false, refusal).unwrap_err().obstacle, Obstacle::Denied);
        for strange in
            ["", "<subnetSet/>", "<subnetId>a</subnetId><availableIpAddressCount>x</availableIpAddressCount>"]
        {
            assert_eq!(subnets(true, strange).unwrap_err().obstacle, Obstacle::Other, "{strange}");
        }
    }
}
