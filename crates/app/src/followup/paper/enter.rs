//! A paper as it comes in: completed by what the register knows, checked, stored, and what follows for the record.

use super::{Fields, lines_in};
use crate::{
    App,
    db::Tx,
    error::{Error, Problem, Result},
    followup::{
        LONGEST, emergency,
        held::{Adding, Happened, Held, Profile, after, told_of},
    },
    id::Id,
    p,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    clock::china_date,
    followup::paper::{Around, PaperKind, completed, consents_to_emergency, faults, reason, steps},
    form::Meaning,
};
use serde_json::Value as Json;

/// A paper that was checked.
#[derive(Clone)]
pub(in crate::followup) struct Entered {
    pub kind: PaperKind,
    pub replaces: Option<Id>,
    pub fields: Fields,
}

struct Who {
    name: String,
    sex: Option<String>,
    born_on: Option<Date>,
    number: Option<Vec<u8>>,
}
crate::row!(Who { name, sex, born_on, number });

const WHO: &str = "SELECT name, sex, born_on, number FROM person WHERE home = $1 AND id = $2";

/// What the register knows of who a person is; it is not asked again, and whatever was sent gives way to it.
pub(in crate::followup) async fn known_of(app: &App, tx: &mut Tx, person: Id) -> Result<Fields> {
    let who: Option<Who> = tx.opt(WHO, p![person.home_number(), person]).await?;
    known(app, who.ok_or(Error::NotFound)?)
}

/// The same outside of a transaction.
pub(in crate::followup) async fn known_outside(app: &App, person: Id) -> Result<Fields> {
    let who: Option<Who> = app.db.opt(WHO, p![person.home_number(), person]).await?;
    known(app, who.ok_or(Error::NotFound)?)
}

fn known(app: &App, who: Who) -> Result<Fields> {
    let mut known = Fields::from_iter([("name".to_owned(), Json::from(who.name))]);
    if let Some(sex) = who.sex {
        known.insert("sex".to_owned(), sex.into());
    }
    if let Some(born_on) = who.born_on {
        known.insert("born_on".to_owned(), born_on.to_string().into());
    }
    if let Some(number) = who.number {
        known.insert("id_kind".to_owned(), "01".into());
        known.insert("number".to_owned(), app.keys.unseal(&number)?.into());
    }
    Ok(known)
}

/// The whole paper, where nothing is wrong with it.
///
/// # Errors
/// Every field that is wrong, at once.
pub(in crate::followup) fn checked(
    app: &App,
    kind: PaperKind,
    sent: Fields,
    known: &Fields,
    agreed: Option<bool>,
) -> Result<Fields> {
    let sheet = app.tables.paper(kind)?;
    let mut fields = sent;
    // What is empty is not kept.
    fields.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()));
    let own = known.iter().filter(|(key, _)| sheet.fields().any(|field| field.key == **key));
    fields.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    let fields = completed(kind, fields);
    let born = known.get("born_on").and_then(Json::as_str).and_then(|day| day.parse().ok());
    let disorders = crate::catalogue::disorders()?;
    let around = Around { today: china_date(app.now()), born, agreed, disorders };
    let problems: Vec<Problem> =
        faults(sheet, &fields, &around).iter().map(|fault| Problem::new(&fault.field, &fault.code)).collect();
    if problems.is_empty() { Ok(fields) } else { Err(Error::Invalid(problems)) }
}

pub(in crate::followup) fn text(fields: &Fields, key: &str) -> String {
    fields.get(key).and_then(Json::as_str).map(|text| text.trim().to_owned()).unwrap_or_default()
}

pub(in crate::followup) fn day(fields: &Fields, key: &str) -> Option<Date> {
    text(fields, key).parse().ok()
}

