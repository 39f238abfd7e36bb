//! The library of service institutions and that of talents, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error, account, atomic,
    id::Id,
    institution::{self, Action, ImportRow, Imported, LibraryEvent, ProfileEntry, library, list},
    scope::{Area, Scope},
    talent::{self, TalentEntry, TalentRow},
};
use common::{COUNTY, VILLAGE, number, somebody};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rules::{
    account::Role,
    institution::library::LibraryState,
    referral::{Hold, Place, PlaceChange},
};

const CITY: i64 = 310_100_000_000;
const START: &str = "2026-03-02T02:00:00Z";

fn at(app: &App, days: i64) -> App {
    let start: Timestamp = START.parse().unwrap();
    let later = start.to_zoned(TimeZone::UTC).checked_add(days.days()).unwrap();
    app.at(later.timestamp())
}

/// A valid credit code that belongs to nobody.
fn credit_code(number: u32) -> String {
    let first = format!("52990115M{number:08}");
    format!("{first}{}", rules::credit_code::check_character(&first).unwrap())
}

fn profile(number: u32) -> ProfileEntry {
    ProfileEntry {
        name: format!("清河社区康复站{number}"),
        credit_code: credit_code(number),
        kind: "social_service".into(),
        level: "town_station".into(),
        division: VILLAGE.to_string(),
        address: "清河路1号".into(),
        contact: "站长".into(),
        phone: "021-55550101".into(),
        hours: "周一至周五".into(),
        promise_on: "2026-01-05".into(),
        services: vec!["S1".into(), "S4".into()],
        areas: COUNTY.to_string(),
        ..ProfileEntry::default()
    }
}

/// A manager with an organisation of its own.
async fn manager(app: &App, name: &str) -> Scope {
    let mut tx = app.db.begin().await.unwrap();
    let organisation = account::add_organisation(app, &mut tx, "institution", name, VILLAGE).await.unwrap();
    tx.commit().await.unwrap();
    Scope { organisation, ..somebody(Role::InstitutionManager) }
}

fn county() -> Scope {
    somebody(Role::CivilAffairsOfficer)
}

fn city() -> Scope {
    Scope { area: Area::of(CITY), division: CITY, ..somebody(Role::Supervisor) }
}

fn code(error: Error) -> String {
    match error {
        Error::Refused(refusal) => refusal.code,
        Error::Invalid(problems) => format!("invalid {}", problems[0].field),
        Error::NotFound => "not_found".into(),
        Error::Forbidden => "forbidden".into(),
        Error::Changed { .. } => "changed".into(),
        other => panic!("{other}"),
    }
}

async fn act(app: &App, scope: &Scope, id: Id, action: Action) -> Result<i64, String> {
    let version = institution::get(app, &Scope::system(), id).await.unwrap().version;
    institution::act(app, scope, id, version, &action).await.map_err(code)
}

async fn state(app: &App, id: Id) -> LibraryState {
    institution::get(app, &Scope::system(), id).await.unwrap().entry.state
}

/// A listed institution with places, its manager, and the county officer who approved.
async fn listed(app: &App, number: u32, places: u32) -> (Id, Scope) {
    let owner = manager(app, &format!("机构{number}")).await;
    let id = institution::begin(app, &owner, &profile(number)).await.unwrap();
    act(app, &owner, id, Action::Submit).await.unwrap();
    act(app, &county(), id, Action::ApproveCounty).await.unwrap();
    act(app, &city(), id, Action::Confirm).await.unwrap();
    act(app, &county(), id, Action::Contract { places, reference: "合同1".into() }).await.unwrap();
    (id, owner)
}

fn words(text: &str) -> String {
    text.to_owned()
}

