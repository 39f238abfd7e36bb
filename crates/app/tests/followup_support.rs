//! Help with money: programmes that end by themselves, drugs that are not given twice, a guardian's year from the agreement to the
//! settlement, and what a county and a township see of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
use crate::followup::{Desk, code, day, desk, managed, morning, sent, stable, step, take};
use app::{
    App,
    followup::{
        self, ProfileFields, StepFields, VisitFields,
        support::{self, Asked, Done, Filter, Programme, SupportFields},
    },
    id::Id,
    scope::Scope,
};
use rules::followup::{guardianship::Month, subsidy::Fen};

async fn act(app: &App, who: &Scope, record: Id, fields: SupportFields) -> app::Result<Done> {
    support::act(app, who, record, &fields).await
}

fn of(act: &str, of: Option<Id>) -> SupportFields {
    SupportFields { act: act.into(), of, ..SupportFields::default() }
}

fn enter(programme: &str) -> SupportFields {
    SupportFields { programme: programme.into(), on: "2026-03-03".into(), ..of("enter", None) }
}

fn drugs(programme: Id, from: &str, until: &str) -> SupportFields {
    SupportFields {
        drug: "利培酮".into(),
        quantity: "60 片".into(),
        from: from.into(),
        until: until.into(),
        cost: "126.50".into(),
        payer: "区卫生健康委".into(),
        ..of("give", Some(programme))
    }
}

async fn poor(app: &App, desk: &Desk, record: Id) {
    let view = followup::show(app, &desk.town, record).await.unwrap();
    let fields = ProfileFields { economy: "1".into(), ..ProfileFields::of(&view.profile) };
    followup::change_profile(app, &desk.town, record, None, &fields).await.unwrap();
}

both!(free_medication_is_given_once_and_ends_by_itself, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    let no = |error: app::Error| code(error);
    assert_eq!(no(act(&now, &desk.town, record, enter("free_medication")).await.unwrap_err()), "not_poor");
    assert_eq!(
        no(act(&now, &desk.hospital, record, enter("free_medication")).await.unwrap_err()),
        "smd_not_yours"
    );
    poor(&now, &desk, record).await;
    let programme = act(&now, &desk.town, record, enter("free_medication")).await.unwrap().id;
    let again = act(&now, &desk.county, record, enter("free_medication")).await.unwrap_err();
    assert_eq!(no(again), "support_runs");
    let wrong = SupportFields { cost: "much".into(), ..drugs(programme, "2026-03-05", "2026-03-04") };
    let wrong = act(&now, &desk.town, record, wrong).await.unwrap_err();
    assert_eq!(no(wrong), "until:period_reversed cost:money");
    let endless =
        act(&now, &desk.town, record, drugs(programme, "2026-03-05", "2926-03-05")).await.unwrap_err();
    assert_eq!(no(endless), "until:supply_too_long");
    let given =
        act(&now, &desk.hospital, record, drugs(programme, "2026-03-05", "2026-04-03")).await.unwrap();
    assert_eq!(given.amount, Some(Fen(12_650)));
    let twice =
        act(&now, &desk.town, record, drugs(programme, "2026-03-10", "2026-04-20")).await.unwrap_err();
    assert_eq!(no(twice), "given_twice");
    // Voided it stays to be seen, counts no more, and may be given again.
    let void = SupportFields { note: "录错".into(), ..of("void", Some(given.id)) };
    act(&now, &desk.town, record, void.clone()).await.unwrap();
    assert_eq!(no(act(&now, &desk.town, record, void).await.unwrap_err()), "payment_voided");
    act(&now, &desk.town, record, drugs(programme, "2026-03-10", "2026-04-20")).await.unwrap();
    let filter = Filter { year: 2026, voided: true, ..Filter::default() };
    let page = support::payments(&now, &desk.county, &filter).await.unwrap();
    assert_eq!((page.lines.len(), page.total, page.persons, page.sum), (2, 1, 1, Fen(12_650)));
    assert_eq!(support::payments(&now, &desk.other, &filter).await.unwrap().total, 0, "another township");
    // A refusal of community management ends it; what was wrong with the refusal does not bring it back.
    let refuse = StepFields { step: "disagree".into(), note: "不同意".into(), ..StepFields::default() };
    take(&now, &desk.town, record, refuse).await.unwrap();
    let found = support::of_record(&now, &desk.town, record).await.unwrap();
    assert_eq!(found.taken[0].ended, Some((day("2026-03-10"), "refused".to_owned())));
    assert_eq!(found.payments.len(), 2);
    let late = act(&now, &desk.town, record, drugs(programme, "2026-03-10", "2026-04-20")).await.unwrap_err();
    assert_eq!(no(late), "given_twice");
    // Whoever pays can account for it when the person lives elsewhere.
    step(&now, &desk.town, record, "agree").await.unwrap();
    let to =
        StepFields { step: "move_out".into(), to: Some(desk.other.organisation), ..StepFields::default() };
    take(&now, &desk.town, record, to).await.unwrap();
    step(&now, &desk.other, record, "accept_move").await.unwrap();
    assert_eq!(support::payments(&now, &desk.town, &filter).await.unwrap().total, 1);
    assert_eq!(support::payments(&now, &desk.other, &filter).await.unwrap().total, 0);
});

