//! How a record comes into the register: by a clue, a report card or a discharge slip. A person has one record; whoever is
//! reported again is found under it.

use super::{
    LONGEST,
    held::{Adding, Happened, Held, Profile, Source, after, load, log, may, save},
    list::{Filter, conditions},
    paper::{self, Entered},
    search::NOBODY,
};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    division::county_of,
    entry::Reader,
    error::{Error, Problem, Result},
    id::Id,
    p,
    person::{
        self, Entrant,
        sql::{TOGETHER, keyed},
    },
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::{Deed as Doing, Role},
    clock::china_date,
    division::Level,
    followup::paper::PaperKind,
};
use serde::Deserialize;

/// What is known of a person, as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProfileFields {
    /// Disorder.
    pub disorder: String,
    /// Day of the diagnosis.
    pub diagnosed_on: String,
    /// Hospital.
    pub hospital: String,
    /// First onset.
    pub onset_on: String,
    /// Guardian.
    pub guardian_name: String,
    /// Relation.
    pub guardian_relation: String,
    /// Telephone of the guardian.
    pub guardian_phone: String,
    /// `1` poor, `2` not poor.
    pub economy: String,
    /// What else is to be known.
    pub remark: String,
}

/// A record to be opened.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// How: `clue`, `report_card`, `discharge_slip`.
    pub source: String,
    /// The day of the paper; for a discharge slip that of the discharge.
    pub on: String,
    /// The day on which a report card came on paper, whose whole is entered later; empty where it did not.
    pub received_on: String,
    /// A person of the register, where the caller may see one.
    pub person: Option<Id>,
    /// Name.
    pub name: String,
    /// Identity number.
    pub number: String,
    /// `male` or `female`.
    pub sex: String,
    /// Birth date.
    pub born_on: String,
    /// Telephone.
    pub phone: String,
    /// Village or community, 12 digits.
    pub division: String,
    /// Address.
    pub address: String,
    /// The institution of primary care that is to take it up.
    pub in_charge: Option<Id>,
    /// What is known beside it.
    #[serde(flatten)]
    pub profile: ProfileFields,
    /// The whole card or slip, by the keys of its definition. Then everything else but the person and the institution follows from it.
    #[serde(skip)]
    pub paper: Option<paper::Fields>,
}

impl ProfileFields {
    /// The profile; a diagnosed person has a disorder and the day of the diagnosis.
    fn read(&self, reader: &mut Reader<'_>, diagnosed: bool, today: Date) -> Result<Profile> {
        let disorder = self.disorder.trim();
        if !disorder.is_empty() && crate::catalogue::disorders()?.get(disorder).is_none() {
            reader.wrong("disorder", "unknown_choice", "");
        }
        let diagnosed_on = reader.past_day("diagnosed_on", &self.diagnosed_on, today);
        if diagnosed {
            reader.needed("disorder", !disorder.is_empty());
            reader.needed("diagnosed_on", !self.diagnosed_on.trim().is_empty());
        }
        let onset_on = reader.past_day("onset_on", &self.onset_on, today);
        if let (Some(onset), Some(diagnosed)) = (onset_on, diagnosed_on)
            && onset > diagnosed
        {
            reader.wrong("onset_on", "onset_after_diagnosis", "");
        }
        let poor = match self.economy.trim() {
            "" => None,
            "1" => Some(true),
            "2" => Some(false),
            _ => {
                reader.wrong("economy", "unknown_choice", "");
                None
            }
        };
        Ok(Profile {
            disorder: disorder.to_owned(),
            diagnosed_on,
            hospital: reader.line("hospital", &self.hospital, 80),
            onset_on,
            guardian_name: reader.line("guardian_name", &self.guardian_name, 40),
            guardian_relation: reader.line("guardian_relation", &self.guardian_relation, 20),
            guardian_phone: reader.phone("guardian_phone", &self.guardian_phone),
            poor,
            remark: reader.text("remark", &self.remark, LONGEST),
        })
    }

