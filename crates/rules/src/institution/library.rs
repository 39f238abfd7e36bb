//! The library procedure, the same for institutions and for talents: draft, county review, prefecture confirmation,
//! listing, notice with defence, removal.
//!
//! Order of the two approvals, dynamic management and the right to state and defend: Measures for Sharing and
//! Referral, 2023. That the approvals are by different persons of different organisations, and the length of the
//! defence, are local defaults.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Refusal;
use crate::account::{Actor, Role};
use crate::calendar::Calendar;
use crate::clock::{ClockTable, china_date};
use crate::referral::RefusalCode;

/// Where a record of a library stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LibraryState {
    /// Being written.
    Draft,
    /// 县级初核: with the county.
    CountyReview,
    /// Returned for papers.
    Returned,
    /// 市级确认: with the prefecture.
    CityConfirm,
    /// Listed.
    Listed,
    /// Removal was announced; the defence is open.
    UnderNotice,
    /// Suspended.
    Suspended,
    /// Removed.
    Removed,
    /// Left of its own will.
    VoluntaryExit,
    /// The list that had begun the record was taken back.
    TakenBack,
}

/// A record of a library as far as the procedure goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The institution or talent.
    pub id: Uuid,
    /// Organisation that owns the record: the institution, or the talent's institution.
    pub owner: Uuid,
    /// State.
    pub state: LibraryState,
    /// Number of events.
    pub version: u64,
    /// Who approved for the county: account and organisation.
    pub county_approval: Option<(Uuid, Uuid)>,
    /// Who announced the removal, for which reason, and the last day of the defence.
    pub notice: Option<Notice>,
    /// Reason of the present state.
    pub reason: Option<String>,
}

/// An announced removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Account that announced.
    pub by: Uuid,
    /// Reason, in words.
    pub reason: String,
    /// Last day of the defence.
    pub until: Date,
    /// Stored statement of the other side.
    pub statement: Option<Uuid>,
}

/// What may be asked of a library record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "snake_case")]
pub enum LibraryCommand {
    /// Hand in for review.
    Submit,
    /// County: complete, on to the prefecture.
    ApproveCounty,
    /// County or prefecture: return for papers.
    Return {
        /// What is missing.
        reason: String,
    },
    /// Prefecture: list.
    Confirm,
    /// County: announce the removal; the defence opens.
    Announce {
        /// Why.
        reason: String,
    },
    /// Owner: statement and defence.
    State {
        /// Stored statement.
        statement: Uuid,
    },
    /// Prefecture: the record stays listed.
    Keep,
    /// Prefecture: remove.
    Remove,
    /// County: suspend.
    Suspend {
        /// Why.
        reason: String,
    },
    /// County: end the suspension.
    Resume,
    /// Owner: leave the library.
    Leave,
}

/// What happened to a library record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRecorded {
    /// Number of the event in its record, from 1.
    pub sequence: u64,
    /// What was carried out.
    pub command: LibraryCommand,
    /// Account.
    pub actor: Uuid,
    /// Role.
    pub role: Role,
    /// Organisation.
    pub organisation: Uuid,
    /// When.
    pub at: Timestamp,
    /// State before.
    pub from: LibraryState,
    /// State after.
    pub to: LibraryState,
    /// Last day of the defence, when one opens.
    pub defence_until: Option<Date>,
    /// Open offers to the institution are to be taken back and offered elsewhere.
    pub reroute_offers: bool,
}

const RULE: &str = "library";

/// States and roles of a command: the one table behind decision and list.
fn row(command: &LibraryCommand) -> (&'static [LibraryState], &'static [Role], LibraryState) {
    use LibraryState::{
        CityConfirm, CountyReview, Draft, Listed, Removed, Returned, Suspended, UnderNotice, VoluntaryExit,
    };
    const OWNER: &[Role] = &[Role::InstitutionManager];
    const COUNTY: &[Role] = &[Role::CivilAffairsOfficer];
    const CITY: &[Role] = &[Role::Supervisor];
    const BOTH: &[Role] = &[Role::CivilAffairsOfficer, Role::Supervisor];
    match command {
        LibraryCommand::Submit => (&[Draft, Returned], OWNER, CountyReview),
        LibraryCommand::ApproveCounty => (&[CountyReview], COUNTY, CityConfirm),
        LibraryCommand::Return { .. } => (&[CountyReview, CityConfirm], BOTH, Returned),
        LibraryCommand::Confirm => (&[CityConfirm], CITY, Listed),
        LibraryCommand::Announce { .. } => (&[Listed, Suspended], COUNTY, UnderNotice),
        LibraryCommand::State { .. } => (&[UnderNotice], OWNER, UnderNotice),
        LibraryCommand::Keep => (&[UnderNotice], CITY, Listed),
        LibraryCommand::Remove => (&[UnderNotice], CITY, Removed),
        LibraryCommand::Suspend { .. } => (&[Listed], COUNTY, Suspended),
        LibraryCommand::Resume => (&[Suspended], COUNTY, Listed),
        LibraryCommand::Leave => (&[Draft, Returned, Listed, Suspended], OWNER, VoluntaryExit),
    }
}