both!(the_full_life_of_a_record, |app| {
    let app = at(app, 0);
    let owner = manager(&app, "清河").await;
    let id = institution::begin(&app, &owner, &profile(1)).await.unwrap();
    assert_eq!(id, owner.organisation, "institution and organisation share the identifier");
    let steps = [
        (&owner, Action::Submit, LibraryState::CountyReview),
        (&county(), Action::Return { reason: words("缺执照") }, LibraryState::Returned),
        (&owner, Action::Submit, LibraryState::CountyReview),
        (&county(), Action::ApproveCounty, LibraryState::CityConfirm),
        (&city(), Action::Confirm, LibraryState::Listed),
        (&county(), Action::Suspend { reason: words("整改") }, LibraryState::Suspended),
        (&county(), Action::Resume, LibraryState::Listed),
        (&county(), Action::Announce { reason: words("虚假记录") }, LibraryState::UnderNotice),
        (&owner, Action::State { text: words("已改正") }, LibraryState::UnderNotice),
        (&city(), Action::Keep, LibraryState::Listed),
        (&county(), Action::Announce { reason: words("再次虚假") }, LibraryState::UnderNotice),
    ];
    for (scope, action, expected) in steps {
        act(&app, scope, id, action.clone()).await.unwrap_or_else(|code| panic!("{action:?}: {code}"));
        assert_eq!(state(&app, id).await, expected, "{action:?}");
    }
    assert_eq!(act(&app, &city(), id, Action::Remove).await, Err(words("defence_open")));
    let later = at(&app, 30);
    act(&later, &city(), id, Action::Remove).await.unwrap();
    assert_eq!(state(&app, id).await, LibraryState::Removed);

    // Replaying the events gives the record.
    let stored = institution::get(&app, &Scope::system(), id).await.unwrap();
    let past = institution::history(&app, &owner, &stored).await.unwrap();
    let mut entry = library::blank(id.0, id.0);
    for (event, number) in past.iter().rev().zip(1..) {
        assert_eq!(event.sequence, number);
        library::apply(&mut entry, &event.event);
    }
    assert_eq!(entry, stored.entry);
    assert_eq!(i64::try_from(entry.version).unwrap(), stored.version);
    let statements = past.iter().filter(|p| matches!(p.event, LibraryEvent::Statement { .. })).count();
    assert_eq!(statements, 1);
    let logged: Vec<(i64,)> = app
        .db
        .all("SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE subject_id = $1", app::p![id])
        .await
        .unwrap();
    assert_eq!(logged[0].0, 13, "begun, eleven steps, and the removal");
    // Open offers are taken back when a listing ends: suspended once, removed once.
    let jobs: Vec<(i64,)> =
        app.db.all("SELECT COUNT(*) FROM job WHERE kind = 'reroute_offers'", app::p![]).await.unwrap();
    assert_eq!(jobs[0].0, 2);
});

both!(who_may_do_what_when, |app| {
    let app = at(app, 0);
    let (id, owner) = listed(&app, 1, 3).await;
    let other = manager(&app, "别家").await;
    let far = Scope { area: Area::of(110_000_000_000), division: 110_000_000_000, ..county() };
    let worker = somebody(Role::ReferralWorker);
    let reason = || words("原因");
    let rows = [
        (&owner, Action::Submit, "wrong_state"),
        (&county(), Action::Confirm, "wrong_state"),
        (&owner, Action::Suspend { reason: reason() }, "wrong_role"),
        (&county(), Action::Suspend { reason: words(" ") }, "reason_unknown"),
        (&worker, Action::Suspend { reason: reason() }, "wrong_role"),
        (&city(), Action::Announce { reason: reason() }, "wrong_role"),
        (&other, Action::Leave, "not_your_case"),
        (&other, Action::Block { places: 1, reason: reason() }, "not_your_case"),
        (&owner, Action::Block { places: 1, reason: words("") }, "reason_unknown"),
        (&owner, Action::Block { places: 4, reason: reason() }, "value_invalid"),
        (&county(), Action::Block { places: 1, reason: reason() }, "wrong_role"),
        (&owner, Action::Contract { places: 99, reference: reason() }, "wrong_role"),
        (&county(), Action::Contract { places: 9, reference: words("") }, "reason_unknown"),
        (&county(), Action::Contract { places: 999_999, reference: reason() }, "invalid places"),
        (&county(), Action::Verify { verified: true }, "invalid name"),
        (&far, Action::Suspend { reason: reason() }, "not_found"),
        (&somebody(Role::Client), Action::Leave, "forbidden"),
    ];
    for (scope, action, expected) in rows {
        assert_eq!(act(&app, scope, id, action.clone()).await, Err(words(expected)), "{action:?}");
    }
    assert_eq!(state(&app, id).await, LibraryState::Listed);
});

