//! What the recipient's program reads: the stream of a share by number, and the receipt for it.
//!
//! Before a page leaves, everything on it is looked at once more, in the same transaction: what may not leave any more is
//! withdrawn then, and stands on the page as a bare reference. Each record that leaves is in the register of its case, where the
//! person sees it, and in the log.

use super::{KIND, SHARE, Share, expect_one, feed, step};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Parsed, Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    referral::latest_form,
    row,
    scope::Scope,
};
use hmac::{Hmac, KeyInit, Mac};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    form::FormCode,
    referral::Case,
    share::{Released, Stage, State},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// A connector as its recipient sees it.
#[derive(Debug, Clone)]
pub struct Connector {
    /// The share.
    pub share: Share,
    /// The key by which the recipient finds its own records again, as hexadecimal digits; only of a single one.
    pub person_key: Option<String>,
}

/// One entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub number: i64,
    /// By what the recipient knows it.
    pub reference: Id,
    /// What is told; nothing where it is to be deleted.
    pub told: Option<Told>,
}

/// What is told of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// HMAC-SHA-256 of the identity number under the share's key, as hexadecimal digits: whoever has the number in an own
    /// register finds it again, nobody reads it here. Nothing where the application has no number.
    pub person: Option<String>,
    /// That the need is registered.
    pub need_registered: Option<bool>,
    /// How far the service has come.
    pub service: Option<Stage>,
    /// The name of the institution.
    pub institution: Option<String>,
}

/// A page of a stream.
#[derive(Debug, Clone)]
pub struct Page {
    /// The entries, by number.
    pub records: Vec<Record>,
    /// There are more behind them.
    pub more: bool,
    /// Where the share stands; while it is not open only what is to be deleted leaves.
    pub state: State,
}

/// Adds "and my organisation receives it". What was never open nobody outside the county knows of.
fn of_recipient(scope: &Scope, sql: Sql) -> Sql {
    sql.push(" AND s.recipient_id = {} AND s.opened_at IS NOT NULL", p![scope.organisation])
}

async fn own(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Share> {
    let sql = of_recipient(scope, Sql::new(SHARE)).push(" AND s.id = {}", p![id]);
    tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)
}

/// The shares that the caller's organisation receives.
///
/// # Errors
/// The role reads no shares.
pub async fn connectors(app: &App, scope: &Scope) -> Result<Vec<Connector>> {
    scope.permit(Deed::Read, Subject::SharedRecord)?;
    let sql = of_recipient(scope, Sql::new(SHARE)).push(" ORDER BY s.id LIMIT 200", []);
    let shares: Vec<Share> = app.db.query(sql).await?;
    audit::record(&app.db, scope, Entry::listed(Purpose::Referral, KIND, shares.len()), app.now()).await?;
    Ok(shares.into_iter().map(|share| Connector { share, person_key: None }).collect())
}

/// One of them, with the key.
///
/// # Errors
/// The caller's organisation receives no such share.
pub async fn connector(app: &App, scope: &Scope, id: Id) -> Result<Connector> {
    scope.permit(Deed::Read, Subject::SharedRecord)?;
    step::close_one(app, id).await?;
    atomic!(app.db, tx => {
        let share = own(tx, scope, id).await?;
        let person_key = Some(crate::hex::write(&key(app, tx, id).await?));
        let detail = json!({ "fields": ["person_key"] });
        audit::record_in(tx, scope, Entry { detail, ..Entry::read(Purpose::Referral, KIND, id) }, app.now());
        Ok(Connector { share, person_key })
    })
}

async fn key(app: &App, tx: &mut Tx, id: Id) -> Result<Vec<u8>> {
    let found: Option<(Vec<u8>,)> = tx.opt("SELECT person_key FROM share WHERE id = $1", p![id]).await?;
    let (sealed,) = found.ok_or(Error::NotFound)?;
    app.keys.unseal_bytes(&sealed)
}

/// A place in the stream as it is stored.
struct Row {
    referral: Id,
    reference: Id,
    number: i64,
    withdrawn: bool,
    given_number: i64,
}
row!(Row { referral, reference, number, withdrawn, given_number });

