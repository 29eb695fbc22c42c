//! Whom clients of HTTPS trust: the system's authorities; the public ones where the system has none, as in a slim container. In: how a client
//! is built. Out: the client.

use rustls::pki_types::CertificateDer;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Builds a client, which gets certificates of authorities that it trusts beside the system's: none, or the public ones if none of the system's
/// can be loaded. A client that only speaks HTTP needs some as well: it cannot be built without.
///
/// # Errors
/// Those of `build`.
pub(crate) fn trusting<T, E>(build: impl Fn(&[CertificateDer<'static>]) -> Result<T, E>) -> Result<T, E> {
    build(&[]).or_else(|_| {
        let client = build(TLS_SERVER_ROOT_CERTS)?;
        tracing::info!("the system has no certificates of authorities: the public ones of the program are trusted");
        Ok(client)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_authorities_are_asked_for_only_where_the_system_has_none() {
        assert_eq!(trusting(|roots| Ok::<_, ()>(roots.len())), Ok(0));
        let with_some =
            |roots: &[CertificateDer<'static>]| if roots.is_empty() { Err("none") } else { Ok(roots.len()) };
        assert!(trusting(with_some).is_ok_and(|count| count > 50));
        assert_eq!(trusting(|_| Err::<(), _>("no region")), Err("no region"));
    }
}
