//! Files beside a case: cleaned, sealed, handed out in a sandbox to those who see the plan, voided; on both databases. All persons are
//! invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::p;
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use common::{Answer, County};
use serde_json::json;

/// A picture as a camera makes it, with the place where it was taken.
fn photo() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker, high, low], content].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xE1, b"Exif\0\0GPSLatitude 31.2"),
        segment(0xDB, &vec![7; 60_000]),
        segment(0xDA, b"scan"),
        vec![1, 2, 3, 0xFF, 0xD9],
    ]
    .concat()
}

/// A form with these fields, written as in an address for the eye of the reader, and a file.
fn form(query: &str, content: &[u8]) -> Vec<u8> {
    let field = |name: &str, value: &str| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let fields: String = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| field(name, value))
        .collect();
    let file = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.exe\"\r\n\r\n";
    [fields.as_bytes(), file.as_bytes(), content, b"\r\n--cut--\r\n"].concat()
}

async fn send(county: &County, who: &str, case: &str, query: &str, content: Vec<u8>) -> Answer {
    let request = Request::post(format!("/api/v1/cases/{case}/files"))
        .header(header::AUTHORIZATION, format!("Bearer {}", county.token(who)))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
    county.send(request.body(Body::from(form(query, &content))).unwrap()).await
}