both!(two_approvals_by_different_persons_of_different_houses, |app| {
    let app = at(app, 0);
    let owner = manager(&app, "清河").await;
    let id = institution::begin(&app, &owner, &profile(1)).await.unwrap();
    act(&app, &owner, id, Action::Submit).await.unwrap();
    let first = county();
    act(&app, &first, id, Action::ApproveCounty).await.unwrap();
    let same_person = Scope { account: first.account, ..city() };
    let same_house = Scope { organisation: first.organisation, ..city() };
    assert_eq!(act(&app, &same_person, id, Action::Confirm).await, Err(words("same_person")));
    assert_eq!(act(&app, &same_house, id, Action::Confirm).await, Err(words("same_organisation")));
    let seen = institution::get(&app, &same_house, id).await.unwrap();
    let offers = institution::actions(&same_house, &seen, app.now());
    let confirm = offers.iter().find(|o| o.command == "confirm").unwrap();
    assert_eq!(confirm.refusal.as_ref().unwrap().code, "same_organisation", "shown, greyed, with its reason");
    act(&app, &city(), id, Action::Confirm).await.unwrap();
});

both!(a_draft_is_handed_in_only_when_complete, |app| {
    let app = at(app, 0);
    let owner = manager(&app, "清河").await;
    let bare = ProfileEntry {
        address: String::new(),
        services: Vec::new(),
        areas: String::new(),
        promise_on: String::new(),
        ..profile(1)
    };
    let id = institution::begin(&app, &owner, &bare).await.unwrap();
    let Err(Error::Invalid(problems)) = institution::act(&app, &owner, id, 1, &Action::Submit).await else {
        panic!("an incomplete profile was handed in")
    };
    let fields: Vec<&str> = problems.iter().map(|p| p.field.as_str()).collect();
    assert_eq!(fields, ["address", "promise_on", "services", "areas"]);
    institution::save(&app, &owner, id, 1, &profile(1)).await.unwrap();
    act(&app, &owner, id, Action::Submit).await.unwrap();
    let again = institution::begin(&app, &owner, &profile(2)).await.map_err(code);
    assert_eq!(again.unwrap_err(), "record_exists");
    let same = institution::begin(&app, &manager(&app, "别家").await, &profile(1)).await.map_err(code);
    assert_eq!(same.unwrap_err(), "invalid credit_code");
});

both!(the_second_of_two_editors_is_told, |app| {
    let app = at(app, 0);
    let (id, owner) = listed(&app, 1, 3).await;
    let seen = institution::get(&app, &owner, id).await.unwrap();
    let mine = ProfileEntry { phone: "13800138000".into(), name: "改名".into(), ..seen.profile.entry() };
    let now = institution::save(&app, &owner, id, seen.version, &mine).await.unwrap();
    let theirs = ProfileEntry { floor_area: "300".into(), ..seen.profile.entry() };
    let late = institution::save(&app, &county(), id, seen.version, &theirs).await;
    assert!(matches!(late, Err(Error::Changed { found, .. }) if found == now));
    let stored = institution::get(&app, &owner, id).await.unwrap();
    assert_eq!(stored.profile.phone, "13800138000");
    assert_eq!(stored.profile.name, seen.profile.name, "a listed institution changes only its contact");
    let suspend = Action::Suspend { reason: words("x") };
    let twice = institution::act(&app, &county(), id, seen.version, &suspend).await;
    assert_eq!(twice.map_err(code), Err(words("changed")));
});

async fn reserve(app: &App, id: Id) -> Result<(), Error> {
    atomic!(app.db, tx => {
        let hold = PlaceChange::Hold { institution: id.0, hold: Hold::Reserved { until: None } };
        institution::move_place(tx, None, &hold).await
    })
}

