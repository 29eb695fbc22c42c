//! Clients of clouds' object storage. In: the scheme of an address, its bucket, and the environment. Out: a store.
//!
//! Credentials, region and endpoint come from the environment, by the names that the clouds' own tools use. Only S3 is tested; the others are
//! clients of the same crate.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{Certificate, ClientOptions, ObjectStore, RetryConfig};

use crate::authorities::{TrustError, trusting};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the storage may send nothing.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a request is tried again.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// A cloud's object storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cloud {
    /// Amazon's, and whatever speaks its protocol.
    S3,
    /// Google's.
    Google,
    /// Microsoft's, whose buckets are containers.
    Azure,
}

impl Cloud {
    /// By an address's scheme.
    pub(super) fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "s3" => Some(Self::S3),
            "gs" => Some(Self::Google),
            "az" => Some(Self::Azure),
            _ => None,
        }
    }

    /// Variables that may name an endpoint other than the cloud's own.
    const fn endpoints(self) -> &'static [&'static str] {
        match self {
            Self::S3 => &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"],
            Self::Google => &["GOOGLE_BASE_URL"],
            Self::Azure => &["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"],
        }
    }

    /// A client of a bucket. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When the environment lacks something, or has what cannot be used.
    pub(super) fn open(self, bucket: &str) -> object_store::Result<Arc<dyn ObjectStore>> {
        // The client uses the process's provider; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let endpoint = self.endpoints().iter().find_map(|name| std::env::var(name).ok());
        let options = ClientOptions::new()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_read_timeout(READ_TIMEOUT)
            .with_timeout_disabled()
            // An endpoint of the operator's own network may do without TLS.
            .with_allow_http(endpoint.is_some_and(|endpoint| endpoint.starts_with("http:")));
        let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let store = trusting(|roots| {
            let options = roots.iter().try_fold(options.clone(), |options, root| {
                Ok::<_, object_store::Error>(options.with_root_certificate(Certificate::from_der(root)?))
            })?;
            let store: Arc<dyn ObjectStore> = match self {
                Self::S3 => {
                    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
                    Arc::new(builder.with_client_options(options).with_retry(retry.clone()).build()?)
                }
                Self::Google => {
                    let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket);
                    Arc::new(builder.with_client_options(options).with_retry(retry.clone()).build()?)
                }
                Self::Azure => {
                    let builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket);
                    Arc::new(builder.with_client_options(options).with_retry(retry.clone()).build()?)
                }
            };
            Ok(store)
        });
        store.map_err(|error| match error {
            TrustError::Other(error) => error,
            named @ TrustError::Named { .. } => object_store::Error::Generic { store: "HTTPS", source: named.into() },
        })
    }
}