/// The entries after a number, in order. The same number asked for again gives the same entries, but those that changed
/// meanwhile, which stand further behind. Everything that leaves is registered and logged before it is given.
///
/// # Errors
/// The caller's organisation receives no such share.
pub async fn records(app: &App, scope: &Scope, id: Id, after: i64) -> Result<Page> {
    scope.permit(Deed::Read, Subject::SharedRecord)?;
    // A share whose assessment has run out closes before anything is read, whether the clock has turned or not.
    step::close_one(app, id).await?;
    let limit = i64::from(app.tables.shares.page_rows);
    atomic!(app.db, tx => {
        let share = own(tx, scope, id).await?;
        let sql = "UPDATE share SET read_at = $1 WHERE id = $2";
        tx.run(sql, p![app.now(), id]).await?;
        run_out(app, tx, id).await?;
        let stream = stream(&share);
        let (rows, cases) = standing(app, tx, &stream, (after, limit)).await?;
        let mut give = Give { app, scope, share: &share, key: key(app, tx, id).await?, names: BTreeMap::new() };
        let more = i64::try_from(rows.len()).unwrap_or(0) == limit;
        let mut records = Vec::new();
        for row in rows {
            records.push(give.one(tx, &stream, &row, cases.get(&row.referral)).await?);
        }
        if let Some(last) = records.last().map(|record| record.number).filter(|last| *last > share.given_number) {
            let sql = "UPDATE share SET given_number = $1 WHERE id = $2 AND given_number < $1";
            tx.run(sql, p![last, id]).await?;
        }
        let detail = json!({ "rows": records.len() });
        let entry = Entry { action: "list", detail, ..Entry::read(Purpose::Referral, KIND, id) };
        audit::record_in(tx, scope, entry, app.now());
        Ok(Page { records, more, state: share.state })
    })
}

fn stream(share: &Share) -> feed::Stream {
    feed::Stream {
        id: share.id,
        county: share.county,
        basis: share.basis.clone(),
        kinds: super::codes_of(&share.kinds),
        state: share.state.code().to_owned(),
        receipt: share.receipt_number,
    }
}

/// Withdraws what rests on a consent that ran out by itself.
async fn run_out(app: &App, tx: &mut Tx, share: Id) -> Result<()> {
    let sql = "SELECT referral_id, given_number FROM share_subject WHERE share_id = $1 AND consent_until < $2
        AND NOT withdrawn";
    let over: Vec<(Id, i64)> = tx.all(sql, p![share, china_date(app.now())]).await?;
    for (case, given) in over {
        feed::withdraw(tx, share, case, given).await?;
    }
    Ok(())
}

/// The rows of a page with their cases, after everything on it that may not leave any more was withdrawn.
async fn standing(
    app: &App,
    tx: &mut Tx,
    stream: &feed::Stream,
    (after, limit): (i64, i64),
) -> Result<(Vec<Row>, BTreeMap<Id, Case>)> {
    loop {
        let only = if stream.is_open() { "" } else { " AND withdrawn" };
        let sql = format!(
            "SELECT referral_id, reference, number, withdrawn, given_number FROM share_subject
            WHERE share_id = $1 AND number > $2{only} ORDER BY number LIMIT $3"
        );
        let rows: Vec<Row> = tx.all(&sql, p![stream.id, after, limit]).await?;
        let (mut cases, mut stale) = (BTreeMap::new(), false);
        for row in rows.iter().filter(|row| !row.withdrawn) {
            let sql = "SELECT body FROM referral WHERE home = $1 AND id = $2";
            let case: Option<(Parsed<Case>,)> =
                tx.opt(sql, p![row.referral.home_number(), row.referral]).await?;
            match case.filter(|(Parsed(case),)| stream.released(app, case).is_some()) {
                Some((Parsed(case),)) => {
                    cases.insert(row.referral, case);
                }
                None => {
                    feed::withdraw(tx, stream.id, row.referral, row.given_number).await?;
                    stale = true;
                }
            }
        }
        if !stale {
            return Ok((rows, cases));
        }
    }
}

/// What giving a record needs.
struct Give<'a> {
    app: &'a App,
    scope: &'a Scope,
    share: &'a Share,
    key: Vec<u8>,
    names: BTreeMap<Id, String>,
}