async fn move_from(app: &App, before: &Place, change: &PlaceChange) -> Result<(), Error> {
    atomic!(app.db, tx => { institution::move_place(tx, Some(before), change).await })
}

both!(one_of_two_takes_the_last_place, |app| {
    let app = at(app, 0);
    let (id, _) = listed(&app, 1, 1).await;
    let (one, two) = tokio::join!(reserve(&app, id), reserve(&app, id));
    let lost: Vec<Error> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(lost.len(), 1);
    assert!(lost.into_iter().all(|error| code(error) == "no_free_place"));
    let places = institution::get(&app, &county(), id).await.unwrap().places;
    assert_eq!((places.reserved, places.free()), (1, 0));
});

both!(free_places_are_counted_and_never_negative, |app| {
    let app = at(app, 0);
    let (id, owner) = listed(&app, 1, 3).await;
    let held = Place { institution: id.0, hold: Hold::Reserved { until: None } };
    let used = PlaceChange::Hold { institution: id.0, hold: Hold::Occupied };
    reserve(&app, id).await.unwrap();
    reserve(&app, id).await.unwrap();
    move_from(&app, &held, &used).await.unwrap();
    act(&app, &owner, id, Action::Block { places: 1, reason: words("装修") }).await.unwrap();
    let seen = institution::get(&app, &owner, id).await.unwrap();
    let places = seen.places;
    assert_eq!((places.contracted, places.in_service, places.reserved, places.blocked), (3, 1, 1, 1));
    assert_eq!(places.free(), 0);
    assert_eq!(seen.block_reason.as_deref(), Some("装修"));
    assert_eq!(code(reserve(&app, id).await.unwrap_err()), "no_free_place");
    let fewer = act(&app, &county(), id, Action::Contract { places: 1, reference: words("合同2") }).await;
    assert_eq!(fewer, Err(words("places_taken")));
    act(&app, &owner, id, Action::Block { places: 0, reason: String::new() }).await.unwrap();
    let seen = institution::get(&app, &owner, id).await.unwrap();
    assert_eq!((seen.places.free(), seen.block_reason), (1, None));
    // Giving back more than was taken leaves the counts at zero.
    for _ in 0..3 {
        move_from(&app, &held, &PlaceChange::Release { institution: id.0 }).await.unwrap();
    }
    assert_eq!(institution::get(&app, &owner, id).await.unwrap().places.reserved, 0);
});

both!(the_list_filters_pages_and_respects_scope, |app| {
    let app = at(app, 0);
    let (near, owner) = listed(&app, 1, 2).await;
    let (full, _) = listed(&app, 2, 0).await;
    let draft =
        institution::begin(&app, &county(), &ProfileEntry { services: vec!["S6".into()], ..profile(3) })
            .await
            .unwrap();
    let found = async |scope: Scope, filter: list::Filter| {
        let page = list::page(&app, &scope, &filter).await.unwrap();
        assert_eq!(i64::try_from(page.lines.len()).unwrap(), page.total);
        page.lines.iter().map(|line| line.id).collect::<Vec<_>>()
    };
    let all = list::Filter::default;
    assert_eq!(found(county(), all()).await, [near, full, draft]);
    assert_eq!(found(city(), all()).await.len(), 3);
    assert_eq!(found(owner.clone(), all()).await, [near, full], "others' drafts are not shown");
    let rows = [
        (list::Filter { free: true, ..all() }, vec![near]),
        (list::Filter { state: Some("draft".into()), ..all() }, vec![draft]),
        (list::Filter { service: Some("S6".into()), ..all() }, vec![draft]),
        (list::Filter { service: Some("S".into()), ..all() }, vec![]),
        (list::Filter { kind: Some("enterprise".into()), ..all() }, vec![]),
        (list::Filter { words: "康复站2".into(), ..all() }, vec![full]),
        (list::Filter { words: credit_code(3), ..all() }, vec![draft]),
        (list::Filter { words: "%".into(), ..all() }, vec![]),
        (list::Filter { near: Some(VILLAGE), ..all() }, vec![near, full, draft]),
    ];
    for (filter, expected) in rows {
        assert_eq!(found(county(), filter.clone()).await, expected, "{filter:?}");
    }
    let after = list::Filter { after: Some(near), near: Some(VILLAGE), ..all() };
    let rest = list::page(&app, &county(), &after).await.unwrap();
    assert_eq!(rest.lines.iter().map(|l| l.id).collect::<Vec<_>>(), [full, draft]);
    let elsewhere = Scope { area: Area::of(110_000_000_000), division: 110_000_000_000, ..county() };
    assert!(found(elsewhere, all()).await.is_empty());
    assert!(matches!(list::page(&app, &somebody(Role::Client), &all()).await, Err(Error::Forbidden)));
});

