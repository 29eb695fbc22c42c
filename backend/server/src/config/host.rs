//! What a server listens on. In: an address or a name. Out: whether the system could listen there, and whether two servers would meet.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Characters of a name and of a part of it (RFC 1035).
const MAX_NAME_CHARS: usize = 253;
const MAX_PART_CHARS: usize = 63;

/// Whether a text is an address, without brackets, or may be the name of a host.
pub(super) fn is_host(text: &str) -> bool {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    if text.parse::<IpAddr>().is_ok() || address.parse::<Ipv6Addr>().is_ok() {
        return true;
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_part = |part: &str| {
        (1..=MAX_PART_CHARS).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    // No name ends with a number; this is an address that is wrong.
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= MAX_NAME_CHARS && name.split('.').all(is_part) && !name.rsplit('.').next().is_none_or(is_number)
}

/// Whether a server on `host` and `port` has the address already.
pub(super) fn is_taken(address: SocketAddr, host: &str, port: u16) -> bool {
    let host = if host.eq_ignore_ascii_case("localhost") { Ok(IpAddr::from([127, 0, 0, 1])) } else { host.parse() };
    let is_same = |host: IpAddr| {
        let same_family = host.is_ipv4() == address.is_ipv4();
        // `::` takes IPv4 too.
        let is_all = |one: IpAddr| one.is_unspecified() && (same_family || one.is_ipv6());
        host == address.ip() || is_all(host) || is_all(address.ip())
    };
    port != 0 && port == address.port() && host.is_ok_and(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_can_listen_on_is_a_host() {
        for text in ["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1%eth0", "localhost", "shop-1.example", "a.example."] {
            assert!(is_host(text), "{text}");
        }
        let long = "a.".repeat(127) + "example";
        for text in ["", " ", "not a host", "[::1]", "1.2.3", "999.1.1.1", "a..b", "-a", "https://a", "a:80", &long] {
            assert!(!is_host(text), "{text}");
        }
    }

    #[test]
    fn two_servers_do_not_listen_at_one_address() {
        let taken = |address: &str, host: &str| is_taken(address.parse().expect("an address"), host, 80);
        for (address, host) in [
            ("127.0.0.1:80", "127.0.0.1"),
            ("127.0.0.1:80", "0.0.0.0"),
            ("127.0.0.1:80", "localhost"),
            ("127.0.0.1:80", "::"),
        ] {
            assert!(taken(address, host), "{address} {host}");
        }
        for (address, host) in [("127.0.0.2:80", "127.0.0.1"), ("127.0.0.1:81", "127.0.0.1"), ("[::1]:80", "0.0.0.0")] {
            assert!(!taken(address, host), "{address} {host}");
        }
        assert!(!is_taken("127.0.0.1:0".parse().expect("an address"), "127.0.0.1", 0), "the system chooses both");
    }
}
