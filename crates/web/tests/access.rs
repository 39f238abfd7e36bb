//! Every route, tried by every role in its own organisation, in another of the same county, and in another county, on
//! records of the first, against the table of permissions. A route that needs a record this file does not know, or that
//! leaks by answer, length or work done whether somebody else's record exists, fails. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
#[path = "access/made.rs"]
mod made;
#[path = "access/routes.rs"]
mod routes;
#[path = "access/subjects.rs"]
mod subjects;

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use common::County;
use routes::{missing, query_of, sent_to};
use rules::account::Role;
use sha2::Digest;
use std::collections::BTreeMap;
use subjects::Subjects;
use tower::ServiceExt;
use web::{Needs, ROUTES, Route, UPLOADS, Who};

/// Who tries, by role: in the organisation that has the records, in another of the county, in another county.
const READERS: [(Role, &str, &str, &str); 15] = [
    (Role::Client, "client", "neighbour client", "far client"),
    (Role::AssistingSubject, "helper", "neighbour helper", "far helper"),
    (Role::Committee, "committee clerk", "neighbour clerk", "far clerk"),
    (Role::ReferralWorker, "worker", "second worker", "other worker"),
    (Role::CivilAffairsOfficer, "officer", "second officer", "far officer"),
    (Role::Doctor, "doctor", "neighbour doctor", "far doctor"),
    (Role::InstitutionManager, "sunrise manager", "harbour manager", "far manager"),
    (Role::CaseManager, "sunrise keeper", "harbour keeper", "far keeper"),
    (Role::Assessor, "sunrise assessor", "harbour assessor", "far assessor"),
    (Role::HealthOfficer, "health officer", "second health officer", "far health officer"),
    (Role::DpfOfficer, "federation officer", "second federation officer", "far federation officer"),
    (Role::Supervisor, "supervisor", "second supervisor", "far supervisor"),
    (Role::Auditor, "auditor", "second auditor", "far auditor"),
    (Role::Administrator, "administrator", "second administrator", "far administrator"),
    (Role::SecurityAdministrator, "security", "second security", "far security"),
];

/// What is answered: status, the headers that tell of a body, the body.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    status: u16,
    location: String,
    body: String,
    /// Statements that were sent to the database.
    work: u64,
}

/// A county with readers of every role, and how they are known to the site.
struct Place {
    county: County,
    cookies: BTreeMap<&'static str, String>,
    site: axum::Router,
}

impl Place {
    async fn new(mut county: County) -> Place {
        subjects::people_the(&mut county).await;
        // Another identity provider, so that its pages are there; nobody asks it.
        let provider = web::Provider::new(web::ProviderSettings {
            issuer: "https://id.example".to_owned(),
            redirect_origin: "https://xinqiao.example".to_owned(),
            ..web::ProviderSettings::default()
        });
        let settings = web::Settings {
            provider: Some(provider.unwrap()),
            bounding: web::Bounding::Off,
            ..web::Settings::default()
        };
        let site = web::site_with(county.app.at(county.at), settings);
        let mut place = Place { county, cookies: BTreeMap::new(), site };
        for who in READERS.iter().flat_map(|(_, own, neighbour, far)| [*own, *neighbour, *far]) {
            place.session(who).await;
        }
        place
    }

    async fn on_sqlite() -> Place {
        Place::new(County::on_sqlite().await).await
    }

    async fn on_postgres() -> Option<Place> {
        Some(Place::new(County::on_postgres().await?).await)
    }

    async fn end(self) {
        self.county.end().await;
    }