both!(a_department_list_adds_updates_and_leaves_alone, |app| {
    let app = at(app, 0);
    let take = async |scope: Scope, row: ImportRow| -> Result<Imported, Error> {
        atomic!(app.db, tx => { institution::import_row(&app, tx, &scope, &row).await })
    };
    let row = ImportRow { profile: profile(1), contracted: "30".into() };
    let Imported::Added(id) = take(county(), row.clone()).await.unwrap() else { panic!("not added") };
    assert_eq!(institution::get(&app, &county(), id).await.unwrap().places.contracted, 30);
    assert_eq!(take(county(), row.clone()).await.unwrap(), Imported::Unchanged(id));
    let change = ImportRow {
        profile: ProfileEntry {
            credit_code: credit_code(1),
            phone: "13800138000".into(),
            ..Default::default()
        },
        contracted: String::new(),
    };
    assert_eq!(take(county(), change).await.unwrap(), Imported::Updated(id));
    let stored = institution::get(&app, &county(), id).await.unwrap();
    assert_eq!(
        (stored.profile.phone.as_str(), stored.profile.name.as_str()),
        ("13800138000", "清河社区康复站1")
    );
    let wrong = ImportRow { contracted: "-1".into(), ..ImportRow { profile: profile(2), ..row.clone() } };
    assert_eq!(code(take(county(), wrong).await.unwrap_err()), "invalid contracted");
    assert_eq!(code(take(somebody(Role::ReferralWorker), row).await.unwrap_err()), "forbidden");
});

fn nurse(sequence: u32) -> TalentEntry {
    TalentEntry {
        name: "周护士".into(),
        identity_number: number("1990-01-01", sequence),
        profession: "nurse".into(),
        certificate: "护士执业证书".into(),
        certificate_number: "2020-1".into(),
        services: vec!["S1".into()],
        pledge_on: "2026-01-05".into(),
        ..TalentEntry::default()
    }
}

both!(a_talent_is_listed_trained_and_checked_again, |app| {
    let app = at(app, 0);
    let (institution, owner) = listed(&app, 1, 3).await;
    let id = talent::begin(&app, &owner, &nurse(1)).await.unwrap();
    let act = async |scope: &Scope, action: Action| {
        let version = talent::get(&app, &Scope::system(), id).await.unwrap().version;
        talent::act(&app, scope, id, version, &action).await.map_err(code)
    };
    act(&owner, Action::Submit).await.unwrap();
    act(&county(), Action::ApproveCounty).await.unwrap();
    act(&city(), Action::Confirm).await.unwrap();
    assert_eq!(act(&owner, Action::Verify { verified: true }).await, Err(words("wrong_role")));
    act(&county(), Action::Verify { verified: true }).await.unwrap();
    act(&owner, Action::Train { year: 2026, minutes: 900 }).await.unwrap();
    assert_eq!(act(&owner, Action::Train { year: 2019, minutes: 900 }).await, Err(words("invalid year")));
    let stored = talent::get(&app, &owner, id).await.unwrap();
    let services = app::catalogue::services().unwrap();
    let facts = stored.facts(jiff::civil::date(2026, 3, 2));
    assert!(facts.may_lead("S1", services) && !facts.may_lead("S6", services));
    assert_eq!(facts.training_missing(services), 300);
    assert!(stored.masked_number.starts_with("990101") && !stored.masked_number.contains("19900101"));
    let renewed = TalentEntry { certificate_number: "2026-9".into(), ..stored.profile.entry() };
    talent::save(&app, &county(), id, stored.version, &renewed).await.unwrap();
    let stored = talent::get(&app, &owner, id).await.unwrap();
    assert!(!stored.verified, "another certificate is checked again");
    let past = talent::history(&app, &stored).await.unwrap();
    let mut entry = library::blank(id.0, institution.0);
    past.iter().rev().for_each(|p| library::apply(&mut entry, &p.event));
    assert_eq!(entry, stored.entry);
    assert_eq!(code(talent::begin(&app, &owner, &nurse(1)).await.unwrap_err()), "invalid identity_number");
    let stranger = manager(&app, "别家").await;
    assert_eq!(code(talent::get(&app, &stranger, id).await.unwrap_err()), "not_found");
    let events: Vec<(String,)> = app
        .db
        .all("SELECT CAST(event AS TEXT) FROM library_event WHERE subject_id = $1", app::p![id])
        .await
        .unwrap();
    assert!(events.iter().all(|(text,)| !text.contains("19900101")), "no identity number in the events");
});

