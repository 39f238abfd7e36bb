//! What stands of a session that somebody sends again, or that somebody else recorded meanwhile: it is compared as a whole, so that
//! nothing that was written differs in silence.

use super::{Content, Values, concerned, note, store};
use crate::{
    App,
    db::{FromRow, Row, Sql},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::care::{Presence, SessionState};
use std::collections::BTreeMap;

/// Persons of one session that are read at most.
const MOST: i64 = 100;

/// A session as it stands.
pub(crate) struct Stands {
    /// Identifier.
    pub(crate) id: Id,
    /// State.
    pub(crate) state: SessionState,
    /// Service.
    pub(crate) service: String,
    /// Form of service.
    pub(crate) way: String,
    /// Where.
    pub(crate) place: String,
    /// Its beginning and end.
    pub(crate) span: (Timestamp, Timestamp),
    /// Who recorded it, and when.
    pub(crate) recorded: Option<(String, Timestamp)>,
    /// What is written of it.
    pub(crate) content: Content,
    /// Values of its fields, with those of the only person at it.
    pub(crate) fields: Values,
    /// Who came, of everybody.
    pub(crate) persons: BTreeMap<Id, Presence>,
}

/// A place at a session.
struct Seated {
    case: Id,
    presence: Presence,
    note: Option<Vec<u8>>,
}

impl FromRow for Seated {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let presence: String = row.get(1)?;
        let presence = Presence::of_code(&presence).ok_or(crate::db::Error::Column(1))?;
        Ok(Seated { case: row.get(0)?, presence, note: row.get(2)? })
    }
}

/// The session that the caller entered under this key.
///
/// # Errors
/// The database is gone.
pub(crate) async fn under_key(app: &App, scope: &Scope, key: Id) -> Result<Option<Stands>> {
    let sql = "SELECT id FROM care_session WHERE home = $1 AND made_by = $2 AND entry_key = $3";
    let args = p![scope.organisation.home_number(), scope.account, key];
    let found: Option<(Id,)> = app.db.opt(sql, args).await?;
    match found {
        Some((id,)) => stands(app, scope, id).await.map(Some),
        None => Ok(None),
    }
}

/// A session that concerns the caller.
///
/// # Errors
/// There is none such.
pub(crate) async fn stands(app: &App, scope: &Scope, id: Id) -> Result<Stands> {
    let stored = store::read(app, scope, id).await?;
    let sql = "SELECT referral_id, presence, note FROM attendance WHERE session_id = $1 LIMIT $2";
    let seats: Vec<Seated> = app.db.all(sql, p![id, MOST]).await?;
    let mut fields = stored.content.fields.clone();
    if let [Seated { note: Some(sealed), .. }] = seats.as_slice() {
        fields.extend(note::open(app, sealed)?.1);
    }
    Ok(Stands {
        id,
        fields,
        state: stored.state,
        span: (stored.starts, stored.ends),
        recorded: stored.recorded_by.zip(stored.recorded_at),
        service: stored.service,
        way: stored.way,
        place: stored.place,
        content: stored.content,
        persons: seats.into_iter().map(|seat| (seat.case, seat.presence)).collect(),
    })
}

/// Planned sessions that concern the caller, among these: version, place, how many persons are expected.
pub(crate) async fn planned(
    app: &App,
    scope: &Scope,
    (these, args): (String, Vec<crate::db::Value>),
) -> Result<BTreeMap<Id, (i64, String, i64)>> {
    let text = format!(
        "SELECT s.id, s.version, s.place, s.persons FROM care_session s WHERE {these} AND s.state = 'planned'"
    );
    let found: Vec<(Id, i64, String, i64)> = app.db.query(concerned(scope, Sql { text, args })).await?;
    Ok(found.into_iter().map(|(id, version, place, persons)| (id, (version, place, persons))).collect())
}

impl Stands {
    /// Goes on where it is still to be recorded.
    ///
    /// # Errors
    /// It is not.
    pub(crate) fn is_to_come(&self) -> Result<()> {
        super::step(self.state, super::Done::Record).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn only_what_is_planned_is_to_be_recorded() {
        let in_state = |state| Stands {
            id: Id(uuid::Uuid::nil()),
            state,
            service: String::new(),
            way: String::new(),
            place: String::new(),
            span: (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH),
            recorded: None,
            content: Content::default(),
            fields: Values::new(),
            persons: BTreeMap::new(),
        };
        assert!(in_state(SessionState::Planned).is_to_come().is_ok());
        for state in [SessionState::Held, SessionState::Cancelled, SessionState::Void] {
            assert!(matches!(in_state(state).is_to_come(), Err(Error::Refused(_))), "{state:?}");
        }
    }
}
