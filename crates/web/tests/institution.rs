//! The pages and the API of the two libraries, as each role meets them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App,
    account::{self, NewAccount},
    id::Id,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use common::{COUNTY, VILLAGE, app_on, engine::Place};
use tower::ServiceExt;

const CITY: i64 = 310_100_000_000;
const PASSWORD: &str = "Correct-horse-7";

struct TestSite {
    router: Router,
    app: App,
    county: Id,
    city: Id,
    house: Id,
    place: Place,
}

/// One who is signed in: the session's cookie and a bearer token.
struct Person {
    cookie: String,
    token: String,
}

impl TestSite {
    async fn on_sqlite() -> TestSite {
        TestSite::settle(Place::on_sqlite()).await
    }

    async fn on_postgres() -> Option<TestSite> {
        Some(TestSite::settle(Place::with_schema().await?).await)
    }

    async fn end(self) {
        self.place.end().await;
    }

    async fn settle(place: Place) -> TestSite {
        let app = app_on(&place).await;
        let mut tx = app.db.begin().await.unwrap();
        let mut add = async |kind: &str, name: &str, division: i64| {
            account::add_organisation(&app, &mut tx, kind, name, division).await.unwrap()
        };
        let county = add("civil_affairs", "浦东民政", COUNTY).await;
        let city = add("supervision", "市民政", CITY).await;
        let house = add("institution", "清河站", VILLAGE).await;
        tx.commit().await.unwrap();
        TestSite { router: web::site(app.clone()), app, county, city, house, place }
    }

    async fn person(&self, role: &str, organisation: Id, division: i64) -> Person {
        let new = NewAccount {
            username: role.to_owned(),
            name: "测试员".into(),
            password: PASSWORD.into(),
            role: role.into(),
            organisation,
            division: Some(division),
            person: None,
        };
        let mut tx = self.app.db.begin().await.unwrap();
        let id = account::add(&self.app, &mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let (_, secret) = account::sign_in(&self.app, role, PASSWORD).await.unwrap();
        let token = account::new_token(&self.app, id, "test", 1).await.unwrap();
        Person { cookie: format!("xinqiao_session={secret}"), token }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let to = response.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned());
        let bytes = to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, to.unwrap_or_default(), String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn get(&self, person: &Person, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::COOKIE, &person.cookie).body(Body::empty()).unwrap();
        let (status, _, text) = self.send(request).await;
        (status, text)
    }

