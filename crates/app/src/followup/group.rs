//! The management group of a township: members, meetings, and the cases handed to it with their shared risk grade.
//!
//! The group's page names no diagnosis and opens no record: its members are of other departments, and what is shared with them is
//! the risk grade alone. Cases come to it by the hand of who is in charge, and with the note that the group was told in writing.

mod cases;
mod townships;

pub(super) use cases::told;
pub use cases::{Case, CaseFields, act, of_record};
pub use townships::{District, Township, Townships, townships};

use super::{LONGEST, SHORT, held::may, is_primary_care};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    entry::Reader,
    error::{Error, Result},
    id::Id,
    p,
    scope::{Area, Scope},
};
use jiff::civil::Date;
use rules::{
    account::{Deed as Doing, Role},
    clock::china_date,
    division::{DivisionCode, Level},
    followup::group::{Office, unfilled},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Members of a group at most.
pub const MOST_MEMBERS: usize = 40;
/// Meetings that are shown.
const MEETINGS: i64 = 24;

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Office.
    pub office: Office,
    /// Name.
    pub name: String,
    /// Organisation.
    pub organisation: String,
    /// Telephone.
    pub phone: String,
}

/// A member as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemberFields {
    /// `leader`, `police`, `civil_affairs`, `federation`, `health_centre`, `village`, `grid`, `other`.
    pub office: String,
    /// Name.
    pub name: String,
    /// Organisation.
    pub organisation: String,
    /// Telephone.
    pub phone: String,
}

/// A meeting.
#[derive(Debug, Clone)]
pub struct Meeting {
    /// Day.
    pub held_on: Date,
    /// Offices that were there.
    pub came: Vec<Office>,
    /// What was agreed.
    pub note: String,
    /// Who recorded it.
    pub by: String,
}

/// A meeting as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeetingFields {
    /// Day; today where it is empty.
    pub on: String,
    /// Offices that were there.
    pub came: Vec<String>,
    /// What was agreed.
    pub note: String,
}

#[derive(Serialize, Deserialize)]
struct MeetingContent {
    came: Vec<Office>,
    note: String,
}

/// The group of a township.
#[derive(Debug, Clone)]
pub struct Group {
    /// The township.
    pub division: i64,
    /// Name of the group; empty where there is none yet.
    pub name: String,
    /// Members.
    pub members: Vec<Member>,
    /// Offices that nobody fills.
    pub unfilled: Vec<Office>,
    /// Meetings, the latest first.
    pub meetings: Vec<Meeting>,
    /// Cases that are open, and those that were closed this year.
    pub cases: Vec<Case>,
    /// To be sent with the next change; 0 where there is no group yet.
    pub version: i64,
}

struct Row {
    id: Id,
    division: i64,
    name: String,
    content: Vec<u8>,
    complete: bool,
    version: i64,
}
crate::row!(Row { id, division, name, content, complete, version });

const ROW: &str = "SELECT id, division, name, content, complete, version FROM smd_group";

/// The township of a place; the county's own code where there is none.
fn town(division: i64) -> i64 {
    division - division % Level::Town.width()
}

/// The part of the country whose groups the reader sees: the area of the county's health side, the township of a doctor.
fn area(scope: &Scope) -> Result<Area> {
    match scope.role {
        Role::HealthOfficer => Ok(scope.area),
        Role::Doctor if is_primary_care(scope) => Ok(Area::of(town(scope.division))),
        Role::Doctor => Ok(Area { from: 1, to: 0 }),
        _ => Err(Error::Forbidden),
    }
}

/// A township in the reader's area.
fn in_area(app: &App, scope: &Scope, division: i64) -> Result<i64> {
    let code = DivisionCode::new(division).map_err(|_| Error::NotFound)?;
    let there = code.level() == Level::Town && app.divisions.exists(code) && area(scope)?.holds(division);
    if there { Ok(division) } else { Err(Error::NotFound) }
}

