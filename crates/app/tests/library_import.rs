//! Lists of institutions and of talent: checked, taken in, reported, taken back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error,
    id::Id,
    import::{self, Keep, Layout, NewImport, Summary},
    institution::{self, Action, LibraryEvent, ProfileEntry},
    scope::{Area, Scope},
    talent,
};
use common::{VILLAGE, csv, number, somebody};
use rules::{account::Role, import::Mapping, institution::library::LibraryState};

fn county() -> Scope {
    somebody(Role::CivilAffairsOfficer)
}

/// A valid credit code that belongs to nobody.
fn credit_code(number: u32) -> String {
    let first = format!("52990115M{number:08}");
    format!("{first}{}", rules::credit_code::check_character(&first).unwrap())
}

const HEAD: [&str; 8] =
    ["机构名称", "统一社会信用代码", "机构性质", "机构层级", "所在地", "联系电话", "服务项目", "签约名额"];

fn row<'a>(name: &'a str, code: &'a str, place: &'a str, phone: &'a str, places: &'a str) -> [&'a str; 8] {
    [name, code, "社会服务机构", "乡镇（街道）站", place, phone, "服药训练、生活技能训练", places]
}

fn list(rows: &[[&str; 8]]) -> Vec<u8> {
    let mut all: Vec<&[&str]> = vec![&HEAD];
    all.extend(rows.iter().map(|r| r.as_slice()));
    csv(&all)
}

async fn send(app: &App, scope: &Scope, kind: &str, bytes: &[u8]) -> (Id, Summary) {
    let new = NewImport { kind, sender: "示例县民政局", file_name: "名单.csv" };
    let id = import::stage(app, scope, &new, bytes).await.unwrap();
    let summary = import::check(app, scope, id).await.unwrap();
    (id, summary)
}

async fn apply(app: &App, id: Id, valid: bool) -> Result<Summary, Error> {
    let version = import::get(app, &county(), id).await.unwrap().version;
    import::apply(app, &county(), id, version, Keep { valid, unverified: false }).await
}

async fn take(app: &App, kind: &str, bytes: &[u8]) -> (Id, Summary) {
    let (id, _) = send(app, &county(), kind, bytes).await;
    (id, apply(app, id, true).await.unwrap())
}

async fn undo(app: &App, id: Id) -> Summary {
    let version = import::get(app, &county(), id).await.unwrap().version;
    import::undo(app, &county(), id, version).await.unwrap();
    let undone = import::get(app, &county(), id).await.unwrap();
    assert_eq!(undone.state, "undone");
    undone.summary().unwrap()
}

async fn all(app: &App) -> Vec<institution::list::Line> {
    let filter = institution::list::Filter::default();
    institution::list::page(app, &county(), &filter).await.unwrap().lines
}

async fn of_code(app: &App, code: &str) -> institution::Institution {
    let line = all(app).await.into_iter().find(|line| line.credit_code == code).unwrap();
    institution::get(app, &county(), line.id).await.unwrap()
}

fn outcome(summary: &Summary) -> (u64, u64, u64, u64, u64) {
    (summary.new, summary.changed, summary.unchanged, summary.doubles, summary.invalid)
}

both!(a_list_of_institutions_is_checked_taken_in_and_updated, |app| {
    let codes = [credit_code(1), credit_code(2)];
    let village = VILLAGE.to_string();
    let first = list(&[
        row("清河社区康复站", &codes[0], &village, "021-55550101", "30"),
        row("清溪社区康复站", &codes[1], &village, "021-55550102", ""),
    ]);
    let (id, summary) = send(app, &county(), "institution", &first).await;
    assert_eq!(outcome(&summary), (2, 0, 0, 0, 0), "{:?}", summary.faulty);
    assert!(all(app).await.is_empty(), "a check changes nothing");
    assert_eq!(outcome(&apply(app, id, false).await.unwrap()), (2, 0, 0, 0, 0));
    let stored = of_code(app, &codes[0]).await;
    assert_eq!((stored.entry.state, stored.places.contracted), (LibraryState::Draft, 30));
    assert_eq!(stored.profile.services, ["S1", "S4"]);

    // What a cell leaves empty stays as it is.
    let second = csv(&[
        &["信用代码", "电话"],
        &[&codes[0], "13800138000"],
        &[&codes[1], "021-55550102"],
        &[&codes[1], "021-55550102"],
    ]);
    let (id, summary) = send(app, &county(), "institution", &second).await;
    assert_eq!(outcome(&summary), (0, 1, 1, 1, 0), "{:?}", summary.faulty);
    apply(app, id, false).await.unwrap();
    let stored = of_code(app, &codes[0]).await;
    assert_eq!(
        (stored.profile.phone.as_str(), stored.profile.name.as_str()),
        ("13800138000", "清河社区康复站")
    );
});

