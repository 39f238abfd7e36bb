//! Help with money and yearly examinations in the demonstration: free medication, an admission that is paid for, guardians'
//! agreements with their reviews, and the settlement of last year.

use crate::synth::Person;
use anyhow::{Context, Result};
use app::{
    App,
    followup::{
        examination::{self, ExaminationFields},
        group::{self, CaseFields, MeetingFields, MemberFields},
        support::{self, Asked, Programme, SupportFields},
    },
    id::Id,
    scope::Scope,
};
use jiff::ToSpan;
use rules::followup::{examination::Item, support::SupportKind};

/// What is done.
#[derive(Debug, Clone, Copy)]
pub enum Money {
    /// The person enters free medication and gets drugs for a month.
    Medicine,
    /// Drugs for another month.
    Supply,
    /// The person enters the admission subsidy, and part of the stay is paid for.
    Admission,
    /// A guardian signs.
    Guardian,
    /// A review that finds every duty fulfilled, and one that does not.
    Review,
    ReviewUnmet,
    /// An examination that is made, to which somebody is invited, which somebody does not want.
    Examined,
    Invited,
    Unwilling,
    /// A case that is handed to the management group, and what it agreed on.
    Handed,
    Measure,
}

const PAYER: &str = "区卫生健康委员会";

/// Does it on the day of the clock.
///
/// # Errors
/// A rule refuses it: then the course and the rules do not fit together.
pub async fn give(app: &App, scope: &Scope, record: Id, person: &Person, money: Money) -> Result<()> {
    match money {
        Money::Medicine => {
            enter(app, scope, record, person, SupportKind::FreeMedication).await?;
            supply(app, scope, record).await
        }
        Money::Supply => supply(app, scope, record).await,
        Money::Admission => {
            let of = enter(app, scope, record, person, SupportKind::AdmissionSubsidy).await?;
            let today = rules::clock::china_date(app.now());
            let fields = SupportFields {
                of: Some(of),
                from: today.to_string(),
                until: today.to_string(),
                cost: "3860.00".to_owned(),
                payer: PAYER.to_owned(),
                ..command("give")
            };
            done(app, scope, record, &fields).await
        }
        Money::Guardian => {
            let duties = app.tables.subsidies.duties.iter().map(|duty| duty.code.clone()).collect();
            let fields = SupportFields {
                guardian_name: person.guardian.clone(),
                guardian_relation: "父母".to_owned(),
                guardian_phone: person.guardian_phone.clone(),
                handbook: true,
                duties,
                ..command("sign")
            };
            done(app, scope, record, &fields).await
        }
        Money::Review | Money::ReviewUnmet => {
            let of = running(app, scope, record, Programme::Guardian).await?;
            let unmet = matches!(money, Money::ReviewUnmet);
            let fields = SupportFields {
                of: Some(of),
                unmet: if unmet { vec!["medication".to_owned()] } else { Vec::new() },
                note: if unmet { "有三周未督促服药，已约谈监护人" } else { "" }.to_owned(),
                ..command("review")
            };
            done(app, scope, record, &fields).await
        }
        Money::Handed => case(app, scope, record, "hand", "危险性较高，请小组研究看护和送诊").await,
        Money::Measure => case(app, scope, record, "measure", "民警、村干部每周上门一次，协助督促服药").await,
        Money::Examined | Money::Invited | Money::Unwilling => examine(app, scope, record, money).await,
    }
}

async fn case(app: &App, scope: &Scope, record: Id, act: &str, note: &str) -> Result<()> {
    let fields = CaseFields { act: act.to_owned(), note: note.to_owned(), ..CaseFields::default() };
    group::act(app, scope, record, &fields).await?;
    Ok(())
}