/// The group of a township in the reader's area with the cases that were handed to it; the read is in the log.
///
/// # Errors
/// There is no such township in the area.
pub async fn show(app: &App, scope: &Scope, division: i64) -> Result<Group> {
    may(scope, Doing::Read)?;
    let division = in_area(app, scope, division)?;
    let row: Option<Row> = app.db.opt(&format!("{ROW} WHERE division = $1"), p![division]).await?;
    let cases = cases::of_town(app, scope, division).await?;
    let entry = Entry::listed(Purpose::Care, "smd_record", cases.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    let mut group = Group {
        division,
        name: String::new(),
        members: Vec::new(),
        unfilled: Office::NEEDED.to_vec(),
        meetings: Vec::new(),
        cases,
        version: 0,
    };
    let Some(row) = row else { return Ok(group) };
    group.members = serde_json::from_str(&app.keys.unseal(&row.content)?)?;
    group.unfilled = unfilled(&group.members.iter().map(|member| member.office).collect());
    let sql = "SELECT held_on, content, recorded_by_name FROM smd_group_meeting
        WHERE group_id = $1 ORDER BY held_on DESC, id DESC LIMIT $2";
    let meetings: Vec<(Date, Vec<u8>, String)> = app.db.all(sql, p![row.id, MEETINGS]).await?;
    for (held_on, content, by) in meetings {
        let MeetingContent { came, note } = serde_json::from_str(&app.keys.unseal(&content)?)?;
        group.meetings.push(Meeting { held_on, came, note, by });
    }
    (group.name, group.version) = (row.name, row.version);
    Ok(group)
}

/// Sets name and members of the group of a township, upon the version that the caller saw.
///
/// # Errors
/// There is no such township in the area; somebody changed the group meanwhile; fields are wrong.
pub async fn change(
    app: &App,
    scope: &Scope,
    division: i64,
    version: i64,
    (name, members): (&str, &[MemberFields]),
) -> Result<()> {
    may(scope, Doing::Change)?;
    let division = in_area(app, scope, division)?;
    let (name, members) = read(app, name, members)?;
    let complete = unfilled(&members.iter().map(|member| member.office).collect::<BTreeSet<_>>()).is_empty();
    let sealed = app.keys.seal(&serde_json::to_string(&members)?)?;
    let now = app.now();
    atomic!(app.db, tx => {
        let row = find(tx, division).await?;
        let found = row.as_ref().map_or(0, |row| row.version);
        if found != version {
            return Err(Error::Changed { expected: version, found });
        }
        match row {
            None => {
                let sql = "INSERT INTO smd_group (id, division, county, name, content, complete, changed_by_name, changed_at, version)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
                let county = crate::division::county_of(division);
                let args = p![
                    Id::in_division(division, now), division, county, &name, sealed.clone(), complete, &scope.name, now
                ];
                tx.run(sql, args).await?;
            }
            Some(row) => {
                let sql = "UPDATE smd_group SET name = $1, content = $2, complete = $3, changed_by_name = $4, changed_at = $5,
                    version = $6 WHERE id = $7";
                tx.run(sql, p![&name, sealed.clone(), complete, &scope.name, now, row.version + 1, row.id]).await?;
            }
        }
        note(tx, app, scope, division, "members");
        Ok(())
    })
}

fn read(app: &App, name: &str, members: &[MemberFields]) -> Result<(String, Vec<Member>)> {
    let mut reader = Reader::new(&app.divisions, true);
    let name = reader.line("name", name, SHORT);
    reader.needed("name", !name.is_empty());
    if members.len() > MOST_MEMBERS {
        reader.wrong("members", "too_many", MOST_MEMBERS);
    }
    let mut read = Vec::new();
    for (number, fields) in (1..).zip(members.iter().take(MOST_MEMBERS)) {
        let at = |part: &str| format!("members.{number}.{part}");
        let office = reader.choice(&at("office"), &fields.office, Office::of_code);
        let name = reader.line(&at("name"), &fields.name, SHORT);
        reader.needed(&at("name"), !name.is_empty());
        let organisation = reader.line(&at("organisation"), &fields.organisation, SHORT);
        let phone = reader.phone(&at("phone"), &fields.phone);
        read.push(Member { office: office.unwrap_or(Office::Other), name, organisation, phone });
    }
    reader.needed("members", !read.is_empty());
    reader.finish((name, read))
}

async fn find(tx: &mut Tx, division: i64) -> Result<Option<Row>> {
    Ok(tx.opt(&format!("{ROW} WHERE division = $1"), p![division]).await?)
}

fn note(tx: &mut Tx, app: &App, scope: &Scope, division: i64, what: &str) {
    let detail = serde_json::json!({ "division": division, "fields": [what] });
    let entry =
        Entry { purpose: Purpose::Care, action: "change", subject_kind: "smd_group", subject: None, detail };
    audit::record_in(tx, scope, entry, app.now());
}

/// Records a meeting of the group.
///
/// # Errors
/// There is no such township in the area, or no group yet; fields are wrong.
pub async fn meet(app: &App, scope: &Scope, division: i64, fields: &MeetingFields) -> Result<()> {
    may(scope, Doing::Change)?;
    let division = in_area(app, scope, division)?;
    let today = china_date(app.now());
    let mut reader = Reader::new(&app.divisions, true);
    let on = reader.past_day("on", &fields.on, today).unwrap_or(today);
    let came = reader.choices("came", &fields.came, &Office::ALL.map(Office::code));
    reader.needed("came", !came.is_empty());
    let note_text = reader.text("note", &fields.note, LONGEST);
    reader.needed("note", !note_text.is_empty());
    let on = reader.finish(on)?;
    let came = came.iter().filter_map(|code| Office::of_code(code)).collect();
    let sealed = app.keys.seal(&serde_json::to_string(&MeetingContent { came, note: note_text })?)?;
    let now = app.now();
    atomic!(app.db, tx => {
        let row = find(tx, division).await?;
        let row = row.ok_or_else(|| rules::Refusal::new("SMD-GROUP", "no_group_yet"))?;
        let sql = "INSERT INTO smd_group_meeting (id, group_id, held_on, content, recorded_by_name, at) VALUES ($1, $2, $3, $4, $5, $6)";
        tx.run(sql, p![Id::in_division(division, now), row.id, on, sealed.clone(), &scope.name, now]).await?;
        note(tx, app, scope, division, "meeting");
        Ok(())
    })
}