both!(an_empty_choice_is_told_as_required_and_a_wrong_one_as_unknown, |app| {
    let (codes, village) = ([credit_code(1), credit_code(2)], VILLAGE.to_string());
    let empty = ["清河社区康复站", &codes[0], "", " ", &village, "", "", ""];
    let wrong = ["清溪社区康复站", &codes[1], "旅馆", "宫殿", &village, "", "", ""];
    let (_, summary) = send(app, &county(), "institution", &list(&[empty, wrong])).await;
    let told: Vec<Vec<(&str, &str)>> = summary
        .faulty
        .iter()
        .map(|row| row.troubles.iter().map(|t| (t.field.as_str(), t.code.as_str())).collect())
        .collect();
    let both = |code| vec![("kind", code), ("level", code)];
    assert_eq!(told, [both("required"), both("unknown_choice")]);
});

both!(every_faulty_row_is_told_and_the_good_ones_can_be_kept, |app| {
    let (good, other) = (credit_code(1), credit_code(2));
    let mut mistyped = credit_code(3);
    mistyped.replace_range(17..18, if mistyped.ends_with('0') { "1" } else { "0" });
    let village = VILLAGE.to_string();
    let rows = [
        row("清河社区康复站", &good, &village, "021-55550101", "30"),
        row("", &mistyped, "110101001001", "12", "-3"),
        row("别家", &good, &village, "", ""),
        row("远方康复站", &other, "110101001001", "", ""),
    ];
    let bytes = list(&rows);
    let (id, summary) = send(app, &county(), "institution", &bytes).await;
    assert_eq!(outcome(&summary), (1, 0, 0, 0, 3));
    for finding in
        ["credit_code:credit_code.check_character", "credit_code:repeated", "division:division.outside"]
    {
        assert!(summary.findings.contains_key(finding), "{finding}: {:?}", summary.findings);
    }
    assert!(matches!(apply(app, id, false).await, Err(Error::Refused(r)) if r.code == "bad_rows"));
    assert!(all(app).await.is_empty());
    assert_eq!(outcome(&apply(app, id, true).await.unwrap()), (1, 0, 0, 0, 3));
    assert_eq!(all(app).await.len(), 1);

    let words = |code: &str, values: &[String]| format!("{code}{}", values.join("|"));
    let report = import::report(app, &county(), id, Layout::Csv, words).await.unwrap();
    let report = String::from_utf8(report).unwrap();
    let lines: Vec<&str> = report.lines().collect();
    for (line, said) in
        [(1, "result.new"), (2, "credit_code.check_character"), (3, "repeated2"), (4, "division.outside")]
    {
        assert!(lines[line].contains(said), "{line}: {}", lines[line]);
    }
    let (_, again) = send(app, &county(), "institution", report.as_bytes()).await;
    assert_eq!((again.unchanged, again.invalid), (1, 3), "the report can be corrected and sent in again");
});

both!(what_is_under_review_is_not_overwritten, |app| {
    let code = credit_code(1);
    let entry = ProfileEntry {
        name: "清河社区康复站".into(),
        credit_code: code.clone(),
        kind: "social_service".into(),
        level: "town_station".into(),
        division: VILLAGE.to_string(),
        address: "清河路1号".into(),
        contact: "站长".into(),
        phone: "021-55550101".into(),
        hours: "周一至周五".into(),
        promise_on: "2026-01-05".into(),
        services: vec!["S1".into()],
        areas: VILLAGE.to_string(),
        ..ProfileEntry::default()
    };
    let mut tx = app.db.begin().await.unwrap();
    let house = app::account::add_organisation(app, &mut tx, "institution", "清河", VILLAGE).await.unwrap();
    tx.commit().await.unwrap();
    let owner = Scope { organisation: house, ..somebody(Role::InstitutionManager) };
    let id = institution::begin(app, &owner, &entry).await.unwrap();
    institution::act(app, &owner, id, 1, &Action::Submit).await.unwrap();
    let bytes = csv(&[&["信用代码", "电话"], &[&code, "13800138000"]]);
    let (_, summary) = send(app, &county(), "institution", &bytes).await;
    assert_eq!(summary.invalid, 1);
    assert!(summary.findings.contains_key("credit_code:record_locked"), "{:?}", summary.findings);
});

