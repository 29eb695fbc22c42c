//! Where a catalogue of several machines is. In: the texts of `--catalogue`, `--objects` and `--cache`. Out: a [`ClusterAddress`].
//!
//! No address is ever printed with its password.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::Host;
use url::Url;

use super::error::ClusterError;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long sent bytes may stay without an answer of the network before the connection counts as lost.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(15);

/// After this silence a connection is probed.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Where the parts of a catalogue are.
#[derive(Clone, Debug)]
pub struct ClusterAddress {
    /// PostgreSQL.
    pub record: RecordAddress,
    /// Object storage: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or `file:///folder`.
    pub objects: String,
    /// This machine's folder.
    pub cache: PathBuf,
}

impl ClusterAddress {
    /// The same with a cache of its own in this one's folder, so that what is done there is not served before it is published.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        Self { cache: self.cache.join(name), ..self.clone() }
    }
}

/// The address of the database, `postgres://user:password@host:port/database?sslmode=require`.
#[derive(Clone)]
pub struct RecordAddress {
    pub(super) config: Arc<tokio_postgres::Config>,
    /// A file with the certificates that are trusted; none for the public ones.
    pub(super) root_certificates: Option<PathBuf>,
}

/// Whether the value of `--catalogue` is an address and no folder.
#[must_use]
pub fn is_record(catalogue: &Path) -> bool {
    let text = catalogue.to_str().unwrap_or_default();
    ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
}

impl FromStr for RecordAddress {
    type Err = ClusterError;

    fn from_str(text: &str) -> Result<Self, ClusterError> {
        let refused = |reason: &str| ClusterError::Address { reason: reason.to_owned() };
        let mut url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
        // Of libpq's parameters, the client does not know this one.
        let (mut roots, mut others) = (None, Vec::new());
        for (name, value) in url.query_pairs().into_owned() {
            match (name.as_str(), value.as_str()) {
                ("sslrootcert", file) => roots = Some(PathBuf::from(file)),
                // Certificates are always checked.
                ("sslmode", "verify-ca" | "verify-full") => others.push((name, "require".to_owned())),
                _ => others.push((name, value)),
            }
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        // Its messages may repeat parts of the address.
        let mut config: tokio_postgres::Config =
            url.as_str().parse().map_err(|_| refused("one of its parts is not known"))?;
        if config.get_hosts().is_empty() {
            return Err(refused("it has no host"));
        }
        if config.get_dbname().is_none() {
            return Err(refused("it has no database"));
        }
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        config.application_name("shop-the-look").connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(SILENCE_TIMEOUT);
        config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE).keepalives_retries(3);
        Ok(Self { config: Arc::new(config), root_certificates: roots })
    }
}

impl fmt::Display for RecordAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let ports = self.config.get_ports();
        let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        let hosts: Vec<String> = hosts.enumerate().map(|(at, host)| format!("{host}:{}", port(at))).collect();
        write!(f, "postgres://{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for RecordAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_without_its_user_and_password() {
        let text = "postgres://shop:secret@db.example:5433/fashion?sslmode=verify-full&sslrootcert=/etc/ca.pem";
        let address: RecordAddress = text.parse().expect("an address");
        assert_eq!(format!("{address} {address:?}"), ["postgres://db.example:5433/fashion"; 2].join(" "));
        assert_eq!(address.root_certificates.as_deref(), Some(Path::new("/etc/ca.pem")));
        assert!(is_record(Path::new(text)) && !is_record(Path::new("catalogue")));
    }

    #[test]
    fn an_address_that_lacks_a_part_is_refused_without_its_password() {
        for (text, reason) in [
            ("postgres://shop:secret@/fashion", "host"),
            ("postgres://shop:secret@db.example", "database"),
            ("postgres://shop:secret@db.example/fashion?sslmode=secret", "not known"),
            ("postgres://shop:secret@db.example:x/fashion", "port"),
        ] {
            let error = text.parse::<RecordAddress>().expect_err(text).to_string();
            assert!(error.contains(reason) && !error.contains("secret"), "{error}");
        }
    }
}
