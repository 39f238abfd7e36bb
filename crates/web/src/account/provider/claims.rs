//! What a verified token says, read by the names that the operator wrote down.

use super::ProviderSettings;
use app::account::{identity::Identity, provider::Presented};
use rules::division::DivisionCode;
use serde_json::Value as Json;

/// Signs of what a provider calls a person at most (OpenID Connect Core 1.0, section 2).
const LONGEST: usize = 255;

/// Which claim says what. A name with points goes into an object, such as `realm_access.roles`.
#[derive(Debug, Clone)]
pub struct ClaimNames {
    /// What the provider calls the person; never given to somebody else later.
    pub subject: String,
    /// The name shown.
    pub name: String,
    /// The organisation: its unified social credit code, or its number here.
    pub organisation: Option<String>,
    /// The area, as a division code.
    pub division: Option<String>,
    /// The roles.
    pub roles: Option<String>,
}

fn found<'a>(claims: &'a Json, name: &str) -> Option<&'a Json> {
    claims.get(name).or_else(|| name.split('.').try_fold(claims, |inner, part| inner.get(part)))
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The values of a claim: one, or each of a list.
fn values(claims: &Json, name: &str) -> Vec<String> {
    match found(claims, name) {
        Some(Json::Array(list)) => list.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The value of a claim that has exactly one.
fn single(claims: &Json, name: &str) -> Option<String> {
    let mut all = values(claims, name).into_iter();
    all.next().filter(|_| all.next().is_none())
}

/// Who it is and what is said about them; nothing where the token does not say who.
pub(super) fn presented(settings: &ProviderSettings, claims: &Json) -> Option<Presented> {
    let names = &settings.claims;
    let subject = single(claims, &names.subject).filter(|subject| subject.len() <= LONGEST)?;
    let number = |told: String| settings.organisations.get(&told).cloned().unwrap_or(told);
    // A code that is none lies in no area: the rules refuse it.
    let code = |told: String| DivisionCode::parse(&told).map_or(-1, DivisionCode::number);
    let shown = ["acr", "amr"].iter().flat_map(|name| values(claims, name)).collect();
    Some(Presented {
        identity: Identity { issuer: settings.issuer.clone(), subject },
        name: single(claims, &names.name),
        roles: names.roles.as_ref().map(|name| values(claims, name)).unwrap_or_default(),
        organisation: names.organisation.as_ref().map(|name| single(claims, name).map(number)),
        division: names.division.as_ref().and_then(|name| single(claims, name)).map(code),
        shown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_read_by_their_names() {
        let settings = ProviderSettings {
            issuer: "https://id.example".to_owned(),
            claims: ClaimNames {
                subject: "staff.number".to_owned(),
                name: "name".to_owned(),
                organisation: Some("org".to_owned()),
                division: Some("area".to_owned()),
                roles: Some("realm_access.roles".to_owned()),
            },
            organisations: [("A1".to_owned(), "0190".to_owned())].into(),
            ..ProviderSettings::default()
        };
        let claims = json!({
            "sub": "x", "staff": {"number": 4711}, "name": " 赵试 ", "org": ["A1"], "area": "310115",
            "realm_access": {"roles": ["a", "", "b"]}, "acr": "2", "amr": ["pwd", "otp"],
        });
        let read = presented(&settings, &claims).unwrap();
        assert_eq!(read.identity.subject, "4711");
        assert_eq!(read.name.as_deref(), Some("赵试"));
        assert_eq!(read.roles, ["a", "b"]);
        assert_eq!(read.organisation, Some(Some("0190".to_owned())));
        assert_eq!(read.division, Some(310_115_000_000));
        assert_eq!(read.shown, ["2", "pwd", "otp"]);
        let with = |name: &str, value: Json| {
            let mut other = claims.clone();
            other[name] = value;
            presented(&settings, &other)
        };
        assert!(with("staff", json!({})).is_none(), "nobody");
        assert!(with("staff", json!({"number": ["1", "2"]})).is_none(), "one of two");
        assert!(with("staff", json!({"number": "x".repeat(256)})).is_none());
        assert_eq!(with("org", json!(["A1", "B2"])).unwrap().organisation, Some(None), "one of two");
        assert_eq!(with("org", json!("B2")).unwrap().organisation, Some(Some("B2".to_owned())));
        assert_eq!(with("area", json!("here")).unwrap().division, Some(-1));
        assert_eq!(with("realm_access.roles", json!("c")).unwrap().roles, ["c"], "a name with points in it");
    }
}