both!(a_list_is_taken_back_as_a_whole, |app| {
    let (old, new) = (credit_code(1), credit_code(2));
    let village = VILLAGE.to_string();
    take(app, "institution", &list(&[row("清河社区康复站", &old, &village, "021-55550101", "30")])).await;
    let second = list(&[
        row("清河康复中心", &old, &village, "13800138000", ""),
        row("清溪社区康复站", &new, &village, "021-55550102", "12"),
    ]);
    let (id, summary) = take(app, "institution", &second).await;
    assert_eq!(outcome(&summary), (1, 1, 0, 0, 0));
    // Meanwhile somebody corrects one of the two fields by hand: that stays.
    let changed = of_code(app, &old).await;
    let entry = ProfileEntry { phone: "13900139000".into(), ..changed.profile.entry() };
    institution::save(app, &county(), changed.id, changed.version, &entry).await.unwrap();
    assert_eq!(undo(app, id).await.kept, 1, "one row could not be taken back as a whole");
    let stored = of_code(app, &old).await;
    assert_eq!(
        (stored.profile.name.as_str(), stored.profile.phone.as_str()),
        ("清河社区康复站", "13900139000")
    );
    let gone = of_code(app, &new).await;
    assert_eq!(gone.entry.state, LibraryState::TakenBack);
    let past = institution::history(app, &county(), &gone).await.unwrap();
    assert!(matches!(past[0].event, LibraryEvent::TakenBack { import } if import == id));
    let mut entry = institution::library::blank(gone.id.0, gone.id.0);
    past.iter().rev().for_each(|p| institution::library::apply(&mut entry, &p.event));
    assert_eq!(entry, gone.entry, "the record is the fold of its events");

    // The corrected list begins the record once more, as a draft with the places that it now says.
    let third = list(&[row("清溪社区康复站", &new, &village, "021-55550102", "15")]);
    let (id, summary) = take(app, "institution", &third).await;
    assert_eq!(outcome(&summary), (1, 0, 0, 0, 0));
    let again = of_code(app, &new).await;
    assert_eq!((again.id, again.entry.state, again.places.contracted), (gone.id, LibraryState::Draft, 15));
    assert_eq!(undo(app, id).await.kept, 0);
    assert_eq!(of_code(app, &new).await.entry.state, LibraryState::TakenBack);
});

both!(a_draft_that_somebody_went_on_with_stays, |app| {
    let code = credit_code(1);
    let bytes = list(&[row("清河社区康复站", &code, &VILLAGE.to_string(), "021-55550101", "30")]);
    let (id, _) = take(app, "institution", &bytes).await;
    let begun = of_code(app, &code).await;
    let entry = ProfileEntry { address: "清河路1号".into(), ..begun.profile.entry() };
    institution::save(app, &county(), begun.id, begun.version, &entry).await.unwrap();
    assert_eq!(undo(app, id).await.kept, 1);
    assert_eq!(of_code(app, &code).await.entry.state, LibraryState::Draft);
});

both!(a_list_of_talent_names_persons_institutions_and_places, |app| {
    let code = credit_code(1);
    let house = list(&[row("清河社区康复站", &code, &VILLAGE.to_string(), "021-55550101", "30")]);
    take(app, "institution", &house).await;
    let (nurse, social) = (number("1990-01-01", 11), number("1985-02-03", 22));
    let head =
        ["姓名", "身份证号", "专业", "证书名称", "证书编号", "机构信用代码", "服务地区划代码", "服务项目"];
    let bytes = csv(&[
        &head,
        &["周护士", &nurse, "护士", "护士执业证书", "2020-1", &code, "", "服药训练"],
        &["吴社工", &social, "社工", "", "", "", "浦东新区", "S4"],
        &["郑错", "990101199001011231", "面包师", "", "", "", "浦东新区", ""],
    ]);
    let (id, summary) = send(app, &county(), "talent", &bytes).await;
    assert_eq!(outcome(&summary), (2, 0, 0, 0, 1), "{:?}", summary.faulty);
    assert_eq!(summary.faulty[0].troubles.len(), 2, "{:?}", summary.faulty);
    apply(app, id, true).await.unwrap();
    let filter = talent::list::Filter::default();
    let lines = talent::list::page(app, &county(), &filter).await.unwrap().lines;
    assert_eq!(lines.len(), 2);
    let (_, again) = send(app, &county(), "talent", &bytes).await;
    assert_eq!((again.unchanged, again.invalid), (2, 1));
    assert_eq!(undo(app, id).await.kept, 0);
    for line in &lines {
        let stored = talent::get(app, &county(), line.id).await.unwrap();
        assert_eq!(stored.entry.state, LibraryState::TakenBack);
    }
});

