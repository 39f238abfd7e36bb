//! `/search`: words that may name somebody are sent in the body of a request and stand sealed in the address of the list
//! they lead to (`app::search`). The box of the frame leads to a case by its number, to the list of the role by other words.

use crate::{Site, address, answer::Page, session::Session};
use app::{
    Error,
    id::Id,
    referral::{self as cases, Filter},
    search,
};
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect},
};
use rules::account::{Deed, Role, Subject};

/// Lists whose filter forms are sent here, each with what its reader must be permitted.
const LISTS: [(&str, Subject); 6] = [
    ("/people", Subject::Person),
    ("/cases", Subject::Case),
    ("/work-list", Subject::WorkList),
    ("/talent", Subject::Talent),
    ("/administration", Subject::Organisation),
    ("/followup/records", Subject::FollowUp),
];

/// Whoever has such a list: from the box of the frame (`q`), or from the filter of a list (`to`, `q` and its other fields).
pub(crate) async fn find(
    State(site): State<Site>,
    session: Session,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let of = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
    let words = of("q").unwrap_or_default();
    let role = session.scope.role;
    let to = match of("to") {
        Some(to) => LISTS.into_iter().find(|(list, subject)| *list == to && role.may(Deed::Read, *subject)),
        None => {
            if let Some(id) = numbered(&site, &session, words).await? {
                return Ok(Redirect::to(&format!("/cases/{id}")).into_response());
            }
            list_for(role)
        }
    };
    let (list, _) = to.ok_or(Error::Forbidden)?;
    let hidden = search::hide(&site.app, &session.scope, words)?;
    let kept = fields.iter().filter(|(key, _)| key != "q" && key != "to" && key != "look");
    let kept = kept.map(|(key, value)| (key.as_str(), value.trim())).chain([("look", hidden.as_str())]);
    let query = address::query(kept);
    let place = if query.is_empty() { list.to_owned() } else { format!("{list}?{query}") };
    Ok(Redirect::to(&place).into_response())
}

/// The words behind what stands in the address of a list.
///
/// # Errors
/// The search is somebody else's or has ended: refused, so that the whole list is not taken for what was found.
pub(crate) fn sought(site: &Site, session: &Session, look: &str) -> Result<String, Error> {
    search::words(&site.app, &session.scope, look)
}

/// The list in which the role looks for words; the register before the cases.
fn list_for(role: Role) -> Option<(&'static str, Subject)> {
    LISTS.into_iter().take(2).find(|(_, subject)| role.may(Deed::Read, *subject))
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

    /// Sends a search: what is answered, and where it leads.
    async fn sent(world: &TestSite, cookie: &str, body: &str) -> (StatusCode, String) {
        let request = Request::post("/search")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = world.router().oneshot(request).await.unwrap();
        let place = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (answer.status(), place.unwrap_or_default())
    }

    async fn status(world: &TestSite, cookie: &str, address: &str) -> StatusCode {
        let request = Request::get(address).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        world.router().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_filter_keeps_its_other_fields_and_leads_to_known_lists_alone() {
        TestSite::on_both(async |world| {
            let (worker, doctor) =
                (world.account("referral_worker").await.1, world.account("doctor").await.1);
            let (_, place) = sent(world, &worker, "to=/cases&state=waiting&overdue=&q=").await;
            assert_eq!(place, "/cases?state=waiting");
            assert_eq!(sent(world, &worker, "to=/cases&q=+&state=").await.1, "/cases");
            let (_, place) = sent(world, &worker, "to=/work-list&tab=others&q=%E8%B5%B5%E8%AF%95").await;
            assert!(place.starts_with("/work-list?tab=others&look="), "{place}");
            for to in ["https://example.org/", "//example.org", "/audit", "/exports"] {
                let (status, place) = sent(world, &worker, &format!("to={to}&q=zs")).await;
                assert_eq!((status, place.as_str()), (StatusCode::FORBIDDEN, ""), "{to}");
            }
            assert_eq!(sent(world, &doctor, "to=/people&q=zs").await.0, StatusCode::FORBIDDEN);
        })
        .await;
    }

    #[tokio::test]
    async fn another_accounts_search_and_an_altered_one_show_nothing() {
        TestSite::on_both(async |world| {
            let (worker, officer) =
                (world.account("referral_worker").await.1, world.account("civil_affairs_officer").await.1);
            for list in ["/people", "/cases", "/work-list", "/talent"] {
                let (_, place) = sent(world, &worker, &format!("to={list}&q=%E8%B5%B5%E8%AF%95")).await;
                assert_eq!(status(world, &worker, &place).await, StatusCode::OK, "{place}");
                assert_eq!(status(world, &officer, &place).await, StatusCode::CONFLICT, "{place}");
                let altered = format!("{place}00");
                assert_eq!(status(world, &worker, &altered).await, StatusCode::CONFLICT, "{altered}");
            }
            let (_, place) = sent(world, &worker, "to=/cases&q=%E8%B5%B5%E8%AF%95").await;
            for kind in ["csv", "xlsx"] {
                let file = place.replacen("/cases", &format!("/cases/export/{kind}"), 1);
                assert_eq!(status(world, &officer, &file).await, StatusCode::CONFLICT, "{file}");
            }
        })
        .await;
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
            let found = |list: &'static str| (StatusCode::SEE_OTHER, list.to_owned());
            for (role, words, expected) in [
                ("referral_worker", "S310115-2026-00001", (StatusCode::SEE_OTHER, own.clone())),
                ("referral_worker", "%20d310115-2026-00007%20", (StatusCode::SEE_OTHER, own.clone())),
                ("committee", "D310115-2026-00007", (StatusCode::SEE_OTHER, own)),
                ("referral_worker", "S310101-2026-00001", found("/people")),
                ("referral_worker", "%E8%B5%B5%26", found("/people")),
                ("health_officer", "D310115-2026-00007", found("/people")),
                ("health_officer", "zs", found("/people")),
                ("committee", "zs", found("/cases")),
                ("doctor", "1230", found("/cases")),
                ("supervisor", "zs", (StatusCode::FORBIDDEN, String::new())),
            ] {
                let (status, place) = sent(world, &cookies[role], &format!("q={words}")).await;
                let (list, look) = place.split_once("?look=").unwrap_or((&place, ""));
                assert_eq!((status, list.to_owned()), expected, "{role} {words}");
                let is_sealed = !look.is_empty() && look.bytes().all(|digit| digit.is_ascii_hexdigit());
                assert_eq!(is_sealed, ["/people", "/cases"].contains(&list), "{role} {place}");
            }
        })
        .await;
    }
}
