//! HTTPS without a proxy. In: a certificate's files. Out: a [`TlsAcceptor`], which uses new files without a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;

/// How often the files are looked at. Certificates are renewed weeks before they end.
const INTERVAL: Duration = Duration::from_secs(10);

/// The protocol that the server speaks, as TLS names it.
const HTTP_1: &[u8] = b"http/1.1";

/// The certificate that is used at the moment.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What changes when a file is written: time and size.
type Stamp = Option<(SystemTime, u64)>;

/// An acceptor that follows the files for as long as the runtime runs.
///
/// # Errors
/// A sentence, when they cannot be used.
pub(super) fn acceptor(files: TlsFiles) -> Result<TlsAcceptor, String> {
    let stamps = stamps(&files);
    let current = Arc::new(Current(ArcSwap::new(files.read().map_err(|error| error.to_string())?)));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::clone(&current) as _);
    config.alpn_protocols = vec![HTTP_1.to_vec()];
    tokio::spawn(follow(files, stamps, current));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes up new files. One that is written before the other does not fit it; then the former pair serves on until both do.
async fn follow(files: TlsFiles, mut used: [Stamp; 2], current: Arc<Current>) {
    let mut refused = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let named = files.clone();
        let read = tokio::task::spawn_blocking(move || {
            let stamps = stamps(&named);
            (stamps != used && Some(stamps) != refused).then(|| (stamps, named.read()))
        });
        match read.await {
            Ok(Some((stamps, Ok(pair)))) => {
                current.0.store(pair);
                (used, refused) = (stamps, None);
                tracing::info!("the certificate in {} is used now", files.certificate.display());
            }
            Ok(Some((stamps, Err(error)))) => {
                refused = Some(stamps);
                tracing::warn!("the former certificate is used on: {error}");
            }
            Ok(None) | Err(_) => {}
        }
    }
}

fn stamps(files: &TlsFiles) -> [Stamp; 2] {
    let stamp = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    };
    [stamp(&files.certificate), stamp(&files.key)]
}
