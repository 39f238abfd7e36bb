//! What stands in an address.

use app::{Error, id::Id};

/// The identifier in an address; what is none is not found.
pub(crate) fn parsed(id: &str) -> Result<Id, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

/// The page of a case or record of the follow-up, whom a question or a conference is about.
pub(crate) fn about(kind: &str, id: &str) -> String {
    match kind {
        "record" => format!("/followup/records/{id}"),
        _ => format!("/cases/{id}"),
    }
}

/// A name or value as it stands in a query, where a path may stand as it is (RFC 3986 §3.4).
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let written = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(written).collect()
}

/// The query of an address: those of the pairs that have a value.
pub(crate) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let set = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let written: Vec<String> =
        set.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    written.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_what_has_a_value() {
        for (pairs, written) in [
            (&[][..], ""),
            (&[("state", "")], ""),
            (&[("state", "waiting"), ("q", ""), ("near", "1")], "state=waiting&near=1"),
            (&[("next", "/cases?a=1&b=2#x")], "next=/cases%3Fa%3D1%26b%3D2%23x"),
            (&[("q", "赵 1+1%")], "q=%E8%B5%B5%201%2B1%25"),
            (&[("a b", "\r\n")], "a%20b=%0D%0A"),
        ] {
            assert_eq!(query(pairs.iter().copied()), written);
        }
    }
}
