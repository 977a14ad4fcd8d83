//! Signed requests to services that need one call only. Their SDKs would double the time of compiling the command.

use crate::{Account, Obstacle, Read, Unread};
use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use std::convert::Infallible;
use std::time::{Duration, SystemTime};

/// Timeout of a call, so that a network without a way to the service delays a command only briefly.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// A request to the root of a service's endpoint in the Region.
pub(crate) struct SignedRequest {
    /// The service in the name of the endpoint and in the signature, such as `ec2`.
    pub(crate) service: &'static str,
    /// The completion of "failed to", such as "read the quota".
    pub(crate) attempt: String,
    /// The headers, without the headers of the signature.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub(crate) body: String,
}

impl Account {
    /// Sends a request, and returns the body of the answer and whether it is a success.
    pub(crate) async fn send(&self, request: SignedRequest) -> Read<(bool, String)> {
        let attempt = request.attempt.clone();
        self.try_send(request).await.map_err(|error| {
            Unread::new(Obstacle::Other, format!("failed to {attempt}: {}", crate::unread::chain(&*error)))
        })
    }

    #[expect(clippy::disallowed_methods, reason = "AWS accepts a signature for minutes after its time")]
    async fn try_send(&self, request: SignedRequest) -> Result<(bool, String), BoxError> {
        let region: &str = self.config.region().ok_or("there is no Region")?.as_ref();
        let (endpoint, region) = endpoint(request.service, region);
        let url = self.config.endpoint_url().map_or(endpoint, str::to_owned);
        let provider = self.config.credentials_provider().ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(request.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let root = format!("{}/", url.trim_end_matches('/'));
        let body = SignableBody::Bytes(request.body.as_bytes());
        let signable = SignableRequest::new("POST", &root, request.headers.iter().copied(), body)?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let headers = request.headers.into_iter().chain(signature.headers());
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signed = Signed { headers, body: request.body };
        let mut operation = Operation::builder()
            .service_name(request.service)
            .operation_name("signed")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(&url)
            .no_auth()
            .no_retry()
            .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build())
            .http_client(self.config.http_client().ok_or("there is no HTTP client")?);
        if let Some(sleep) = self.config.sleep_impl() {
            operation = operation.sleep_impl(sleep);
        }
        let operation = operation
            .serializer(Signed::serialize)
            .deserializer::<_, Infallible>(|response: &HttpResponse| {
                let body = response.body().bytes().map(String::from_utf8_lossy);
                Ok((response.status().is_success(), body.unwrap_or_default().into_owned()))
            })
            .build();
        Ok(operation.invoke(signed).await?)
    }
}

/// The headers and the body of a signed request.
#[derive(Debug)]
struct Signed {
    headers: Vec<(String, String)>,
    body: String,
}

impl Signed {
    fn serialize(self) -> Result<HttpRequest, BoxError> {
        let mut request = HttpRequest::new(self.body.into());
        request.set_method("POST")?;
        request.set_uri("/")?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        Ok(request)
    }
}

/// The endpoint of a service, and the Region of its signatures. IAM has one endpoint in each partition. Source: botocore, `endpoints.json`.
fn endpoint(service: &str, region: &str) -> (String, String) {
    let (host, region) = match (service, region.split('-').next()) {
        ("iam", Some("cn")) => ("iam.cn-north-1".to_owned(), "cn-north-1"),
        ("iam", Some("eusc")) => ("iam.eusc-de-east-1".to_owned(), "eusc-de-east-1"),
        ("iam", _) if region.starts_with("us-gov-") => ("iam.us-gov".to_owned(), "us-gov-west-1"),
        ("iam", _) => ("iam".to_owned(), "us-east-1"),
        _ => (format!("{service}.{region}"), region),
    };
    (format!("https://{host}.{}", dns_suffix(region)), region.to_owned())
}

/// The end of the names of a Region's endpoints.
fn dns_suffix(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use super::{dns_suffix, endpoint};
    use crate::{Account, Obstacle};
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_http_client::test_util::infallible_client_fn;
    use aws_smithy_types::body::SdkBody;
    use std::sync::{Arc, Mutex};

    /// An account whose services give this answer, and the requests that they get.
    fn account(status: u16, answer: &'static str) -> (Account, Arc<Mutex<Vec<http::Request<SdkBody>>>>) {
        let seen = Arc::<Mutex<Vec<_>>>::default();
        let record = Arc::clone(&seen);
        let client = infallible_client_fn(move |request: http::Request<SdkBody>| {
            record.lock().unwrap().push(request);
            http::Response::builder().status(status).body(SdkBody::from(answer)).unwrap()
        });
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "key", "secret", None, None, "test",
            )))
            .http_client(client)
            .build();
        (Account::new(&config), seen)
    }

    #[tokio::test]
    async fn a_request_is_signed_for_its_service_and_region() {
        let (account, seen) = account(200, r#"{"Quota": {"Value": 128.0}}"#);
        assert_eq!(account.kpu_quota().await, Ok(Some(128)));
        let seen = seen.lock().unwrap();
        let request = &seen[0];
        assert_eq!(request.uri().to_string(), "https://servicequotas.eu-central-1.amazonaws.com/");
        assert_eq!(request.headers()["x-amz-target"], "ServiceQuotasV20190624.GetServiceQuota");
        let signature = request.headers()["authorization"].to_str().unwrap();
        assert!(signature.contains("/eu-central-1/servicequotas/aws4_request"), "{signature}");
        assert!(signature.contains("x-amz-target"), "the headers are signed: {signature}");
    }

    #[tokio::test]
    async fn the_subnets_of_the_application_are_asked_for_in_one_request() {
        let (account, seen) =
            account(200, "<subnetId>a</subnetId><availableIpAddressCount>7</availableIpAddressCount>");
        let subnets = account.subnets(&["a".to_owned(), "b".to_owned()]).await.unwrap();
        assert_eq!(subnets[0].free_addresses, 7);
        let body = String::from_utf8_lossy(seen.lock().unwrap()[0].body().bytes().unwrap()).into_owned();
        assert_eq!(body, "Action=DescribeSubnets&Version=2016-11-15&SubnetId.1=a&SubnetId.2=b");
        assert!(account.subnets(&[]).await.unwrap().is_empty() && seen.lock().unwrap().len() == 1);
    }

    #[tokio::test]
    async fn a_refusal_is_an_unread_fact() {
        let (account, _) = account(400, r#"{"__type": "AccessDeniedException", "Message": "no"}"#);
        assert_eq!(account.kpu_quota().await.unwrap_err().obstacle, Obstacle::Denied);
    }

    #[test]
    fn iam_has_one_endpoint_in_each_partition() {
        for (service, region, url, signed) in [
            ("sqs", "eu-central-1", "https://sqs.eu-central-1.amazonaws.com", "eu-central-1"),
            ("iam", "eu-central-1", "https://iam.amazonaws.com", "us-east-1"),
            ("iam", "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("iam", "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("iam", "eusc-de-east-1", "https://iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ] {
            assert_eq!(endpoint(service, region), (url.to_owned(), signed.to_owned()), "{service} {region}");
        }
    }

    #[test]
    fn a_region_decides_on_the_partition_of_an_endpoint() {
        for (region, suffix) in [
            ("eu-central-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ] {
            assert_eq!(dns_suffix(region), suffix);
        }
    }
}