    /// A profile as it is written.
    #[must_use]
    pub fn of(profile: &Profile) -> ProfileFields {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        ProfileFields {
            disorder: profile.disorder.clone(),
            diagnosed_on: day(profile.diagnosed_on),
            hospital: profile.hospital.clone(),
            onset_on: day(profile.onset_on),
            guardian_name: profile.guardian_name.clone(),
            guardian_relation: profile.guardian_relation.clone(),
            guardian_phone: profile.guardian_phone.clone(),
            economy: match profile.poor {
                Some(true) => "1".to_owned(),
                Some(false) => "2".to_owned(),
                None => String::new(),
            },
            remark: profile.remark.clone(),
        }
    }
}

/// What was read of an opening.
struct Read {
    source: Source,
    on: Date,
    /// The day on which a card came on paper.
    received_on: Option<Date>,
    profile: Profile,
    division: i64,
    born_on: Option<Date>,
}

fn read(app: &App, opening: &Opening) -> Result<Read> {
    let today = china_date(app.now());
    let divisions = &app.divisions;
    let mut reader = Reader::new(divisions, true);
    let source = reader.choice("source", &opening.source, Source::of_code);
    let on = reader.past_day("on", &opening.on, today);
    let received_on = match source {
        Some(Source::ReportCard) => reader.past_day("received_on", &opening.received_on, today),
        _ => None,
    };
    if received_on.zip(on).is_some_and(|(received, written)| received < written) {
        reader.wrong("received_on", "received_before_written", "");
    }
    let diagnosed = source.is_some_and(|source| source != Source::Clue);
    let profile = opening.profile.read(&mut reader, diagnosed, today)?;
    let (mut division, mut born_on) = (0, None);
    if opening.person.is_none() {
        division = reader.division("division", &opening.division, Level::Village);
        born_on = reader.past_day("born_on", &opening.born_on, today);
    }
    let source = source.unwrap_or(Source::Clue);
    reader.finish(Read { source, on: on.unwrap_or(today), received_on, profile, division, born_on })
}

/// Opens a record. A person who is not in the register is entered there; who has a record already keeps it: a hospital's slip of a
/// discharge, and its card for a clue, are added to that record.
///
/// # Errors
/// The fields that are wrong; the person has a record; the caller does not see the person; the institution is none of primary
/// care.
pub async fn open(app: &App, scope: &Scope, opening: &Opening) -> Result<Id> {
    may(scope, Doing::Change)?;
    let known = match opening.person {
        Some(person) => Some(in_register(app, scope, person).await?),
        None => None,
    };
    let whole = match &opening.paper {
        Some(fields) => Some(whole(app, opening, fields, known).await?),
        None => None,
    };
    let opening = whole.as_ref().map_or(opening, |(opening, _)| opening);
    let read = read(app, opening)?;
    atomic!(app.db, tx => {
        let (person, division) = match known {
            Some(known) => known,
            None => (entered(app, tx, scope, opening, &read).await?, read.division),
        };
        let paper = whole.as_ref().map(|(_, entered)| entered.clone());
        if let Some(record) = record_of(tx, person).await? {
            return match paper {
                Some(paper) if is_of_hospital(scope) => {
                    let stored = load(tx, &Scope::system(), record).await?;
                    paper::append(app, tx, scope, &stored, paper).await
                }
                _ => Err(has_record()),
            };
        }
        let in_charge = in_charge(tx, scope, opening.in_charge, division).await?;
        let id = insert(app, tx, scope, (person, division, in_charge), &read, paper).await?;
        log(tx, app, scope, "change", id, &["record"]);
        Ok(id)
    })
}