fn stay(programme: Id, from: &str, until: &str) -> SupportFields {
    SupportFields {
        from: from.into(),
        until: until.into(),
        cost: "4,321.60".into(),
        payer: "区医保局".into(),
        note: "市精神卫生中心".into(),
        ..of("give", Some(programme))
    }
}

both!(an_admission_is_paid_once_for_each_day_and_after_it, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-04-10"));
    let refused = act(&now, &desk.town, record, enter("admission_subsidy")).await.unwrap_err();
    assert_eq!(code(refused), "not_poor");
    poor(&now, &desk, record).await;
    let programme = act(&now, &desk.town, record, enter("admission_subsidy")).await.unwrap().id;
    // It began on 3 March. Days in hospital are paid once they have been, and each year's by themselves.
    let later = app.at(morning("2027-02-01"));
    for (at, from, until, told) in [
        (&now, "2026-03-02", "2026-03-20", "from:before_programme"),
        (&now, "2026-03-20", "2026-03-10", "until:period_reversed"),
        (&now, "2026-04-01", "2026-04-11", "until:date_future"),
        (&later, "2026-12-20", "2027-01-10", "until:one_year"),
    ] {
        let refused = act(at, &desk.town, record, stay(programme, from, until)).await.unwrap_err();
        assert_eq!(code(refused), told, "{from} to {until}");
    }
    // The hospital that reported is paid as well; no day is paid twice, by whomever it is sent.
    let first = act(&now, &desk.hospital, record, stay(programme, "2026-03-05", "2026-03-20")).await.unwrap();
    assert_eq!(first.amount, Some(Fen(432_160)));
    let twice = act(&now, &desk.town, record, stay(programme, "2026-03-20", "2026-03-25")).await.unwrap_err();
    assert_eq!(code(twice), "given_twice");
    act(&now, &desk.town, record, stay(programme, "2026-03-21", "2026-03-25")).await.unwrap();
    let filter = Filter { year: 2026, programme: Some(Programme::AdmissionSubsidy), ..Filter::default() };
    let paid = async || support::payments(&now, &desk.county, &filter).await.unwrap();
    let page = paid().await;
    assert_eq!((page.total, page.persons, page.sum), (2, 1, Fen(864_320)));
    let line = page.lines.iter().find(|line| line.id == first.id).unwrap();
    assert_eq!(line.period, (day("2026-03-05"), day("2026-03-20")));
    assert_eq!((line.drug.as_ref(), line.payer.as_str()), (None, "区医保局"));
    let drugs = Filter { programme: Some(Programme::FreeMedication), ..filter.clone() };
    assert_eq!(support::payments(&now, &desk.county, &drugs).await.unwrap().total, 0);
    // A payment that was wrong is voided: its days may be paid again.
    let void = SupportFields { note: "录错".into(), ..of("void", Some(first.id)) };
    act(&now, &desk.town, record, void).await.unwrap();
    assert_eq!(paid().await.sum, Fen(432_160));
    act(&now, &desk.town, record, stay(programme, "2026-03-05", "2026-03-19")).await.unwrap();
    assert_eq!(paid().await.sum, Fen(864_320));
    // Once the programme is over, no later day is paid.
    let end =
        SupportFields { on: "2026-04-10".into(), note: "经济好转".into(), ..of("end", Some(programme)) };
    act(&now, &desk.town, record, end).await.unwrap();
    let late =
        act(&later, &desk.town, record, stay(programme, "2026-04-11", "2026-04-20")).await.unwrap_err();
    assert_eq!(code(late), "support_ended");
});

async fn sign(app: &App, desk: &Desk, record: Id, on: &str, name: &str) -> app::Result<Done> {
    let fields = SupportFields {
        on: on.into(),
        guardian_name: name.into(),
        guardian_relation: "父亲".into(),
        duties: vec!["care".into(), "medication".into()],
        account: "6222 0000".into(),
        ..of("sign", None)
    };
    act(app, &desk.town, record, fields).await
}

async fn review(app: &App, desk: &Desk, record: Id, agreement: Id, on: &str, unmet: &[&str]) {
    let unmet: Vec<String> = unmet.iter().map(|duty| (*duty).to_owned()).collect();
    let fields =
        SupportFields { on: on.into(), unmet, note: "核查".into(), ..of("review", Some(agreement)) };
    act(app, &desk.town, record, fields).await.unwrap();
}