both!(a_file_is_cleaned_sealed_and_handed_out_in_a_sandbox, |county| {
    let case = county.at_state(1, "in_service").await;
    let key = |number: u128| format!("key={}&title=x", uuid::Uuid::from_u128(number));
    let consent = "name=测试甲&by=client&on=2026-03-02&way=paper";
    for (query, content, fields) in [
        (format!("{}&kind=picture", key(1)), photo(), vec!["name"]),
        (format!("{}&kind=moon", key(2)), photo(), vec!["kind"]),
        (format!("{}&kind=work", key(3)), b"GIF89a".to_vec(), vec!["file"]),
        (format!("{}&kind=work", key(4)), b"%PDF-1.7 /S /JavaScript %%EOF".to_vec(), vec!["file"]),
        (format!("{}&kind=work", key(5)), Vec::new(), vec!["file"]),
        (format!("{}&kind=work&session=x", key(6)), photo(), vec!["session"]),
        ("kind=work".to_owned(), photo(), vec!["key"]),
        (format!("{}&kind=work&who=x", key(9)), photo(), vec!["who"]),
    ] {
        let refused = send(county, "sunrise keeper", &case, &query, content).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, fields), "{query}");
    }
    let guardian = consent.replace("client", "guardian");
    let query = format!("{}&kind=picture&{guardian}", key(7));
    let refused = send(county, "sunrise keeper", &case, &query, photo()).await;
    assert_eq!(refused.code(), "plan_guardian_not_allowed", "somebody of full capacity agrees alone");
    let query = format!("{}&kind=picture&{consent}", key(8));
    let made = send(county, "sunrise keeper", &case, &query, photo()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    assert_eq!(send(county, "sunrise keeper", &case, &query, photo()).await.id(), made.id());
    assert_eq!(send(county, "harbour keeper", &case, &query, photo()).await.status, StatusCode::NOT_FOUND);
    // What lies in the database tells nothing.
    let pieces: Vec<(Vec<u8>,)> = county
        .app
        .db
        .all("SELECT content FROM attachment_part /* whole: a test looks */", p![])
        .await
        .unwrap();
    assert!(pieces.iter().all(|(piece,)| !piece.windows(8).any(|part| part == [7; 8])));
    let path = format!("/cases/{case}/files/{}", made.id());
    for who in ["harbour keeper", "harbour manager"] {
        assert_eq!(county.get(who, &format!("/api/v1{path}")).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let mut browser = county.browser("sunrise assessor").await;
    let answer = browser.answer("GET", &path, &[]).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((answer.status(), header("content-type").as_str()), (StatusCode::OK, "image/jpeg"));
    assert!(header("content-disposition").starts_with("attachment;"));
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let content = to_bytes(answer.into_body(), 1 << 22).await.unwrap();
    let text = String::from_utf8_lossy(&content);
    assert!(!text.contains("GPS") && content.len() > 60_000 && content.ends_with(&[1, 2, 3, 0xFF, 0xD9]));
    let void = county
        .post("sunrise keeper", &format!("/api/v1{path}/void"), &[], &json!({ "reason": "no_consent" }))
        .await;
    assert_eq!(void.json["files"][0]["voided"], true, "{}", void.json);
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
});

both!(a_file_belongs_to_a_session_of_the_case, |county| {
    let (case, other) = (county.at_state(1, "in_service").await, county.at_state(2, "in_service").await);
    county.on("2026-03-10");
    let held = async |key: u128, hour: u32, case: &str| {
        let entry = json!({ "key": uuid::Uuid::from_u128(key), "held": true, "service": "S4", "way": "W10", "place": "institution",
            "on": "2026-03-09", "start": format!("{hour:02}:00"), "end": format!("{:02}:00", hour + 1),
            "persons": [{ "case": case }] });
        let made = county.post("sunrise keeper", "/api/v1/care/sessions", &[], &entry).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
        made.json["ids"][0].as_str().unwrap().to_owned()
    };
    let (own, of_other) = (held(1, 9, &case).await, held(2, 11, &other).await);
    let add = async |number: u128, session: &str| {
        let key = uuid::Uuid::from_u128(number);
        let query = format!("key={key}&title=签到表&kind=paper&session={session}");
        send(county, "sunrise keeper", &case, &query, b"%PDF-1.4 %%EOF".to_vec()).await
    };
    // Neither a session of somebody else nor one that there is not.
    for nowhere in [&of_other, &case] {
        let refused = add(10, nowhere).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["session"]));
    }
    let made = add(10, &own).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let listed = county.get("sunrise assessor", &format!("/api/v1/cases/{case}/files")).await.json;
    let told: Vec<(&str, &str)> = listed["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["id"].as_str().unwrap(), file["session"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(made.id().as_str(), own.as_str())]);
    // From the session to the form, which knows it, and back.
    let mut keeper = county.browser("sunrise keeper").await;
    let path = format!("/cases/{case}/files?session={own}");
    keeper.get(&format!("/care/sessions/{own}")).await.has(&format!("href=\"{path}#add\""));
    keeper.get(&path).await.has(&format!("name=\"session\" value=\"{own}\""));
    keeper.get(&format!("/cases/{case}/files")).await.has(&format!("href=\"/care/sessions/{own}\""));
    // A session has room for twelve; one that was voided makes room.
    for number in 11..22 {
        assert_eq!(add(number, &own).await.status, StatusCode::CREATED, "{number}");
    }
    assert_eq!(add(22, &own).await.fields(), ["file"]);
    let void = format!("/api/v1/cases/{case}/files/{}/void", made.id());
    let voided = county.post("sunrise keeper", &void, &[], &json!({ "reason": "no_consent" })).await;
    assert_eq!(voided.status, StatusCode::OK, "{}", voided.json);
    assert_eq!(add(22, &own).await.status, StatusCode::CREATED);
});

both!(the_page_keeps_what_was_typed_and_takes_a_file, |county| {
    let case = county.at_state(1, "in_service").await;
    let mut keeper = county.browser("sunrise keeper").await;
    let path = format!("/cases/{case}/files");
    assert!(keeper.get(&format!("/cases/{case}")).await.text.contains(&path));
    let key = uuid::Uuid::from_u128(1).to_string();
    let fields = format!("key={key}&title=签到表原件&kind=paper");
    let cookie = keeper.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<String>();
    let post = async |content: &str| {
        let request = Request::post(&path)
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
            .body(Body::from(form(&fields, content.as_bytes())))
            .unwrap();
        common::world::seen(tower::ServiceExt::oneshot(keeper.site.clone(), request).await.unwrap()).await
    };
    let wrong = post("MZ").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("签到表原件") && wrong.text.contains("href=\"#file\""), "{}", wrong.text);
    let saved = post("%PDF-1.4 %%EOF").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let mut again = county.browser("sunrise keeper").await;
    assert!(again.get(&path).await.text.contains("签到表原件"));
});
