//! What stands in addresses and in the head of a request, and uploads.

use crate::text;
use app::id::Id;

/// Places in lists and identifiers.
pub(crate) fn place(bytes: &[u8]) {
    let written = text(bytes);
    let first = web::outside::places(&written);
    for (at, place) in first.iter().enumerate() {
        let Some(place) = place else { continue };
        let again = web::outside::places(place);
        assert_eq!(again.get(at), Some(&Some(place.clone())), "{written:?} was accepted");
    }
    if let Ok(id) = written.parse::<Id>() {
        assert_eq!(id.to_string().parse::<Id>().ok(), Some(id));
        assert!(id.home_number() < 4_096);
    }
}

/// The first byte chooses the list, the rest is a query.
pub(crate) fn filter(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let lists = ["cases", "institutions", "talent", "log"];
    let list = lists.get(usize::from(*choice) % lists.len()).copied().unwrap_or_default();
    let Some((query, filter)) = web::outside::filter(list, &text(rest)) else { return };
    assert!(query.is_ascii() && !query.contains([' ', '"', '<', '>', '#']), "{query}");
    // A backslash that was written is printed as two.
    assert!(!filter.replace("\\\\", "").contains("\\0"), "no database takes U+0000: {filter}");
    let again = web::outside::filter(list, &query);
    assert_eq!(again, Some((query, filter)), "{list}");
}

/// Wherever it says to go on, it is a page of this site.
pub(crate) fn next_page(bytes: &[u8]) {
    let written = text(bytes);
    let next = web::outside::next_page(&written);
    let Ok(site) = url::Url::parse("https://site.example/sign-in") else { return };
    if let Ok(found) = site.join(next) {
        assert_eq!(found.host_str(), Some("site.example"), "{next:?}");
        assert_eq!(found.scheme(), "https", "{next:?}");
    }
    assert_eq!(web::outside::next_page(next), next);
}

/// The register is read by intervals of keys.
pub(crate) fn register_search(bytes: &[u8]) {
    let words = text(bytes);
    let probes = app::outside::search(&words);
    assert!(probes.len() <= 5);
    for (from, below) in probes {
        assert!(from < below, "{from} {below}");
        assert!(from.len() > 2, "{words:?} reads every key of a kind");
        let kind = from.chars().next();
        assert!(kind.is_some_and(|kind| "pgituf".contains(kind)) && below.chars().next() == kind, "{from}");
    }
}

/// The head of a request.
pub(crate) fn head(bytes: &[u8]) {
    let head = web::outside::head(bytes);
    assert_eq!(web::outside::head(bytes), head);
    if let Some(session) = &head.session {
        assert!(!session.contains([';', '\r', '\n']), "{session:?}");
    }
}

/// The first line is the boundary, the rest the body.
pub(crate) fn upload(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (boundary, body) = (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..).unwrap_or_default());
    if let Some((kind, sender, file_name, file)) = web::outside::upload(&text(boundary), body) {
        let length = kind.len() + sender.len() + file_name.len() + file.len();
        // What is no UTF-8 becomes a replacement character of three bytes.
        assert!(length <= 3 * body.len(), "nothing comes out that did not go in");
        assert!(
            ![kind, sender, file_name].iter().any(|text| text.contains('\0')),
            "no database takes U+0000"
        );
    }
}