both!(a_guardian_is_paid_once_for_the_months_of_full_duty, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let other = managed(app, &desk, 2).await;
    let at = |day: &str| app.at(morning(day));
    let first = sign(&at("2026-03-31"), &desk, record, "2026-03-31", "王父").await.unwrap().id;
    let twice = sign(&at("2026-04-01"), &desk, record, "2026-04-01", "王母").await.unwrap_err();
    assert_eq!(code(twice), "guardian_signed");
    review(&at("2026-06-30"), &desk, record, first, "2026-06-30", &[]).await;
    review(&at("2026-09-30"), &desk, record, first, "2026-09-30", &["medication"]).await;
    // The father stops in the middle of October, the mother goes on.
    let end =
        SupportFields { on: "2026-10-15".into(), note: "外出务工".into(), ..of("end", Some(first)) };
    act(&at("2026-10-15"), &desk.town, record, end).await.unwrap();
    let overlaps = sign(&at("2026-10-16"), &desk, record, "2026-10-15", "王母").await.unwrap_err();
    assert_eq!(code(overlaps), "guardian_overlaps");
    let second = sign(&at("2026-10-16"), &desk, record, "2026-10-16", "王母").await.unwrap().id;
    review(&at("2026-12-31"), &desk, record, second, "2026-12-31", &[]).await;
    let troubled = sign(&at("2026-04-01"), &desk, other, "2026-04-01", "李父").await.unwrap().id;
    review(&at("2026-12-31"), &desk, other, troubled, "2026-12-31", &[]).await;
    let trouble = VisitFields { danger_none: false, trouble: 1, ..stable("2026-05-05") };
    followup::record(&at("2026-05-05"), &desk.town, &sent(other, None, trouble)).await.unwrap();
    // While the year runs, only what has ended is settled.
    let year = Asked { year: 2026, ..Asked::default() };
    let early = at("2026-12-31");
    assert_eq!(
        code(support::settle(&early, &desk.town, &year, "区财政").await.unwrap_err()),
        "smd_not_yours"
    );
    assert_eq!(code(support::settle(&early, &desk.county, &year, " ").await.unwrap_err()), "payer:required");
    let settled = support::settle(&early, &desk.county, &year, "区财政").await.unwrap();
    // April, May and June of twelve, 2,400 yuan a year.
    assert_eq!((settled.paid, settled.sum), (1, Fen(60_000)));
    assert_eq!(settled.refused.get("year_not_over"), Some(&2));
    let late = at("2027-01-05");
    let before = late.db.statements();
    let page = support::guardians(&late, &desk.town, &year).await.unwrap();
    let asked = late.db.statements() - before;
    assert!(page.lines.len() == 3 && asked <= 10, "{asked} statements, however many agreements");
    let line = |id| page.lines.iter().find(|line| line.id == id).unwrap();
    assert_eq!((line(first).full(), line(first).paid), (3, Some(Fen(60_000))));
    assert_eq!((line(second).full(), line(second).worth.clone()), (2, Ok(Fen(40_000))));
    assert_eq!(line(second).months[9], Month::NotInForce, "October was shared");
    assert_eq!((line(troubled).incidents, line(troubled).worth.clone()), (1, Ok(Fen(0))));
    // It goes on behind what was looked at before.
    let behind = Asked { after: Some(second.max(troubled)), ..year.clone() };
    assert_eq!(support::settle(&late, &desk.county, &behind, "区财政").await.unwrap().paid, 0);
    let settled = support::settle(&late, &desk.county, &year, "区财政").await.unwrap();
    assert_eq!((settled.paid, settled.sum), (2, Fen(40_000)));
    let again = support::settle(&late, &desk.county, &year, "区财政").await.unwrap();
    assert_eq!((again.paid, again.sum, again.more), (0, Fen(0), None), "nobody is paid twice");
    let filter = Filter { year: 2026, programme: Some(Programme::Guardian), ..Filter::default() };
    let page = support::payments(&late, &desk.county, &filter).await.unwrap();
    assert_eq!((page.total, page.persons, page.sum), (3, 2, Fen(100_000)));
    let (lines, _) = support::export(&late, &desk.county, &filter).await.unwrap();
    assert!(lines.iter().any(|line| line.payee == ("王母".to_owned(), "6222 0000".to_owned())));
    assert_eq!(support::guardians(&late, &desk.other, &year).await.unwrap().lines.len(), 0);
});

both!(a_death_that_was_told_in_error_leaves_the_agreement_in_force, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-04-10"));
    sign(&now, &desk, record, "2026-04-01", "王父").await.unwrap();
    let death = VisitFields {
        on: Some(day("2026-04-10")),
        death_on: Some(day("2026-04-09")),
        death_cause: Some("heart".into()),
        death_source: "家属".into(),
        ..VisitFields::default()
    };
    let visit = followup::record(&now, &desk.town, &sent(record, None, death)).await.unwrap();
    let taken = async || support::of_record(&now, &desk.town, record).await.unwrap().taken.remove(0);
    let ended = taken().await;
    assert_eq!((ended.ended, ended.review_due_on), (Some((day("2026-04-09"), "died".to_owned())), None));
    followup::void(&now, &desk.town, visit.id, "录错").await.unwrap();
    let again = taken().await;
    assert_eq!((again.ended, again.review_due_on), (None, Some(day("2026-07-01"))));
});