both!(the_templates_can_be_sent_in_and_columns_are_remembered, |app| {
    for kind in ["institution", "talent"] {
        for chinese in [true, false] {
            let template = import::template(rules::import::kind(kind).unwrap(), chinese, "示例").unwrap();
            let (_, summary) = send(app, &county(), kind, &template).await;
            assert_eq!((summary.rows, summary.new, summary.invalid), (1, 1, 0), "{:?}", summary.faulty);
        }
    }
    let code = credit_code(1);
    let bytes = csv(&[&["单位", "编码"], &["清河社区康复站", &code]]);
    let (id, summary) = send(app, &county(), "institution", &bytes).await;
    assert_eq!(summary.heading.unwrap().missing, ["credit_code"]);
    let mapping = Mapping::from([
        ("编码".to_owned(), "credit_code".to_owned()),
        ("单位".to_owned(), "name".to_owned()),
    ]);
    let version = import::get(app, &county(), id).await.unwrap().version;
    import::map(app, &county(), id, version, &mapping).await.unwrap();
    let (_, next) = send(app, &county(), "institution", &bytes).await;
    assert!(next.heading.unwrap().missing.is_empty(), "the next list of the sender needs no choice");
    assert_eq!(next.invalid, 1, "a new record needs its kind, level and division");
});

both!(lists_of_others_take_no_room_on_a_page, |app| {
    let stage = async |role: Role, kind: &str| {
        let new = NewImport { kind, sender: "某局", file_name: "x.csv" };
        import::stage(app, &somebody(role), &new, b"a,b\n1,2\n").await.unwrap()
    };
    let own = stage(Role::HealthOfficer, "smd").await;
    for _ in 0..import::PAGE {
        stage(Role::CivilAffairsOfficer, "institution").await;
    }
    let seen = import::list(app, &somebody(Role::HealthOfficer), None).await.unwrap();
    assert_eq!(seen.iter().map(|import| import.id).collect::<Vec<_>>(), [own]);
});

both!(only_civil_affairs_fills_the_libraries, |app| {
    let bytes = list(&[]);
    for (role, allowed) in [
        (Role::CivilAffairsOfficer, true),
        (Role::System, true),
        (Role::ReferralWorker, false),
        (Role::HealthOfficer, false),
        (Role::DpfOfficer, false),
        (Role::InstitutionManager, false),
        (Role::Administrator, false),
    ] {
        for kind in ["institution", "talent"] {
            let new = NewImport { kind, sender: "某局", file_name: "x.csv" };
            let sent = import::stage(app, &somebody(role), &new, &bytes).await;
            assert_eq!(sent.is_ok(), allowed, "{role:?} {kind}");
        }
    }
    let code = credit_code(1);
    let one = list(&[row("清河社区康复站", &code, &VILLAGE.to_string(), "021-55550101", "30")]);
    take(app, "institution", &one).await;
    let far = Scope { area: Area::of(110_000_000_000), division: 110_000_000_000, ..county() };
    let change = csv(&[&["信用代码", "电话"], &[&code, "13800138000"]]);
    let (_, summary) = send(app, &far, "institution", &change).await;
    assert!(summary.findings.contains_key("credit_code:institution_elsewhere"), "{:?}", summary.findings);
});

both!(a_run_that_was_cut_off_is_taken_back_at_the_next_start, |app| {
    let code = credit_code(1);
    let bytes = list(&[row("清河社区康复站", &code, &VILLAGE.to_string(), "021-55550101", "30")]);
    let (id, _) = take(app, "institution", &bytes).await;
    app.db.run("UPDATE import SET state = 'running' WHERE id = $1", app::p![id]).await.unwrap();
    assert_eq!(import::recover(app).await.unwrap(), [id]);
    assert_eq!(of_code(app, &code).await.entry.state, LibraryState::TakenBack);
    let after = import::get(app, &county(), id).await.unwrap();
    assert_eq!((after.state.as_str(), after.failure.as_deref()), ("failed", Some("cut_off")));
});
