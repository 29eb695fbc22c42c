//! What HTTPS needs. In: two PEM files. Out: a certificate with its key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::files::read_bounded;

/// Bytes of a file: many times those of a chain of certificates.
const MAX_BYTES: u64 = 1 << 20;

/// The files of a certificate and of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates in PEM, the server's own first.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub key: PathBuf,
}

/// Why there is no HTTPS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// One file is of no use.
    #[error("expected --tls-certificate together with --tls-key, got {received} alone")]
    Alone {
        /// The flag.
        received: &'static str,
    },
    /// No certificates.
    #[error("--tls-certificate {}: expected certificates in PEM, the server's own first; {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No key.
    #[error("--tls-key {}: expected a private key in PEM; {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key that cannot be used, or that of another certificate.
    #[error("--tls-key {}: expected the key of the certificate in {}; {reason}", key.display(), certificate.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong with them.
        reason: String,
    },
}

impl TlsFiles {
    /// The files that flags name: both or none.
    ///
    /// # Errors
    /// When one is named alone, or they cannot be used; see [`Self::read`].
    pub(super) fn of(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Self>, TlsError> {
        let files = match (certificate, key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => Self { certificate, key },
            (Some(_), None) => return Err(TlsError::Alone { received: "--tls-certificate" }),
            (None, Some(_)) => return Err(TlsError::Alone { received: "--tls-key" }),
        };
        files.read().map(|_| Some(files))
    }

    /// Reads both files.
    ///
    /// # Errors
    /// When one cannot be read, or the key is not the certificate's.
    pub fn read(&self) -> Result<Arc<CertifiedKey>, TlsError> {
        let Self { certificate, key } = self;
        let chain =
            certificates(certificate).map_err(|reason| TlsError::Certificate { path: certificate.clone(), reason })?;
        let private = private_key(key).map_err(|reason| TlsError::Key { path: key.clone(), reason })?;
        let pair = CertifiedKey::from_der(chain, private, &ring::default_provider());
        pair.map(Arc::new).map_err(|error| TlsError::Pair {
            certificate: certificate.clone(),
            key: key.clone(),
            reason: error.to_string(),
        })
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read_bounded(path, MAX_BYTES).map_err(|error| error.to_string())?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err("there is none in it".to_owned()),
        Ok(chain) => Ok(chain),
        Err(error) => Err(error.to_string()),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let pem = read_bounded(path, MAX_BYTES).map_err(|error| error.to_string())?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => "there is none in it".to_owned(),
        error => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate for `localhost` by its own key, both in PEM.
    fn pair(folder: &Path, name: &str) -> TlsFiles {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
        let [certificate, key] = ["crt", "key"].map(|ending| folder.join(format!("{name}.{ending}")));
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        TlsFiles { certificate, key }
    }

    #[test]
    fn only_a_certificate_with_its_own_key_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, second] = ["first", "second"].map(|name| pair(folder.path(), name));
        assert_eq!(first.read().expect("a pair").cert.len(), 1);
        let TlsFiles { certificate, key } = first.clone();
        assert_eq!(TlsFiles::of(Some(certificate.clone()), Some(key.clone())), Ok(Some(first)));
        assert_eq!(TlsFiles::of(None, None), Ok(None));
        assert_eq!(TlsFiles::of(None, Some(key.clone())), Err(TlsError::Alone { received: "--tls-key" }));
        let refused = |certificate: &Path, key: &Path| {
            let files = TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() };
            files.read().expect_err("refused").to_string()
        };
        let other = refused(&certificate, &second.key);
        assert!(other.starts_with("--tls-key ") && other.contains("expected the key of the certificate in"), "{other}");
        let swapped = refused(&key, &certificate);
        assert!(swapped.ends_with("the server's own first; there is none in it"), "{swapped}");
        let no_key = refused(&certificate, &certificate);
        assert!(no_key.ends_with("expected a private key in PEM; there is none in it"), "{no_key}");
        assert!(refused(Path::new("/nowhere"), &key).contains("--tls-certificate /nowhere: expected certificates"));
    }
}