    async fn post(&self, person: &Person, path: &str, form: &str) -> (StatusCode, String, String) {
        let request = Request::post(path)
            .header(header::COOKIE, &person.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.send(request).await
    }

    async fn api(
        &self,
        person: &Person,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> (StatusCode, serde_json::Value) {
        let request = match body {
            None => Request::get(path).header(header::AUTHORIZATION, format!("Bearer {}", person.token)),
            Some(_) => Request::post(path)
                .header(header::AUTHORIZATION, format!("Bearer {}", person.token))
                .header(header::CONTENT_TYPE, "application/json"),
        };
        let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
        let (status, _, text) = self.send(request.body(body).unwrap()).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }
}

fn credit_code() -> String {
    let first = "52990115M00000001";
    format!("{first}{}", rules::credit_code::check_character(first).unwrap())
}

fn profile() -> String {
    format!(
        "version=0&name=清河社区康复站&credit_code={}&kind=social_service&level=town_station&division={VILLAGE}\
         &address=清河路1号&contact=站长&phone=021-55550101&hours=周一至周五&promise_on=2026-01-05&services=S1\
         &services=S4&areas={COUNTY}",
        credit_code()
    )
}

on_both!(from_the_first_form_to_the_listing, TestSite, |site| {
    let manager = site.person("institution_manager", site.house, VILLAGE).await;
    let county = site.person("civil_affairs_officer", site.county, COUNTY).await;
    let city = site.person("supervisor", site.city, CITY).await;
    let (status, to, text) = site.post(&manager, "/institutions/new", &profile()).await;
    assert_eq!(
        (status, to.as_str()),
        (StatusCode::SEE_OTHER, format!("/institutions/{}", site.house).as_str()),
        "{text}"
    );
    let page = format!("/institutions/{}", site.house);
    let events = format!("{page}/events");
    let (status, text) = site.get(&manager, &page).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("提交初核") && text.contains("服药训练") && text.contains("0 / 0"), "{text}");
    assert!(!text.contains("初核通过"), "the county's action is not shown to the manager");
    for (person, form) in [
        (&manager, "version=1&name=submit"),
        (&county, "version=2&name=approve_county"),
        (&city, "version=3&name=confirm"),
        (&county, "version=4&name=contract&places=30&reference=合同1"),
        (&manager, "version=5&name=block&places=5&reason=装修"),
    ] {
        let (status, _, text) = site.post(person, &events, form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{form}: {text}");
    }
    let (_, text) = site.get(&city, &format!("{page}?lang=en")).await;
    for part in ["25 / 30", "Listed", "Listing confirmed", "0 → 5 · 装修", "Medication training"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (status, _, text) = site.post(&county, &events, "version=3&name=suspend&reason=整改").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.contains("他人刚刚作了更改") && text.contains("整改"), "what was typed is kept");
    let (status, _, text) =
        site.post(&county, &events, "version=6&name=contract&places=many&reference=x").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
    let (status, text) = site.get(&county, "/institutions?free=1&service=S4&near=310115110000").await;
    assert!(status == StatusCode::OK && text.contains("25 / 30") && text.contains("同乡镇"), "{text}");
    let (status, text) = site.get(&county, "/institutions/export?format=csv").await;
    assert!(status == StatusCode::OK && text.contains("清河社区康复站") && text.contains(&credit_code()));
});

on_both!(mistakes_are_told_beside_their_fields_and_input_is_kept, TestSite, |site| {
    let manager = site.person("institution_manager", site.house, VILLAGE).await;
    let wrong = "name=我的站&credit_code=123&kind=hotel&level=&division=99&phone=12&promise_on=2026-02-30";
    let (status, _, text) = site.post(&manager, "/institutions/new", wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "value=\"我的站\"",
        "value=\"2026-02-30\"",
        "href=\"#f-credit_code\"",
        "aria-describedby=\"p-credit_code h-credit_code\"",
        "id=\"p-phone\"",
        "id=\"p-promise_on\"",
        "aria-invalid=\"true\"",
        "信用代码应为 18 位",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
});

on_both!(each_role_reaches_only_its_own, TestSite, |site| {
    let manager = site.person("institution_manager", site.house, VILLAGE).await;
    site.post(&manager, "/institutions/new", &profile()).await;
    let page = format!("/institutions/{}", site.house);
    let (ok, hidden, no) = (StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::FORBIDDEN);
    // role, area, list, the draft's page, its form, a new record's form, talents
    let rows = [
        ("civil_affairs_officer", COUNTY, [ok, ok, ok, ok, ok]),
        ("referral_worker", COUNTY, [ok, ok, no, no, ok]),
        ("health_officer", COUNTY, [ok, ok, no, no, ok]),
        ("supervisor", CITY, [ok, ok, StatusCode::CONFLICT, no, ok]),
        ("doctor", COUNTY, [ok, hidden, no, no, no]),
        ("case_manager", COUNTY, [ok, hidden, no, no, ok]),
        ("client", COUNTY, [no, no, no, no, no]),
        ("committee", COUNTY, [no, no, no, no, no]),
        ("auditor", COUNTY, [no, no, no, no, no]),
        ("administrator", COUNTY, [no, no, no, no, no]),
        ("security_administrator", COUNTY, [no, no, no, no, no]),
    ];
    for (role, area, expected) in rows {
        let person = site.person(role, site.county, area).await;
        let paths = ["/institutions", &page, &format!("{page}/edit"), "/institutions/new", "/talent"];
        for (path, status) in paths.iter().zip(expected) {
            assert_eq!(site.get(&person, path).await.0, status, "{role} {path}");
        }
        let (status, _, _) = site.post(&person, &format!("{page}/events"), "version=1&name=submit").await;
        assert_ne!(status, StatusCode::SEE_OTHER, "{role} hands in for somebody else");
    }
    let nobody = Request::get("/institutions").body(Body::empty()).unwrap();
    let (status, to, _) = site.send(nobody).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/sign-in?next=/institutions"));
});

on_both!(programs_list_read_and_act, TestSite, |site| {
    let manager = site.person("institution_manager", site.house, VILLAGE).await;
    site.post(&manager, "/institutions/new", &profile()).await;
    let path = format!("/api/v1/institutions/{}", site.house);
    let (status, found) = site.api(&manager, &path, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&found["state"], &found["version"], &found["places"]["free"]),
        (&"draft".into(), &1.into(), &0.into())
    );
    assert!(found["actions"].as_array().unwrap().iter().any(|a| a["action"] == "submit"));
    let events = format!("{path}/events");
    let body = serde_json::json!({ "name": "submit", "version": 1 });
    let (status, found) = site.api(&manager, &events, Some(body.clone())).await;
    assert_eq!((status, &found["state"]), (StatusCode::OK, &"county_review".into()));
    let (status, problem) = site.api(&manager, &events, Some(body)).await;
    assert_eq!(
        (status, &problem["type"], &problem["version"]),
        (StatusCode::CONFLICT, &"changed".into(), &2.into())
    );
    let county = site.person("civil_affairs_officer", site.county, COUNTY).await;
    let body = serde_json::json!({ "name": "return", "data": { "reason": " " }, "version": 2 });
    let (status, problem) = site.api(&county, &events, Some(body)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &"reason_unknown".into()));
    let (status, list) = site.api(&county, "/api/v1/institutions?state=county_review", None).await;
    assert_eq!((status, &list["total"]), (StatusCode::OK, &1.into()));
    let client = site.person("client", site.county, COUNTY).await;
    assert_eq!(site.api(&client, "/api/v1/institutions", None).await.0, StatusCode::FORBIDDEN);
    let stranger = Person { cookie: String::new(), token: "xq_nothing".into() };
    assert_eq!(site.api(&stranger, &path, None).await.0, StatusCode::UNAUTHORIZED);
});

on_both!(a_talent_is_registered_and_the_number_stays_hidden, TestSite, |site| {
    let manager = site.person("institution_manager", site.house, VILLAGE).await;
    site.post(&manager, "/institutions/new", &profile()).await;
    let body = "99010119900101001";
    let number = format!("{body}{}", rules::identity_number::check_character(body).unwrap());
    let form =
        format!("name=周护士&identity_number={number}&profession=nurse&services=S1&pledge_on=2026-01-05");
    let (status, to, text) = site.post(&manager, "/talent/new", &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let (status, text) = site.get(&manager, &to).await;
    assert!(status == StatusCode::OK && text.contains("周护士") && !text.contains(&number), "{text}");
    let (status, _, text) = site.post(&manager, &format!("{to}/events"), "version=1&name=submit").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("证书名称：此项必填"), "{text}");
    let year = rules::clock::china_date(site.app.now()).year();
    let training = format!("version=1&name=train&year={year}&hours=15");
    let (status, _, _) = site.post(&manager, &format!("{to}/events"), &training).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, text) = site.get(&manager, &to).await;
    assert!(text.contains("还差 5 小时"), "{text}");
    let (_, place, _) = site.post(&manager, "/search", "to=/talent&q=zhs").await;
    let (status, text) = site.get(&manager, &place).await;
    assert!(status == StatusCode::OK && text.contains("周护士"));
    let wrong = form.replace("S1", "S6").replace(&number, "990101199001010011");
    let (status, _, text) = site.post(&manager, "/talent/new", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text.contains("该专业人员不能主持服务 S6") && text.contains("id=\"p-identity_number\""),
        "{text}"
    );
});
