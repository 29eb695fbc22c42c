//! Whom clients of HTTPS trust: the system's authorities; the public ones where the system has none, as in a slim container. In: how a client
//! is built. Out: the client.

use std::error::Error;

use rustls::pki_types::CertificateDer;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::errors::with_sources;

/// Variables that name authorities in place of the system's.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError<E: Error + 'static> {
    /// The authorities that the environment names cannot be used; no others are trusted then.
    #[error("{variables} is set: expected certificates of authorities in PEM there, got none that can be used")]
    Named {
        /// The variables that are set.
        variables: String,
        /// The client's reason.
        #[source]
        source: E,
    },
    /// Something else is wrong.
    #[error(transparent)]
    Other(E),
}

/// Builds a client, which gets certificates of authorities that it trusts beside the system's: none, or the public ones if none of the system's
/// can be loaded. A client that only speaks HTTP needs some as well: it cannot be built without.
///
/// # Errors
/// Those of `build`, and [`TrustError::Named`] if the environment names authorities that cannot be used.
pub(crate) fn trusting<T, E: Error + 'static>(
    build: impl Fn(&[CertificateDer<'static>]) -> Result<T, E>,
) -> Result<T, TrustError<E>> {
    // An empty list of folders names none.
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| *name == VARIABLES[0] || !value.is_empty());
    let set: Vec<&str> = VARIABLES.into_iter().filter(is_set).collect();
    trusting_named(&set, build)
}

/// The same, with the variables that are set.
fn trusting_named<T, E: Error + 'static>(
    set: &[&str],
    build: impl Fn(&[CertificateDer<'static>]) -> Result<T, E>,
) -> Result<T, TrustError<E>> {
    build(&[]).or_else(|source| {
        // If other authorities do not help, they are not what is wrong.
        let client = build(TLS_SERVER_ROOT_CERTS).map_err(TrustError::Other)?;
        if !set.is_empty() {
            return Err(TrustError::Named { variables: set.join(" or "), source });
        }
        let reason = with_sources(&source);
        tracing::info!(
            "no certificates of the system's authorities: the public ones of the program are trusted ({reason})"
        );
        Ok(client)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, thiserror::Error)]
    #[error("{0}")]
    struct Reason(&'static str);

    fn with_some(roots: &[CertificateDer<'static>]) -> Result<usize, Reason> {
        if roots.is_empty() { Err(Reason("no certificate")) } else { Ok(roots.len()) }
    }

    #[test]
    fn the_public_authorities_are_asked_for_only_where_the_system_has_none() {
        assert!(trusting_named(&[], |roots| Ok::<_, Reason>(roots.len())).is_ok_and(|count| count == 0));
        assert!(trusting_named(&[], with_some).is_ok_and(|count| count > 50));
        let other = trusting_named(&[], |_| Err::<(), _>(Reason("no region"))).expect_err("refused");
        assert_eq!(other.to_string(), "no region");
    }

    #[test]
    fn no_others_are_trusted_where_the_environment_names_authorities() {
        assert!(trusting_named(&["SSL_CERT_FILE"], |roots| Ok::<_, Reason>(roots.len())).is_ok_and(|count| count == 0));
        let named = trusting_named(&["SSL_CERT_FILE", "SSL_CERT_DIR"], with_some).expect_err("refused");
        let expected = "SSL_CERT_FILE or SSL_CERT_DIR is set: expected certificates of authorities in PEM there, got none that can be used: no certificate";
        assert_eq!(with_sources(&named), expected);
        let other = trusting_named(&["SSL_CERT_DIR"], |_| Err::<(), _>(Reason("no region"))).expect_err("refused");
        assert_eq!(other.to_string(), "no region", "certificates are not what is wrong");
    }
}
