//! Lists may come from a replica of the database. So that whoever wrote finds it again, whichever instance answers next,
//! the place until where somebody wrote goes with them for some seconds: a browser keeps it in a cookie, a program may
//! send the header back that it got.

use crate::{Site, language::cookie, transport::Arrival};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Name of the cookie.
const COOKIE: &str = "xinqiao_seen";
/// Name of the header, for programs.
const HEADER: HeaderName = HeaderName::from_static("xinqiao-seen");

/// Answers a request as of somebody who wrote until the place that came with it.
pub(crate) async fn follow(
    State(site): State<Site>,
    arrival: Arrival,
    request: Request,
    next: Next,
) -> Response {
    let Some(memory) = site.app.db.memory() else { return next.run(request).await };
    let floor = brought(&site, request.headers());
    let (mut response, wrote) = app::db::reading(floor, next.run(request)).await;
    if let Some(place) = wrote {
        let place = signed(&site, place.max(floor));
        let seconds = i64::try_from(memory.as_secs()).unwrap_or(i64::MAX);
        let secure = if arrival.secure { "; Secure" } else { "" };
        let kept = format!("{COOKIE}={place}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        for (name, value) in [(header::SET_COOKIE, kept), (HEADER, place)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(name, value);
            }
        }
    }
    response
}

/// The place that came with a request; the beginning where none did, or one that is not of this installation.
fn brought(site: &Site, headers: &HeaderMap) -> u64 {
    let sent = headers.get(HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    sent.or_else(|| cookie(headers, COOKIE)).and_then(|sent| read(site, &sent)).unwrap_or(0)
}

/// Signed, so that nobody can send all lists of others to the primary by a place that lies ahead.
fn signed(site: &Site, place: u64) -> String {
    let place = format!("{place:x}");
    format!("{place}.{}", signature(site, &place))
}

fn read(site: &Site, sent: &str) -> Option<u64> {
    let (place, signature_sent) = sent.split_once('.')?;
    let own = signature(site, place);
    if own == signature_sent { u64::from_str_radix(place, 16).ok() } else { None }
}

fn signature(site: &Site, place: &str) -> String {
    let digest = site.app.keys.index("seen", place);
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::TestSite;

    #[tokio::test]
    async fn only_an_own_place_is_read_back() {
        TestSite::on_both(async |world| {
            let site = Site::new(world.app.clone(), crate::Settings::default());
            for place in [0, 1, 0x16_b374_d848, u64::MAX] {
                let sent = signed(&site, place);
                assert_eq!(read(&site, &sent), Some(place));
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, format!("a=b; {COOKIE}={sent}").parse().unwrap());
                assert_eq!(brought(&site, &headers), place);
                headers.insert(HEADER, signed(&site, 7).parse().unwrap());
                assert_eq!(brought(&site, &headers), 7, "what a program says goes before");
            }
            let other = signed(&site, 1);
            let (_, signature) = other.split_once('.').unwrap();
            for sent in ["", ".", "1", "1.", "ffffffffffffffff.00", "x.y", &format!("2.{signature}")] {
                assert_eq!(read(&site, sent), None, "{sent}");
            }
        })
        .await;
    }
}
