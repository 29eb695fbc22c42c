//! Addresses that a feed may reach. In: a host. Out: its public addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// All addresses of a host are reserved for this machine, private networks or special uses.
#[derive(Debug, thiserror::Error)]
#[error("{host} is not a public address: allow it with --allow-private-addresses if the feed may reach it")]
pub struct NotPublic {
    pub(super) host: String,
}

/// Looks hosts up as the system does and keeps the accepted addresses. Every redirect is resolved here as well, and the
/// connection goes to the address that was checked, so a second look-up cannot change it.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) system: DefaultResolver,
    pub(super) accepts: fn(IpAddr) -> bool,
}

impl Resolver for GuardedResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        let mut kept = self.empty();
        for address in found.iter().filter(|address| (self.accepts)(address.ip())) {
            kept.push(*address);
        }
        if kept.is_empty() {
            let host = uri.host().unwrap_or_default().to_owned();
            return Err(ureq::Error::Other(Box::new(NotPublic { host })));
        }
        Ok(kept)
    }
}

/// Whether an address belongs to the public internet, by IANA's registries of special-purpose addresses.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some(v4) => is_public_v4(v4),
            // Only 2000::/3 is given out; in it, 2001::/23, 2001:db8::/32 and 3fff::/20 have special uses.
            None => {
                let [first, second, ..] = v6.segments();
                let is_special = match first {
                    0x2001 => second < 0x200 || second == 0xdb8,
                    0x3fff => second < 0x1000,
                    _ => false,
                };
                first & 0xe000 == 0x2000 && !is_special
            }
        },
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = match (first, second, third) {
        // This network; multicast, reserved and broadcast.
        (0 | 224..=255, _, _) => true,
        // Shared by a provider's customers; protocol assignments; benchmarks.
        (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _) => true,
        _ => address.is_loopback() || address.is_private() || address.is_link_local() || address.is_documentation(),
    };
    !is_special
}

/// The IPv4 address that an IPv6 address leads to: mapped (`::ffff:0:0/96`), translated (`64:ff9b::/96`), 6to4
/// (`2002::/16`).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from_halves = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(from_halves(high, low)),
        [0x2002, high, low, ..] => Some(from_halves(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "::7f00:1",
        ];
        for text in private {
            assert!(!is_public(text.parse().expect("an address")), "{text}");
        }
        for text in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "193.99.144.80", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(text.parse().expect("an address")), "{text}");
        }
    }
}
