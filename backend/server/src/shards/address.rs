//! Where shards are. In: texts such as `http://a:8081,http://b:8081`, one for each shard. Out: [`ShardAddresses`].

use url::Url;

use crate::matching::Part;

/// Replicas of one shard at most: a search that finds none of them asks all, one after the other.
const MOST_REPLICAS: usize = 8;

/// The addresses of each shard's replicas, the first shard first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardAddresses(Vec<Vec<String>>);

/// Why addresses of shards are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardAddressesError {
    /// None, or too many.
    #[error("expected the addresses of 1 to {} shards, got those of {received}", Part::MOST)]
    Count {
        /// Shards received.
        received: usize,
    },
    /// No replica, or too many.
    #[error("expected 1 to {MOST_REPLICAS} addresses of shard {shard}, with commas between them, got {received}")]
    Replicas {
        /// The shard, from 1.
        shard: usize,
        /// Addresses received.
        received: usize,
    },
    /// No address of a server.
    #[error(
        "expected an address such as http://10.0.0.5:8080, without a user, a path or anything behind it, got {received:?}"
    )]
    Address {
        /// What was received, without a password.
        received: String,
    },
    /// One server cannot be two.
    #[error("expected each address once, got {address} twice")]
    Twice {
        /// The address.
        address: String,
    },
}

impl ShardAddresses {
    /// Reads the addresses of each shard's replicas, with commas between them.
    ///
    /// # Errors
    /// See [`ShardAddressesError`].
    pub fn of(shards: &[String]) -> Result<Self, ShardAddressesError> {
        let shards: Vec<&str> = shards.iter().map(|shard| shard.trim()).filter(|shard| !shard.is_empty()).collect();
        if !(1..=Part::MOST).contains(&shards.len()) {
            return Err(ShardAddressesError::Count { received: shards.len() });
        }
        let mut known = Vec::new();
        for (shard, text) in (1..).zip(shards) {
            let replicas = text.split(',').map(str::trim).filter(|address| !address.is_empty());
            let replicas: Vec<String> = replicas.map(address).collect::<Result<_, _>>()?;
            if !(1..=MOST_REPLICAS).contains(&replicas.len()) {
                return Err(ShardAddressesError::Replicas { shard, received: replicas.len() });
            }
            known.push(replicas);
        }
        let mut all: Vec<&String> = known.iter().flatten().collect();
        all.sort_unstable();
        match all.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ShardAddressesError::Twice { address: pair[0].clone() }),
            None => Ok(Self(known)),
        }
    }

    /// Each part with the addresses of its replicas.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &[String])> {
        Part::all(self.0.len()).zip(self.0.iter().map(Vec::as_slice))
    }
}

/// Scheme, host and port of a server, without a `/` at the end.
fn address(text: &str) -> Result<String, ShardAddressesError> {
    let refused = || {
        // A password before the host is not repeated.
        let received = text.rsplit('@').next().unwrap_or_default().chars().take(80).collect();
        ShardAddressesError::Address { received }
    };
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty());
    if is_plain { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<Vec<Vec<String>>, ShardAddressesError> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        ShardAddresses::of(&texts).map(|addresses| addresses.0)
    }

    #[test]
    fn each_shard_has_its_replicas() {
        let read = read(&["http://a:81, http://b:81/,", " https://c "]).expect("addresses");
        assert_eq!(read, [vec!["http://a:81", "http://b:81"], vec!["https://c"]]);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(read(&[]), Err(ShardAddressesError::Count { received: 0 }));
        assert_eq!(read(&["http://a", ","]), Err(ShardAddressesError::Replicas { shard: 2, received: 0 }));
        for text in ["a:81", "ftp://a", "http://", "http://a/b", "http://a?b", "http://user:geheim@a", "localhost"] {
            let error = read(&[text]).expect_err(text);
            assert!(matches!(error, ShardAddressesError::Address { .. }), "{text}: {error}");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
        let twice = read(&["http://a:81", "http://a:81/"]);
        assert_eq!(twice, Err(ShardAddressesError::Twice { address: "http://a:81".to_owned() }));
    }
}
