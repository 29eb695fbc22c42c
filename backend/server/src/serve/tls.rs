//! HTTPS without a proxy. In: a certificate's files. Out: a [`TlsAcceptor`], which uses new files without a restart.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::{TlsError, TlsFiles};
use crate::files::followed::{Followed, Stamp};
use crate::parallel::locked;

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

/// The files of a certificate, read again when they change.
#[derive(Debug)]
struct Pair {
    files: TlsFiles,
    followed: Followed<[Option<Stamp>; 2]>,
}

/// An acceptor that follows the files for as long as the runtime runs.
///
/// # Errors
/// A sentence, when they cannot be used.
pub(super) fn acceptor(files: TlsFiles) -> Result<TlsAcceptor, String> {
    let (pair, key) = Pair::read(files).map_err(|error| error.to_string())?;
    let current = Arc::new(Current(ArcSwap::new(key)));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::clone(&current) as _);
    config.alpn_protocols = vec![HTTP_1.to_vec()];
    tokio::spawn(follow(pair, current));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes up new files.
async fn follow(pair: Pair, current: Arc<Current>) {
    let pair = Arc::new(Mutex::new(pair));
    loop {
        tokio::time::sleep(INTERVAL).await;
        let looking = Arc::clone(&pair);
        if let Ok(Some(key)) = tokio::task::spawn_blocking(move || locked(&looking).look()).await {
            current.0.store(key);
        }
    }
}

impl Pair {
    fn read(files: TlsFiles) -> Result<(Self, Arc<CertifiedKey>), TlsError> {
        let stamps = stamps(&files);
        let key = files.read()?;
        Ok((Self { files, followed: Followed::used(stamps) }, key))
    }

    /// The certificate if it is new. Of two files, one is written before the other and does not fit it; then the former pair serves on until both
    /// do.
    fn look(&mut self) -> Option<Arc<CertifiedKey>> {
        let stamps = stamps(&self.files);
        if !self.followed.is_due(&stamps) {
            return None;
        }
        match self.files.read() {
            Ok(key) => {
                self.followed.note_used(stamps);
                tracing::info!("the certificate in {} is used now", self.files.certificate.display());
                Some(key)
            }
            Err(error) => {
                if self.followed.note_refused(&error.to_string()) {
                    tracing::warn!("the former certificate is used on: {error}");
                }
                None
            }
        }
    }
}

fn stamps(files: &TlsFiles) -> [Option<Stamp>; 2] {
    [Stamp::of(&files.certificate), Stamp::of(&files.key)]
}

#[cfg(test)]
mod tests {
    use std::fs::{File, write};
    use std::path::Path;
    use std::time::SystemTime;

    use super::*;

    /// Writes a file as of one moment, so that only its size tells it from another one.
    fn write_at_once(path: &Path, text: &str) {
        write(path, text).expect("written");
        let file = File::options().write(true).open(path).expect("there");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000)).expect("set");
    }

    #[test]
    fn a_pair_that_could_not_be_read_once_is_taken_when_it_can_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let [certificate, key] = ["chain.pem", "key.pem"].map(|name| folder.path().join(name));
        let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
        let (first, second) = (made(), made());
        write(&certificate, first.cert.pem()).expect("written");
        write(&key, first.signing_key.serialize_pem()).expect("written");
        let files = TlsFiles { certificate: certificate.clone(), key: key.clone() };
        let (mut pair, used) = Pair::read(files).expect("a pair");
        assert_eq!(&used.cert[0], first.cert.der());
        assert!(pair.look().is_none(), "nothing has changed");

        // As without the right to read the key: later it can be used, and neither its time nor its size has changed.
        let text = second.signing_key.serialize_pem();
        write_at_once(&certificate, &second.cert.pem());
        write_at_once(&key, &"-".repeat(text.len()));
        for _ in 0..2 {
            assert!(pair.look().is_none(), "there is no key");
        }
        write_at_once(&key, &text);
        assert_eq!(&pair.look().expect("taken").cert[0], second.cert.der());
        assert!(pair.look().is_none(), "nothing has changed");
    }
}