    /// A session without the password: hashing forty of them would take longer than the test.
    async fn session(&mut self, who: &'static str) {
        let secret = format!("session-of-{}", who.replace(' ', "-"));
        let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at) VALUES ($1, $2, $3, $3)";
        let args =
            app::p![sha2::Sha256::digest(secret.as_bytes()).to_vec(), self.county.ids[who], self.county.at];
        self.county.app.db.run(sql, args).await.unwrap();
        self.cookies.insert(who, format!("xinqiao_session={secret}"));
    }

    /// The address with its search sealed for the reader, as a search box leads to it, and the sealed words.
    async fn sealed(&self, who: &str, address: &str) -> (String, String) {
        let Some((path, words)) = address.split_once("?look=") else {
            return (address.to_owned(), String::new());
        };
        let app = self.county.app.at(self.county.at);
        let words = routes::read(words);
        let look = app::search::hide(&app, &self.county.scope(who).await, &words).unwrap();
        (format!("{path}?look={look}"), look)
    }

    /// Entries of the log that tell of what somebody did.
    async fn entries(&self, who: &str) -> i64 {
        let sql = "SELECT COUNT(*) FROM audit WHERE account_id = $1";
        self.county.app.db.opt::<(i64,)>(sql, app::p![self.county.ids[who]]).await.unwrap().unwrap().0
    }

    async fn ask(&self, who: &str, (method, path, kind, _): &Route, address: &str) -> Seen {
        let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(address);
        request = match kind {
            Who::Program => request.header("authorization", format!("Bearer {}", self.county.token(who))),
            _ => request.header(header::COOKIE, &self.cookies[who]),
        };
        let body = if *method == "post" {
            let (content, body) = sent_to(path, *kind);
            request = request.header(header::CONTENT_TYPE, content);
            Body::from(body)
        } else {
            Body::empty()
        };
        let before = self.county.app.db.statements();
        let answer = self.site.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), 8 << 20).await.unwrap();
        let text =
            |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        Seen {
            status,
            location: text(header::LOCATION),
            body: String::from_utf8_lossy(&bytes).into_owned(),
            work: self.county.app.db.statements() - before,
        }
    }
}

/// Routes for those who signed in.
fn closed() -> impl Iterator<Item = (&'static Route, Needs)> {
    ROUTES.iter().chain(UPLOADS).filter_map(|route| Some((route, route.3?)))
}

#[test]
fn every_route_but_those_for_anyone_says_what_it_needs() {
    for (method, path, who, needs) in ROUTES.iter().chain(UPLOADS) {
        assert_eq!(needs.is_none(), *who == Who::Anyone, "{method} {path}");
    }
}