impl Give<'_> {
    async fn one(
        &mut self,
        tx: &mut Tx,
        stream: &feed::Stream,
        row: &Row,
        case: Option<&Case>,
    ) -> Result<Record> {
        let released =
            case.and_then(|case| stream.released(self.app, case).map(|(released, _)| (case, released)));
        let told = match &released {
            Some((_, released)) => Some(self.told(tx, row.referral, released).await?),
            None => None,
        };
        // Once for each change: who asks again gets the same again and learns nothing new.
        if row.given_number != row.number {
            self.register(tx, row, released.as_ref().map(|(case, _)| *case)).await?;
            let sql = "UPDATE share_subject SET given_number = $1 WHERE home = $2 AND share_id = $3 AND referral_id = $4";
            tx.run(sql, p![row.number, row.referral.home_number(), self.share.id, row.referral]).await?;
        }
        let kinds: Vec<&str> = self.share.kinds.iter().map(|kind| kind.code()).collect();
        let detail = match told {
            Some(_) => json!({ "fields": kinds }),
            None => json!({ "withdrawn": true }),
        };
        let entry =
            Entry { action: "share", detail, ..Entry::read(Purpose::Referral, "referral", row.referral) };
        audit::record_in(tx, self.scope, entry, self.app.now());
        Ok(Record { number: row.number, reference: row.reference, told })
    }

    async fn told(&mut self, tx: &mut Tx, case: Id, released: &Released) -> Result<Told> {
        let institution = match released.institution.map(Id) {
            Some(id) => Some(self.name(tx, id).await?),
            None => None,
        };
        Ok(Told {
            person: self.person(tx, case).await?,
            need_registered: released.need_registered,
            service: released.service,
            institution,
        })
    }

    async fn name(&mut self, tx: &mut Tx, id: Id) -> Result<String> {
        if let Some(known) = self.names.get(&id) {
            return Ok(known.clone());
        }
        let found: Option<(String,)> = tx.opt("SELECT name FROM organisation WHERE id = $1", p![id]).await?;
        let name = found.map(|(name,)| name).unwrap_or_default();
        self.names.insert(id, name.clone());
        Ok(name)
    }

    /// The digest of the identity number on the application.
    async fn person(&self, tx: &mut Tx, case: Id) -> Result<Option<String>> {
        let form = latest_form(self.app, tx, case, FormCode::F1).await?;
        let number = |key: &str| {
            let written = form.as_ref().and_then(|form| form.get(key)).and_then(Json::as_str);
            written.map(str::trim).filter(|number| !number.is_empty()).map(str::to_uppercase)
        };
        let Some(number) = number("identity_number").or_else(|| number("other_number")) else {
            return Ok(None);
        };
        let mut keyed = Hmac::<sha2::Sha256>::new_from_slice(&self.key).map_err(Error::broken)?;
        keyed.update(number.as_bytes());
        Ok(Some(crate::hex::write(&keyed.finalize().into_bytes())))
    }

    /// The register of what was given of the case: to whom, when, on which basis (art. 23, 55; Regulations art. 12).
    async fn register(&self, tx: &mut Tx, row: &Row, case: Option<&Case>) -> Result<()> {
        let (app, now) = (self.app, self.app.now());
        let basis = app.tables.shares.basis(&self.share.basis);
        let purpose = basis.and_then(|basis| basis.purpose).filter(|_| case.is_some());
        // That something is to be deleted is told by law (art. 47), whatever it rested on.
        let label = basis.filter(|_| case.is_some()).map_or("legal_duty", rules::share::Basis::label);
        let version = case.zip(purpose).and_then(|(case, purpose)| {
            case.standing()
                .filter(|given| given.purpose == purpose)
                .last()
                .map(|given| i64::from(given.version))
        });
        let (act, law) = match (case, purpose) {
            (None, _) => ("department_deletion", Some("deletion")),
            (Some(_), Some(_)) => ("department_record", None),
            (Some(_), None) => ("department_record", Some(self.share.basis.as_str())),
        };
        let id = row.referral;
        let sql =
            "INSERT INTO sharing (home, id, referral_id, at, act, party, organisation_id, basis, purpose,
            consent_version, law) VALUES ($1, $2, $3, $4, $5, 'department', $6, $7, $8, $9, $10)";
        let purpose = purpose.map(|_| "departments");
        let own = id.beside(now);
        let args =
            p![id.home_number(), own, id, now, act, self.share.recipient, label, purpose, version, law];
        tx.run(sql, args).await?;
        Ok(())
    }
}

/// Acknowledges everything up to a number. A second time, or a smaller number, changes nothing.
///
/// # Errors
/// The caller's organisation receives no such share; nothing with this number has left yet.
pub async fn receipt(app: &App, scope: &Scope, id: Id, up_to: i64) -> Result<Share> {
    scope.permit(Deed::Change, Subject::SharedRecord)?;
    atomic!(app.db, tx => {
        let share = own(tx, scope, id).await?;
        if up_to < 0 || up_to > share.given_number {
            return Err(Error::invalid("up_to", "receipt_beyond"));
        }
        if up_to <= share.receipt_number {
            return Ok(share);
        }
        let sql = "UPDATE share SET receipt_number = $1, receipt_at = $2 WHERE id = $3 AND receipt_number < $1";
        expect_one(tx.run(sql, p![up_to, app.now(), id]).await?, share.version)?;
        let entry = Entry { action: "receipt", ..Entry::read(Purpose::Referral, KIND, id) };
        audit::record_in(tx, scope, entry, app.now());
        own(tx, scope, id).await
    })
}