/// What a whole card or slip says, as an opening, and the paper itself.
async fn whole(
    app: &App,
    opening: &Opening,
    sent: &paper::Fields,
    known: Option<(Id, i64)>,
) -> Result<(Opening, Entered)> {
    let kind = PaperKind::of_code(&opening.source).filter(|kind| kind.opens());
    let kind = kind.ok_or_else(|| Error::invalid("source", "unknown_choice"))?;
    let known = match known {
        Some((person, _)) => paper::known_outside(app, person).await?,
        None => paper::Fields::new(),
    };
    let fields = paper::checked(app, kind, sent.clone(), &known, None)?;
    let text = |key: &str| paper::text(&fields, key);
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let card = text("id_kind") == "01";
    let of = Opening {
        source: opening.source.clone(),
        on: day(paper::day_of(app, kind, &fields)?),
        received_on: String::new(),
        person: opening.person,
        name: text("name"),
        number: if card { text("number") } else { String::new() },
        sex: text("sex"),
        born_on: text("born_on"),
        phone: text("phone"),
        division: text("division"),
        address: text("address"),
        in_charge: opening.in_charge,
        profile: ProfileFields {
            disorder: text("disorder"),
            diagnosed_on: text("diagnosed_on"),
            hospital: text("hospital"),
            onset_on: text("onset_on"),
            ..opening.profile.clone()
        },
        paper: None,
    };
    Ok((of, Entered { kind, replaces: None, fields }))
}

/// That a person has a record.
pub(super) fn has_record() -> Error {
    Refusal::new("SMD-STATE", "smd_record_exists").into()
}

/// Whether somebody enters cards that came on paper: primary care and the county do, a hospital reports by itself.
#[must_use]
pub fn enters_paper(scope: &Scope) -> bool {
    !is_of_hospital(scope)
}

/// A hospital's doctor reports; primary care and the county enter what came on paper.
fn is_of_hospital(scope: &Scope) -> bool {
    scope.role == Role::Doctor && !super::is_primary_care(scope)
}

/// A person whom the caller sees in the register, with where they live.
async fn in_register(app: &App, scope: &Scope, person: Id) -> Result<(Id, i64)> {
    let stored = person::stored(app, scope, person).await?;
    let entry = Entry::read(Purpose::Care, "person", stored.id);
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok((stored.id, stored.division))
}

async fn entered(app: &App, tx: &mut Tx, scope: &Scope, opening: &Opening, read: &Read) -> Result<Id> {
    let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let entrant = Entrant {
        name: opening.name.clone(),
        number: some(&opening.number),
        sex: some(&opening.sex),
        born_on: read.born_on,
        phone: some(&opening.phone),
        division: read.division,
        address: some(&opening.address),
        near: None,
        kind: Some(if read.source == Source::Clue { "clue" } else { "smd" }),
    };
    person::register(app, tx, scope, &entrant).await
}

/// The record of anybody of the person's cluster.
pub(super) async fn record_of(tx: &mut Tx, person: Id) -> Result<Option<Id>> {
    let sql = "SELECT s.id FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN smd_record s ON s.home = c.home AND s.person_id = c.id WHERE m.home = $1 AND m.id = $2 LIMIT 1";
    Ok(tx.opt::<(Id,)>(sql, p![person.home_number(), person]).await?.map(|(id,)| id))
}

/// The institution that was chosen, or the caller's own, or the first of the township.
async fn in_charge(tx: &mut Tx, scope: &Scope, chosen: Option<Id>, division: i64) -> Result<Id> {
    let of = "SELECT id FROM organisation WHERE kind = 'primary_care' AND ended_at IS NULL AND";
    let wrong = |code: &str| Error::Invalid(vec![Problem::new("in_charge", code)]);
    if let Some(chosen) = chosen {
        let found: Option<(Id,)> = tx.opt(&format!("{of} id = $1"), p![chosen]).await?;
        return found.map(|(id,)| id).ok_or_else(|| wrong("unknown_choice"));
    }
    let town = division - division % Level::Town.width();
    let width = Level::Town.width();
    let sql = format!("{of} division >= $1 AND division < $2 ORDER BY division, id LIMIT 20");
    let there: Vec<(Id,)> = tx.all(&sql, p![town, town + width]).await?;
    let own = there.iter().find(|(id,)| *id == scope.organisation);
    own.or(there.first()).map(|(id,)| *id).ok_or_else(|| wrong("required"))
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (person, division, in_charge): (Id, i64, Id),
    read: &Read,
    paper: Option<Entered>,
) -> Result<Id> {
    let now = app.now();
    let id = person.beside(now);
    let happened = Happened::Opened {
        source: read.source,
        profile: read.profile.clone(),
        in_charge,
        entry_from: read.received_on,
        owes_survey: read.source == Source::Clue,
    };
    let held: Held = after(None, &happened, read.on)?;
    let content = app.keys.seal(&serde_json::to_string(&held)?)?;
    let reporter = is_of_hospital(scope).then_some(scope.organisation);
    let sql = "INSERT INTO smd_record (home, id, person_id, division, county, in_charge, reporter, state, content, opened_at,
        changed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 0)";
    let args = p![
        id.home_number(),
        id,
        person,
        division,
        county_of(division),
        in_charge,
        reporter,
        held.record.state.code(),
        content,
        now
    ];
    tx.run(sql, args).await?;
    let stored = load(tx, &Scope::system(), id).await?;
    let mut added = vec![Adding { happened, on: read.on, visit: None }];
    let mut held = held;
    if let Some(paper) = paper {
        let (_, with, adding) = paper::add(app, tx, scope, id, held, paper).await?;
        held = with;
        added.extend(adding);
    }
    save(app, tx, scope, &stored, &held, &added).await?;
    Ok(id)
}