/// The township forms its management group, which has met once.
///
/// # Errors
/// The township is unknown.
pub async fn form_group(app: &App, scope: &Scope) -> Result<()> {
    let town = scope.division - scope.division % 1000;
    let member = |office: &str, name: &str, organisation: &str, phone: &str| MemberFields {
        office: office.to_owned(),
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        phone: phone.to_owned(),
    };
    let members = [
        member("leader", "陆明远", "街道办事处", "13900000101"),
        member("police", "沈国平", "派出所", "13900000102"),
        member("civil_affairs", "顾晓燕", "社会事务办", "13900000103"),
        member("federation", "周建华", "残联", "13900000104"),
        member("health_centre", "吴静", "社区卫生服务中心", "13900000105"),
        member("village", "徐兰", "第一居委会", "13900000106"),
        member("grid", "何伟", "第一网格", "13900000107"),
    ];
    group::change(app, scope, town, 0, ("精神卫生综合管理小组", &members)).await?;
    let meeting = MeetingFields {
        came: ["leader", "police", "health_centre", "village"].map(str::to_owned).to_vec(),
        note: "研究移交个案的看护、送诊和帮扶；下月复议。".to_owned(),
        ..MeetingFields::default()
    };
    group::meet(app, scope, town, &meeting).await?;
    Ok(())
}

async fn examine(app: &App, scope: &Scope, record: Id, money: Money) -> Result<()> {
    let normal = Item::ALL.map(|item| (item.code().to_owned(), "normal".to_owned()));
    let values = [
        ("systolic", "128"),
        ("diastolic", "82"),
        ("weight", "67.5"),
        ("white_cells", "6.2"),
        ("neutrophils", "58"),
        ("haemoglobin", "141"),
        ("platelets", "228"),
        ("alanine", "24"),
        ("glucose", "5.4"),
    ];
    let values = values.map(|(code, value)| (code.to_owned(), value.to_owned()));
    let fields = match money {
        Money::Invited => ExaminationFields { answer: "invited".to_owned(), ..ExaminationFields::default() },
        Money::Unwilling => ExaminationFields {
            answer: "refused".to_owned(),
            note: "本人不愿抽血，监护人同意明年再检".to_owned(),
            ..ExaminationFields::default()
        },
        _ => ExaminationFields {
            answer: "done".to_owned(),
            person_agrees: Some(true),
            guardian_agrees: Some(true),
            results: normal.into(),
            values: values.into(),
            ..ExaminationFields::default()
        },
    };
    examination::record(app, scope, record, &fields).await?;
    Ok(())
}

/// Settles the year before the present one for the whole county.
///
/// # Errors
/// A rule refuses it.
pub async fn settle_last_year(app: &App, county: &Scope) -> Result<()> {
    let year = rules::clock::china_date(app.now()).year().saturating_sub(1);
    let asked = Asked { year, ..Asked::default() };
    support::settle(app, county, &asked, "区委政法委员会").await?;
    Ok(())
}

fn command(act: &str) -> SupportFields {
    SupportFields { act: act.to_owned(), ..SupportFields::default() }
}

async fn done(app: &App, scope: &Scope, record: Id, fields: &SupportFields) -> Result<()> {
    support::act(app, scope, record, fields).await?;
    Ok(())
}

async fn running(app: &App, scope: &Scope, record: Id, programme: Programme) -> Result<Id> {
    let found = support::running(app, scope, record).await?;
    let one = found.into_iter().find(|one| one.programme == programme);
    Ok(one.context("the programme was not entered")?.id)
}

/// Whoever is not poor is named by a rule of the county.
async fn enter(app: &App, scope: &Scope, record: Id, person: &Person, kind: SupportKind) -> Result<Id> {
    let poor = person.number.is_multiple_of(3);
    let fields = SupportFields {
        programme: kind.code().to_owned(),
        local_rule: !poor,
        note: if poor { "" } else { "区惠民项目：在管患者均可享受" }.to_owned(),
        ..command("enter")
    };
    Ok(support::act(app, scope, record, &fields).await?.id)
}

async fn supply(app: &App, scope: &Scope, record: Id) -> Result<()> {
    let today = rules::clock::china_date(app.now());
    let fields = SupportFields {
        of: Some(running(app, scope, record, Programme::FreeMedication).await?),
        drug: "奥氮平片 10mg".to_owned(),
        quantity: "30 片".to_owned(),
        from: today.to_string(),
        until: today.checked_add(29.days())?.to_string(),
        cost: "96.80".to_owned(),
        payer: PAYER.to_owned(),
        ..command("give")
    };
    done(app, scope, record, &fields).await
}
