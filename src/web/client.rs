//! Where a request comes from: the other end of its connection, or what a trusted proxy says.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use ipnet::IpNet;

/// The proxies whose word on a client's address is taken (`PORTAL_TRUSTED_PROXIES`).
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// A list of addresses and networks, separated by commas or blanks.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        let network =
            |part: &str| part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
        parts.map(network).collect::<Option<Arc<[IpNet]>>>().map(Self)
    }

    /// The client of a request that came from `peer`: the last address in `X-Forwarded-For` that is
    /// no trusted proxy's. From anybody else the header is not believed.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        // A socket that listens for both kinds of address writes IPv4 as `::ffff:192.0.2.1`.
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let forwarded = headers
            .get_all("x-forwarded-for")
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|address| address.trim().parse::<IpAddr>().map(|a| a.to_canonical()));
        let forwarded: Vec<_> = forwarded.collect();
        let mut client = peer;
        for address in forwarded.into_iter().rev() {
            // What lies before something that is no address was not written by a proxy of ours.
            let Ok(address) = address else { break };
            client = address;
            if !self.trust(address) {
                break;
            }
        }
        client
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_forged_header_changes_nothing() {
        let headers = |text| {
            HeaderMap::from_iter([(
                http::HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_static(text),
            )])
        };
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = Proxies::parse("10.0.0.0/8, 127.0.0.1").unwrap();
        assert_eq!(proxies.client(ip("203.0.113.9"), &headers("1.1.1.1")), ip("203.0.113.9"));
        assert_eq!(
            proxies.client(ip("127.0.0.1"), &headers("1.1.1.1, 203.0.113.9, 10.1.2.3")),
            ip("203.0.113.9")
        );
        assert_eq!(proxies.client(ip("10.1.2.3"), &headers("1.1.1.1, x")), ip("10.1.2.3"));
        let mapped = ip("::ffff:127.0.0.1");
        assert_eq!(proxies.client(mapped, &headers("203.0.113.9")), ip("203.0.113.9"));
        assert_eq!(proxies.client(ip("::ffff:203.0.113.9"), &headers("x")), ip("203.0.113.9"));
        assert!(Proxies::parse("10.0.0.0/33").is_none());
    }
}
