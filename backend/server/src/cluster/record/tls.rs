//! TLS to PostgreSQL. In: an address. Out: a connector that checks certificates, whenever `sslmode` leads to TLS.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::cluster::address::RecordAddress;
use crate::cluster::error::ClusterError;

/// A connector that trusts the address's `sslrootcert`, else the public authorities.
pub(super) fn connector(address: &RecordAddress) -> Result<MakeRustlsConnect, ClusterError> {
    let mut roots = RootCertStore::empty();
    match &address.root_certificates {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let refused = |reason: String| ClusterError::Address {
                reason: format!("sslrootcert {}: expected certificates in PEM, {reason}", file.display()),
            };
            let read = CertificateDer::pem_file_iter(file).map_err(|error| refused(error.to_string()))?;
            for certificate in read {
                let added = certificate.map_err(|error| error.to_string());
                let added = added.and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
                added.map_err(refused)?;
            }
            if roots.is_empty() {
                return Err(refused("got none".to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ClusterError::Address { reason: error.to_string() })?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}
