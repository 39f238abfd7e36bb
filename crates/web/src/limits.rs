//! How much is let through: sign-ins by address and by username, whatever needs no signing in by address, and what those
//! signed in ask for by account and by token (`limits/signed_in.rs`).

mod signed_in;

pub(crate) use signed_in::{Asking, Over, pass};

use crate::{Site, failure::Failure, session, transport::Arrival};
use app::Error;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{Quota, RateLimiter, clock::DefaultClock, state::keyed::DefaultKeyedStateStore};
use rules::account::{Bounds, Limits, Rate};
use signed_in::SignedIn;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Checks after which keys that have been quiet are forgotten.
const TIDY_AFTER: usize = 10_000;

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>;

/// The gates of one site.
pub(crate) struct Gates {
    sign_in_address: Keyed<IpAddr>,
    sign_in_account: Keyed<u64>,
    open: Keyed<IpAddr>,
    signed_in: Option<SignedIn>,
    checks: AtomicUsize,
}

fn gate<K: Clone + Hash + Eq>(rate: Rate) -> Keyed<K> {
    let positive = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    RateLimiter::keyed(Quota::per_minute(positive(rate.per_minute)).allow_burst(positive(rate.burst)))
}

impl Gates {
    /// The gates of these limits; those signed in are bounded where bounds are given.
    pub(crate) fn new(limits: &Limits, bounds: Option<&Bounds>) -> Gates {
        Gates {
            sign_in_address: gate(limits.sign_in_address),
            sign_in_account: gate(limits.sign_in_account),
            open: gate(limits.open),
            signed_in: bounds.map(SignedIn::new),
            checks: AtomicUsize::new(0),
        }
    }

    /// Whether one more sign-in with this username from this address is let through.
    pub(crate) fn sign_in(&self, address: Option<IpAddr>, username: &str) -> bool {
        self.tidy();
        let mut hash = DefaultHasher::new();
        username.trim().to_lowercase().hash(&mut hash);
        let from = address.is_none_or(|address| self.sign_in_address.check_key(&block(address)).is_ok());
        from && self.sign_in_account.check_key(&hash.finish()).is_ok()
    }

    /// Whether one more sign-in from this address is let through, whoever it will be.
    pub(crate) fn sign_in_from(&self, address: Option<IpAddr>) -> bool {
        self.tidy();
        address.is_none_or(|address| self.sign_in_address.check_key(&block(address)).is_ok())
    }

    /// Whether one more request without signing in is let through.
    fn open(&self, address: Option<IpAddr>) -> bool {
        self.tidy();
        address.is_none_or(|address| self.open.check_key(&block(address)).is_ok())
    }

    fn tidy(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed) % TIDY_AFTER == TIDY_AFTER - 1 {
            self.sign_in_address.retain_recent();
            self.sign_in_account.retain_recent();
            self.open.retain_recent();
            if let Some(signed_in) = &self.signed_in {
                signed_in.tidy();
            }
        }
    }
}

/// Whoever has one IPv6 address has 2^64 of them.
fn block(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
    }
}

/// The response as one that is given too often, which says when to come again.
pub(crate) fn too_many(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    wait(response, 60)
}

/// The response with the seconds after which to come again.
pub(crate) fn wait(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Bounds the requests of one address that carry neither session nor token. Files that every page needs, and the signs
/// of life, are left out: they cost nothing.
pub(crate) async fn of_strangers(
    State(site): State<Site>,
    arrival: Arrival,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let free = path.starts_with("/assets/") || path == "/healthz" || path == "/readyz";
    let known = session::secret(&arrival, request.headers()).is_some()
        || request.headers().contains_key(header::AUTHORIZATION);
    // What anyone may ask for counts also with a cookie, which may be made up.
    let anyone = path == "/sign-in"
        || path == "/first-sign-in"
        || path.starts_with("/sign-in/provider")
        || path == "/api/v1"
        || path == "/api/v1/openapi.json";
    if free || (known && !anyone) || site.limits.open(arrival.address) {
        return next.run(request).await;
    }
    too_many(Failure::App(Error::Busy).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates() -> Gates {
        let few = |burst: u32| Rate { burst, per_minute: 1 };
        let limits = Limits {
            sign_in_address: few(4),
            sign_in_account: few(2),
            open: few(3),
            ..Limits::embedded().unwrap()
        };
        Gates::new(&limits, None)
    }

    #[test]
    fn one_username_and_one_address_are_bounded_and_others_are_not() {
        let gates = gates();
        let (here, there): (Option<IpAddr>, Option<IpAddr>) =
            (Some("1.2.3.4".parse().unwrap()), Some("5.6.7.8".parse().unwrap()));
        assert!(gates.sign_in(here, "anna") && gates.sign_in(here, " Anna "));
        assert!(!gates.sign_in(there, "ANNA"), "the third of one username, wherever it comes from");
        assert!(gates.sign_in(here, "berta") && gates.sign_in(here, "dora"));
        assert!(!gates.sign_in(here, "carla"), "the fifth from one address");
        assert!(gates.sign_in(there, "carla"));
    }

    #[test]
    fn strangers_are_bounded_by_address_and_by_network() {
        let gates = gates();
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            assert!(gates.open(Some(address.parse().unwrap())), "{address}");
        }
        assert!(!gates.open(Some("2001:db8::4".parse().unwrap())), "one network of addresses is one client");
        assert!(gates.open(Some("2001:db8:0:1::1".parse().unwrap())));
        assert!(gates.open(None), "a server that tells no address bounds nothing");
    }
}