on_both!(who_is_not_permitted_is_turned_away_whatever_is_asked_for, Place, |place| {
    let subjects = Subjects::make(&mut place.county).await;
    let mut faults = Vec::new();
    for (route, Needs(deed, subject)) in closed() {
        for (role, own, ..) in READERS.into_iter().filter(|(role, ..)| !role.may(deed, subject)) {
            let existing = place.ask(own, route, &subjects.address(route, role)).await;
            let absent = place.ask(own, route, &missing(route)).await;
            let what = format!("{role:?} {} {}", route.0, route.1);
            if existing.status != 403 {
                faults.push(format!("{what}: {} {}", existing.status, existing.location));
            }
            if same(&existing, &subjects, role) != same(&absent, &subjects, role) {
                faults.push(format!("{what}: tells whether it exists"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
});

on_both!(what_is_somebody_elses_looks_as_if_it_did_not_exist, Place, |place| {
    let subjects = Subjects::make(&mut place.county).await;
    // The first entry of a home begins its chain in the log, which costs more than those that follow.
    let refused = ("post", "/api/v1/cases/{id}/events", Who::Program, None);
    place.ask("worker", &refused, &missing(&refused)).await;
    let mut faults = Vec::new();
    for (route, Needs(deed, subject)) in closed().filter(|(route, _)| route.1.contains("{id}")) {
        for (role, _, neighbour, far) in READERS.into_iter().filter(|(role, ..)| role.may(deed, subject)) {
            let neighbour = routes::belongs_to_an_organisation(route, role).then_some(neighbour);
            let far = (!routes::is_public(route, role)).then_some(far);
            for who in [far, neighbour].into_iter().flatten() {
                let theirs = place.ask(who, route, &subjects.address(route, role)).await;
                let absent = place.ask(who, route, &missing(route)).await;
                let what = format!("{who} {} {}", route.0, route.1);
                let refusal = routes::refusal(route, role);
                if theirs.status != refusal {
                    faults.push(format!("{what}: {} {} for {refusal}", theirs.status, theirs.location));
                }
                if same(&theirs, &subjects, role) != same(&absent, &subjects, role) {
                    faults
                        .push(format!("{what}: the answer differs, {} and {}", theirs.status, absent.status));
                }
                if theirs.work != absent.work {
                    faults.push(format!("{what}: {} and {} statements", theirs.work, absent.work));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
});

on_both!(what_is_permitted_opens_for_those_whose_record_it_is, Place, |place| {
    let subjects = Subjects::make(&mut place.county).await;
    let mut faults = Vec::new();
    for (route, Needs(deed, subject)) in closed().filter(|(route, _)| route.0 == "get") {
        for (role, own, ..) in READERS.into_iter().filter(|(role, ..)| role.may(deed, subject)) {
            let seen = place.ask(own, route, &subjects.address(route, role)).await;
            let expected = routes::expected(route, role);
            if seen.status != expected {
                faults.push(format!("{role:?} {}: {} for {expected}", route.1, seen.status));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
});

on_both!(whoever_opens_what_is_about_persons_is_in_the_log, Place, |place| {
    let subjects = Subjects::make(&mut place.county).await;
    let mut faults = Vec::new();
    let mut opened = 0;
    for (route, Needs(deed, subject)) in closed().filter(|(route, needs)| {
        (route.0 == "get" || route.1.ends_with("s/search")) && routes::is_about_persons(route, needs.1)
    }) {
        for (role, own, ..) in READERS.into_iter().filter(|(role, ..)| role.may(deed, subject)) {
            let before = place.entries(own).await;
            let seen = place.ask(own, route, &subjects.address(route, role)).await;
            if seen.status != 200 {
                continue;
            }
            opened += 1;
            if place.entries(own).await == before {
                faults.push(format!("{role:?} {} {}", route.0, route.1));
            }
        }
    }
    assert!(faults.is_empty() && opened > 100, "{opened} opened; not in the log: {faults:#?}");
});

on_both!(no_list_count_or_search_of_another_county_changes_with_what_is_here, Place, |place| {
    let mut before = Vec::new();
    for round in 0..2 {
        if round == 1 {
            Subjects::make(&mut place.county).await;
        }
        let mut at = 0;
        let looks = |route: &Route| route.0 == "get" || route.1.ends_with("s/search");
        for (route, Needs(deed, subject)) in closed().filter(|(route, _)| looks(route)) {
            for address in query_of(route) {
                for (.., far) in READERS.into_iter().filter(|(role, ..)| role.may(deed, subject)) {
                    let (asked, sealed) = place.sealed(far, &address).await;
                    let seen = place.ask(far, route, &asked).await;
                    // Sealed anew each time, the same words look different.
                    let body =
                        if sealed.is_empty() { seen.body } else { seen.body.replace(&sealed, "sealed") };
                    let seen = routes::without_own_log(route, &address, seen.status, &body);
                    if round == 0 {
                        before.push(seen);
                        continue;
                    }
                    assert_eq!(before[at], seen, "{far} {address}");
                    at += 1;
                }
            }
        }
    }
    assert!(before.len() > 200, "{}", before.len());
});

on_both!(a_number_that_is_in_another_county_costs_as_much_as_one_that_is_nowhere, Place, |place| {
    Subjects::make(&mut place.county).await;
    let number = |sequence: u32| {
        let body = format!("99010119800203{sequence:03}");
        format!("{body}{}", rules::identity_number::check_character(&body).unwrap())
    };
    for (there, nowhere) in [
        (number(1), number(7)),
        (format!("{}62", number(1)), format!("{}62", number(7))),
        ("13900001234".to_owned(), "13900001239".to_owned()),
    ] {
        let mut told = Vec::new();
        // The first entry of a home begins its chain in the log, which costs more than those that follow.
        place.county.search("other worker", "nobody").await;
        for q in [&there, &nowhere] {
            let own = place.county.search("worker", q).await;
            assert_eq!(own.0.is_empty(), *q == nowhere, "{q} {own:?}");
            let (found, work) = place.county.search("other worker", q).await;
            assert!(found.is_empty(), "{q}");
            told.push(work);
        }
        assert_eq!(told[0], told[1], "{there} is told from {nowhere} by the work done");
    }
});

/// An answer without the address that was asked for, which it may repeat.
fn same(seen: &Seen, subjects: &Subjects, role: Role) -> (u16, String, String) {
    (seen.status, subjects.forget(&seen.location, role), subjects.forget(&seen.body, role))
}