/// Changes what is known of a person beside the visits, upon the version that the caller saw.
///
/// # Errors
/// The record is not in scope or changed meanwhile; the caller is neither in charge nor of the county or the hospital that
/// reported; fields are wrong.
pub async fn change_profile(
    app: &App,
    scope: &Scope,
    id: Id,
    version: Option<i64>,
    fields: &ProfileFields,
) -> Result<i64> {
    may(scope, Doing::Change)?;
    atomic!(app.db, tx => {
        let stored = load(tx, scope, id).await?;
        let ties = stored.ties(scope);
        if !(ties.in_charge || ties.county || ties.reporter) {
            return Err(Refusal::new("SMD-DESK", "smd_not_yours").with("deed", "profile").into());
        }
        stored.expect(version)?;
        let held = stored.held(app)?;
        let today = china_date(app.now());
        let divisions = &app.divisions;
        let mut reader = Reader::new(divisions, true);
        let diagnosed = held.reported_on.is_some();
        let profile = fields.read(&mut reader, diagnosed, today)?;
        let profile = reader.finish(profile)?;
        let happened = Happened::Profile { profile, owes_papers: true };
        let held = after(Some(held), &happened, today)?;
        let adding = [Adding { happened, on: today, visit: None }];
        let version = save(app, tx, scope, &stored, &held, &adding).await?;
        log(tx, app, scope, "change", id, &["profile"]);
        Ok(version)
    })
}

/// The records of the register under which a person stands, under whichever of the person's records and whoever may see them.
pub(super) async fn records_of(app: &App, person: Id) -> Result<Vec<Id>> {
    let sql = "SELECT s.id FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN smd_record s ON s.home = c.home AND s.person_id = c.id WHERE m.home = $1 AND m.id = $2";
    let found: Vec<(Id,)> = app.db.all(sql, p![person.home_number(), person]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Those of these records that the caller has in scope and that the filter lets through. That is asked of the records alone: beside
/// what is joined across homes no scope could be asked for.
pub(super) async fn in_scope(app: &App, scope: &Scope, records: &[Id], filter: &Filter) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    for these in records.chunks(TOGETHER) {
        let (these, args) = keyed("s.home", "s.id", 1, these);
        let sql = Sql { text: format!("SELECT s.id FROM smd_record s WHERE {these}"), args };
        let some: Vec<(Id,)> =
            app.db.query(conditions(app, scope, super::within(scope, sql), filter)).await?;
        found.extend(some.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// The record of a person of the register, under whichever of the person's records; for those who see it.
///
/// # Errors
/// The database is gone.
pub async fn of_person(app: &App, scope: &Scope, person: Id) -> Result<Option<Id>> {
    let mut records = records_of(app, person).await?;
    if records.is_empty() {
        // Who has none costs as much as who has one elsewhere.
        records.push(NOBODY);
    }
    Ok(in_scope(app, scope, &records, &Filter::default()).await?.first().copied())
}
