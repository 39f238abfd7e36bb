//! `/search`: the one box of the frame. A case number leads to its case, other words to the list that the reader has.

use crate::{Site, answer::Page, referral::list::escaped, session::Session};
use app::{
    Error,
    id::Id,
    referral::{self as cases, Filter},
};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use rules::account::{Deed, Role, Subject};
use serde::Deserialize;

/// What is looked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

/// Whoever has cases or the register: on to what the words mean.
pub(crate) async fn find(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let words = asked.q.trim();
    if let Some(id) = numbered(&site, &session, words).await? {
        return Ok(Redirect::to(&format!("/cases/{id}")).into_response());
    }
    let path = list_for(session.scope.role, words).ok_or(Error::Forbidden)?;
    Ok(Redirect::to(&path).into_response())
}

/// The list in which the role looks for words; the register before the cases.
fn list_for(role: Role, words: &str) -> Option<String> {
    let list = if role.may(Deed::Read, Subject::Person) {
        "/people"
    } else if role.may(Deed::Read, Subject::Case) {
        "/cases"
    } else {
        return None;
    };
    Some(format!("{list}?q={}", escaped(words)))
}

/// The case in the reader's scope that has the number, where the words are one.
async fn numbered(site: &Site, session: &Session, words: &str) -> Result<Option<Id>, Error> {
    if !is_case_number(words) {
        return Ok(None);
    }
    let filter = Filter { words: Some(words.to_owned()), ..Filter::default() };
    let found = cases::cases(&site.app, &session.scope, &filter).await?;
    Ok(found.first().map(|row| row.id))
}

/// Receipts (S) and registrations (D) are written letter, county, year and running number: `S310115-2026-00001`.
fn is_case_number(words: &str) -> bool {
    let digits =
        |text: &str, least: usize| text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = words.strip_prefix(['S', 'D', 's', 'd']) else { return false };
    let mut parts = rest.split('-');
    let (county, year, number) = (parts.next(), parts.next(), parts.next());
    parts.next().is_none()
        && county.is_some_and(|part| part.len() == 6 && digits(part, 6))
        && year.is_some_and(|part| part.len() == 4 && digits(part, 4))
        && number.is_some_and(|part| digits(part, 5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::{COUNTY, TestSite};
    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
    };
    use tower::ServiceExt;

    #[test]
    fn a_case_number_is_known_by_its_shape() {
        for (words, is) in [
            ("S310115-2026-00001", true),
            ("d310115-2026-123456", true),
            ("S310115-2026-1", false),
            ("S31011-2026-00001", false),
            ("X310115-2026-00001", false),
            ("S310115-2026-00001-2", false),
            ("310115", false),
            ("赵试", false),
            ("", false),
        ] {
            assert_eq!(is_case_number(words), is, "{words}");
        }
    }

    #[tokio::test]
    async fn the_box_leads_to_the_case_or_to_the_list_of_the_role() {
        TestSite::on_both(async |world| {
            let own =
                format!("/cases/{}", world.case(COUNTY, "S310115-2026-00001", "D310115-2026-00007").await);
            world.case(310_101_000_000, "S310101-2026-00001", "D310101-2026-00001").await;
            let mut cookies = std::collections::BTreeMap::new();
            for role in ["referral_worker", "health_officer", "committee", "doctor", "supervisor"] {
                cookies.insert(role, world.account(role).await.1);
            }
            let found = |path: &'static str| (StatusCode::SEE_OTHER, path.to_owned());
            for (role, words, expected) in [
                ("referral_worker", "S310115-2026-00001", (StatusCode::SEE_OTHER, own.clone())),
                ("referral_worker", "%20d310115-2026-00007%20", (StatusCode::SEE_OTHER, own.clone())),
                ("committee", "D310115-2026-00007", (StatusCode::SEE_OTHER, own)),
                ("referral_worker", "S310101-2026-00001", found("/people?q=S310101-2026-00001")),
                ("referral_worker", "%E8%B5%B5%26", found("/people?q=%E8%B5%B5%26")),
                ("health_officer", "D310115-2026-00007", found("/people?q=D310115-2026-00007")),
                ("health_officer", "zs", found("/people?q=zs")),
                ("committee", "zs", found("/cases?q=zs")),
                ("doctor", "1230", found("/cases?q=1230")),
                ("supervisor", "zs", (StatusCode::FORBIDDEN, String::new())),
            ] {
                let request = Request::get(format!("/search?q={words}"))
                    .header(header::COOKIE, &cookies[role])
                    .body(Body::empty())
                    .unwrap();
                let answer = world.router().oneshot(request).await.unwrap();
                let place = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
                assert_eq!((answer.status(), place.unwrap_or_default()), expected, "{role} {words}");
            }
        })
        .await;
    }
}