both!(a_list_of_talent_names_the_institution_by_its_code, |app| {
    let app = at(app, 0);
    let (institution, _) = listed(&app, 1, 3).await;
    let take = async |row: TalentRow| -> Result<Imported, Error> {
        atomic!(app.db, tx => { talent::import_row(&app, tx, &county(), &row).await })
    };
    let row = TalentRow { talent: nurse(2), institution_code: credit_code(1) };
    let Imported::Added(id) = take(row.clone()).await.unwrap() else { panic!("not added") };
    let stored = talent::get(&app, &county(), id).await.unwrap();
    assert_eq!((stored.profile.institution, stored.profile.division), (Some(institution), VILLAGE));
    assert_eq!(take(row.clone()).await.unwrap(), Imported::Unchanged(id));
    let moved = TalentRow {
        talent: TalentEntry { name: "周二护士".into(), ..row.talent.clone() },
        ..row.clone()
    };
    assert_eq!(take(moved).await.unwrap(), Imported::Updated(id));
    let unknown = TalentRow { institution_code: credit_code(9), ..row };
    assert_eq!(code(take(unknown).await.unwrap_err()), "invalid institution_code");
    let page = talent::list::page(
        &app,
        &county(),
        &talent::list::Filter { words: "zeh".into(), ..Default::default() },
    )
    .await
    .unwrap();
    assert_eq!((page.total, page.lines[0].id), (1, id), "found by its initials");
});

both!(answers_to_offers_are_counted_for_a_year_and_then_forgotten, |app| {
    let app = at(app, 0);
    let (id, owner) = listed(&app, 1, 3).await;
    let (other, _) = listed(&app, 2, 3).await;
    let answer = async |days: i64, institution: Id, in_time: bool| {
        let now = at(&app, days).now();
        let mut tx = app.db.begin().await.unwrap();
        institution::count_answer(&mut tx, institution, in_time, now).await.unwrap();
        tx.commit().await.unwrap();
    };
    let counted =
        async |institution: Id| institution::get(&app, &Scope::system(), institution).await.unwrap().answered;
    // March, March again, April of 2026, and another institution.
    for (days, institution, in_time) in [(0, id, true), (20, id, false), (40, id, true), (0, other, true)] {
        answer(days, institution, in_time).await;
    }
    assert_eq!((counted(id).await, counted(other).await), ((2, 3), (1, 1)));
    let forget = async |days: i64| institution::forget_old_answers(&at(&app, days)).await.unwrap();
    assert_eq!(forget(360).await, 0, "February 2027: March 2026 is within the year");
    assert_eq!(forget(370).await, 2, "March 2027: both institutions forget March 2026");
    assert_eq!((counted(id).await, counted(other).await), ((1, 1), (0, 0)));
    assert_eq!(forget(370).await, 0, "once");
    assert_eq!(forget(400).await, 1);
    assert_eq!(counted(id).await, (0, 0));
    let facts = institution::get(&app, &owner, id).await.unwrap();
    assert_eq!(facts.answered, (0, 0));
});