/// The day of a paper: the one that its definition names, such as that of the discharge or of an incident, or that of writing.
pub(in crate::followup) fn day_of(app: &App, kind: PaperKind, fields: &Fields) -> Result<Option<Date>> {
    let named = app.tables.paper(kind)?.fields().find(|field| field.meaning == Some(Meaning::Day));
    Ok(day(fields, named.map_or("reported_on", |field| field.key.as_str())))
}

/// What a paper says of the person, upon what was known.
fn profile(kind: PaperKind, fields: &Fields, known: &Profile) -> Profile {
    let written = |key: &str, known: &String| match text(fields, key) {
        empty if empty.is_empty() => known.clone(),
        written => written,
    };
    let mut profile = Profile {
        disorder: written("disorder", &known.disorder),
        diagnosed_on: day(fields, "diagnosed_on").or(known.diagnosed_on),
        onset_on: day(fields, "onset_on").or(known.onset_on),
        guardian_name: written("guardian_name", &known.guardian_name),
        guardian_relation: written("guardian_relation", &known.guardian_relation),
        guardian_phone: written("guardian_phone", &known.guardian_phone),
        ..known.clone()
    };
    // The hospital of a slip is the one that discharged; that of the diagnosis stays where it is known.
    if kind != PaperKind::DischargeSlip || known.hospital.is_empty() {
        profile.hospital = written("hospital", &known.hospital);
    }
    match text(fields, "economy").as_str() {
        "1" => profile.poor = Some(true),
        "2" => profile.poor = Some(false),
        _ => {}
    }
    profile
}

/// Stores a paper; returns it with the record after it and what is to be added to the record.
///
/// # Errors
/// The paper that is to be corrected is none of the record, or was corrected already; the register does not take the step that
/// follows.
pub(in crate::followup) async fn add(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    record: Id,
    held: Held,
    entered: Entered,
) -> Result<(Id, Held, Vec<Adding>)> {
    let Entered { kind, replaces, fields } = entered;
    let lines: Vec<_> = lines_in(tx, record).await?.into_iter().filter(|line| line.kind == kind).collect();
    let number = lines.iter().map(|line| line.number).max().unwrap_or(0) + 1;
    let replaces = if kind.is_one() { lines.first().map(|line| line.id) } else { replaces };
    if let Some(of) = replaces
        && !lines.iter().any(|line| line.id == of && !line.replaced)
    {
        return Err(rules::Refusal::new("SMD-PAPER", "paper_replaced").into());
    }
    let on = day_of(app, kind, &fields)?.unwrap_or_else(|| china_date(app.now()));
    let id = record.beside(app.now());
    let content = app.keys.seal(&serde_json::to_string(&fields)?)?;
    let sql = "INSERT INTO smd_paper (home, id, record_id, kind, number, made_on, content, replaces, recorded_by_name,
        organisation_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let args = p![
        id.home_number(),
        id,
        record,
        kind.code(),
        number,
        on,
        content,
        replaces,
        &scope.name,
        scope.organisation,
        app.now()
    ];
    tx.run(sql, args).await?;
    let profile = profile(kind, &fields, &held.profile);
    if consents_to_emergency(kind, &fields, replaces.is_some()) {
        emergency::signed(app, tx, scope, record, day(&fields, "signed_on")).await?;
    }
    let discharged_on = (kind == PaperKind::DischargeSlip).then_some(on);
    let mut happened = Vec::new();
    for step in steps(kind, &held.record, &fields, replaces.is_some()) {
        let tell = told_of(tx, record, &step).await?;
        let note: String = reason(&step, &fields).chars().take(LONGEST).collect();
        happened.push(Happened::Stepped { step, note, tell, profile: None, owes_slip: false });
    }
    happened.push(Happened::Paper { kind, paper: id, profile, discharged_on, owes_papers: true });
    let (mut held, mut adding) = (held, Vec::new());
    for happened in happened {
        held = after(Some(held), &happened, on)?;
        adding.push(Adding { happened, on, visit: None });
    }
    Ok((id, held, adding))
}