/// Decide a library command.
///
/// # Errors
/// A refusal with the code of what stands in the way: state, role, owner, same person or organisation, open defence,
/// missing reason.
pub fn decide(
    entry: &Entry,
    command: &LibraryCommand,
    actor: &Actor,
    calendar: &Calendar,
    clocks: &ClockTable,
    now: Timestamp,
) -> Result<LibraryRecorded, Refusal> {
    let today = china_date(now);
    let to = ready(entry, command, actor, today)?;
    let reason = match command {
        LibraryCommand::Return { reason }
        | LibraryCommand::Announce { reason }
        | LibraryCommand::Suspend { reason } => Some(reason),
        _ => None,
    };
    if reason.is_some_and(|reason| reason.trim().is_empty()) {
        return Err(RefusalCode::ReasonUnknown.by(RULE));
    }
    let days = clocks.in_force(today).limits.defence_working_days;
    let opens = matches!(command, LibraryCommand::Announce { .. });
    let ends_listing =
        matches!(to, LibraryState::Removed | LibraryState::Suspended | LibraryState::VoluntaryExit);
    Ok(LibraryRecorded {
        sequence: entry.version.saturating_add(1),
        command: command.clone(),
        actor: actor.account,
        role: actor.role,
        organisation: actor.organisation,
        at: now,
        from: entry.state,
        to,
        defence_until: opens.then(|| calendar.after_working_days(today, days).date),
        reroute_offers: ends_listing,
    })
}

/// State, role, owner and the conditions that the procedure sets.
fn ready(
    entry: &Entry,
    command: &LibraryCommand,
    actor: &Actor,
    today: Date,
) -> Result<LibraryState, Refusal> {
    let (from, roles, to) = row(command);
    if !from.contains(&entry.state) {
        return Err(RefusalCode::WrongState.by(RULE));
    }
    if !roles.contains(&actor.role) {
        return Err(RefusalCode::WrongRole.by(RULE).with("role", actor.role.code()));
    }
    if actor.role == Role::InstitutionManager && actor.organisation != entry.owner {
        return Err(RefusalCode::NotYourCase.by(RULE));
    }
    match command {
        LibraryCommand::Confirm => match entry.county_approval {
            Some((account, _)) if account == actor.account => Err(RefusalCode::SamePerson.by(RULE)),
            Some((_, house)) if house == actor.organisation => Err(RefusalCode::SameOrganisation.by(RULE)),
            Some(_) => Ok(to),
            None => Err(RefusalCode::NotProposed.by(RULE)),
        },
        LibraryCommand::Remove => match &entry.notice {
            Some(notice) if notice.by == actor.account => Err(RefusalCode::SamePerson.by(RULE)),
            Some(notice) if notice.statement.is_none() && today <= notice.until => {
                Err(RefusalCode::DefenceOpen.by(RULE).with("until", notice.until))
            }
            Some(_) => Ok(to),
            None => Err(RefusalCode::NotProposed.by(RULE)),
        },
        LibraryCommand::State { .. } => match &entry.notice {
            Some(notice) if today > notice.until => {
                Err(RefusalCode::TermOver.by(RULE).with("until", notice.until))
            }
            _ => Ok(to),
        },
        LibraryCommand::Return { .. } => {
            let county = entry.state == LibraryState::CountyReview;
            let fits = county == (actor.role == Role::CivilAffairsOfficer);
            if fits { Ok(to) } else { Err(RefusalCode::WrongRole.by(RULE).with("role", actor.role.code())) }
        }
        _ => Ok(to),
    }
}

/// Bring a record up to date with its next event.
pub fn apply(entry: &mut Entry, recorded: &LibraryRecorded) {
    entry.version = recorded.sequence;
    entry.state = recorded.to;
    entry.reason = None;
    match &recorded.command {
        LibraryCommand::ApproveCounty => {
            entry.county_approval = Some((recorded.actor, recorded.organisation));
        }
        LibraryCommand::Submit => entry.county_approval = None,
        LibraryCommand::Return { reason } | LibraryCommand::Suspend { reason } => {
            entry.reason = Some(reason.clone());
        }
        LibraryCommand::Announce { reason } => {
            entry.notice = recorded.defence_until.map(|until| Notice {
                by: recorded.actor,
                reason: reason.clone(),
                until,
                statement: None,
            });
        }
        LibraryCommand::State { statement } => {
            if let Some(notice) = &mut entry.notice {
                notice.statement = Some(*statement);
            }
        }
        LibraryCommand::Keep => entry.notice = None,
        LibraryCommand::Remove => {
            entry.reason = entry.notice.as_ref().map(|notice| notice.reason.clone());
        }
        LibraryCommand::Confirm | LibraryCommand::Resume | LibraryCommand::Leave => {}
    }
}

/// One command that the role may in principle give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryOffer {
    /// Name of the command.
    pub command: &'static str,
    /// What stands in the way.
    pub refusal: Option<Refusal>,
}

/// What this actor may do with this record now; reasons and statements are still to be given.
#[must_use]
pub fn actions(entry: &Entry, actor: &Actor, now: Timestamp) -> Vec<LibraryOffer> {
    let today = china_date(now);
    let text = String::new;
    let all = [
        ("submit", LibraryCommand::Submit),
        ("approve_county", LibraryCommand::ApproveCounty),
        ("return", LibraryCommand::Return { reason: text() }),
        ("confirm", LibraryCommand::Confirm),
        ("announce", LibraryCommand::Announce { reason: text() }),
        ("state", LibraryCommand::State { statement: Uuid::nil() }),
        ("keep", LibraryCommand::Keep),
        ("remove", LibraryCommand::Remove),
        ("suspend", LibraryCommand::Suspend { reason: text() }),
        ("resume", LibraryCommand::Resume),
        ("leave", LibraryCommand::Leave),
    ];
    let possible = all.into_iter().filter_map(|(name, command)| {
        let refusal = ready(entry, &command, actor, today).err();
        let never = refusal.as_ref().is_some_and(|refusal| {
            *refusal == RefusalCode::WrongState
                || *refusal == RefusalCode::WrongRole
                || *refusal == RefusalCode::NotYourCase
        });
        (!never).then_some(LibraryOffer { command: name, refusal })
    });
    possible.collect()
}
