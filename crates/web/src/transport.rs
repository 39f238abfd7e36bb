//! How a request reached the site: whether over TLS, and from which address, where a proxy stands in front.
//!
//! Only a proxy that is trusted is believed: one on this machine, or one that the operator names. What the client
//! itself writes into the proxy's headers decides nothing.

use crate::Site;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, HeaderName, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

const PROTOCOL: HeaderName = HeaderName::from_static("x-forwarded-proto");
const ADDRESS: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the operator says about the way to the site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transport {
    /// Every browser comes over TLS, whatever the headers say.
    pub behind_tls: bool,
    /// Proxies that are believed beside those on this machine.
    pub proxies: Vec<IpAddr>,
}

/// How one request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The browser speaks TLS.
    pub secure: bool,
    /// The address of the browser or program; nothing where the server does not tell it.
    pub address: Option<IpAddr>,
    /// No proxy stands between.
    pub direct: bool,
}

impl Transport {
    /// How a request arrived.
    pub(crate) fn arrival(&self, headers: &HeaderMap, extensions: &Extensions) -> Arrival {
        let peer =
            extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let direct = !headers.contains_key(ADDRESS) && !headers.contains_key(PROTOCOL);
        let Some(proxy) = peer.filter(|peer| self.trusts(peer)) else {
            return Arrival { secure: self.behind_tls, address: peer, direct };
        };
        let text = |name: HeaderName| headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
        let protocol = text(PROTOCOL).next_back().and_then(|all| all.rsplit(',').next()).map(str::trim);
        // A proxy writes whom it hears behind what came with the request: the last one that is no proxy is the client.
        let heard: Vec<IpAddr> =
            text(ADDRESS).flat_map(|all| all.split(',')).filter_map(|one| one.trim().parse().ok()).collect();
        let client = heard.iter().rev().find(|address| !self.trusts(address)).or(heard.first());
        Arrival {
            secure: self.behind_tls || protocol == Some("https"),
            address: Some(client.copied().unwrap_or(proxy)),
            direct,
        }
    }

    /// Whether a request comes from a proxy, or from a program on this machine, whose headers are believed.
    pub(crate) fn believes(&self, extensions: &Extensions) -> bool {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_some_and(|ConnectInfo(peer)| self.trusts(&peer.ip().to_canonical()))
    }

    fn trusts(&self, address: &IpAddr) -> bool {
        address.is_loopback() || self.proxies.contains(address)
    }
}

impl FromRequestParts<Site> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Arrival, Infallible> {
        Ok(site.transport.arrival(&parts.headers, &parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(transport: &Transport, peer: Option<&str>, headers: &[(&'static str, &str)]) -> Arrival {
        let mut extensions = Extensions::new();
        if let Some(peer) = peer {
            extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4000)));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        transport.arrival(&map, &extensions)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let plain = Transport::default();
        let named = Transport { proxies: vec!["10.0.0.9".parse().unwrap()], ..Transport::default() };
        let tls = Transport { behind_tls: true, ..Transport::default() };
        let https = ("x-forwarded-proto", "https");
        let heard = |list: &'static str| ("x-forwarded-for", list);
        let rows = [
            (&plain, Some("127.0.0.1"), vec![], false, Some("127.0.0.1")),
            (&plain, Some("127.0.0.1"), vec![https], true, Some("127.0.0.1")),
            (&plain, Some("::ffff:127.0.0.1"), vec![https], true, Some("127.0.0.1")),
            (&plain, Some("127.0.0.1"), vec![https, heard("6.6.6.6, 1.2.3.4")], true, Some("1.2.3.4")),
            (&plain, Some("127.0.0.1"), vec![("x-forwarded-proto", "https, http")], false, Some("127.0.0.1")),
            (&plain, Some("10.0.0.9"), vec![https, heard("1.2.3.4")], false, Some("10.0.0.9")),
            (&named, Some("10.0.0.9"), vec![https, heard("1.2.3.4")], true, Some("1.2.3.4")),
            (&named, Some("10.0.0.9"), vec![heard("1.2.3.4, 10.0.0.9")], false, Some("1.2.3.4")),
            (&named, Some("10.0.0.8"), vec![https, heard("1.2.3.4")], false, Some("10.0.0.8")),
            (&tls, Some("10.0.0.8"), vec![("x-forwarded-proto", "http")], true, Some("10.0.0.8")),
            (&tls, None, vec![], true, None),
            (&plain, None, vec![https, heard("1.2.3.4")], false, None),
        ];
        for (transport, peer, headers, secure, address) in rows {
            let found = arrival(transport, peer, &headers);
            assert_eq!(found.secure, secure, "{peer:?} {headers:?}");
            assert_eq!(found.address, address.map(|a| a.parse().unwrap()), "{peer:?} {headers:?}");
            assert_eq!(found.direct, headers.is_empty(), "{headers:?}");
        }
    }
}
