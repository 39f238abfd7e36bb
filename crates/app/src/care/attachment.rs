//! Files beside a case: pictures and papers, cleaned (`rules::attachment`) and sealed in pieces in the database, so that they are part of
//! every backup and move. Who sees the plan sees them; each look is in the log.

use super::{Of, Typed, entry, log_read, plan::may_sign, problems, sees};
use crate::{
    App, atomic,
    audit::record_in,
    db::{FromRow, Row, Tx, Value},
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Subject},
    attachment::{Media, taken},
    care::Signature,
    clock::china_date,
    referral::disclosure::Extent,
};
use serde::Serialize;
use serde_json::json;

/// Bytes of one piece.
const PIECE: usize = 256 * 1024;
/// Files of one case that are listed, with those that were voided.
pub const LISTED: i64 = 500;

/// A file beside a case.
#[derive(Debug, Clone, Serialize)]
pub struct Attachment {
    /// Identifier.
    pub id: Id,
    /// The session that it belongs to.
    pub session: Option<Id>,
    /// What it shows: a code of `data/attachment.toml`.
    pub kind: String,
    /// Its kind by content.
    pub media: Media,
    /// Bytes.
    pub size: i64,
    /// Title.
    pub title: String,
    /// Who consented to a picture, when and how.
    pub consent: Option<Signature>,
    /// Who added it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who voided it, and why.
    pub voided: Option<(String, String)>,
    /// The reader may void it.
    pub may_void: bool,
}

struct Stored {
    file: Attachment,
    title: Vec<u8>,
    consent: Option<Vec<u8>>,
    organisation: Id,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let media: String = row.get(3)?;
        let voided: (Option<String>, Option<String>) = (row.get(9)?, row.get(10)?);
        let file = Attachment {
            id: row.get(0)?,
            session: row.get(1)?,
            kind: row.get(2)?,
            media: Media::of_code(&media).ok_or(crate::db::Error::Column(3))?,
            size: row.get(4)?,
            title: String::new(),
            consent: None,
            by: row.get(7)?,
            at: row.get(8)?,
            voided: voided.0.zip(voided.1),
            may_void: false,
        };
        Ok(Stored { file, title: row.get(5)?, consent: row.get(6)?, organisation: row.get(11)? })
    }
}

impl Stored {
    fn open(self, app: &App, may_void: bool) -> Result<Attachment> {
        let consent = self.consent.map(|sealed| app.keys.unseal(&sealed)).transpose()?;
        Ok(Attachment {
            title: app.keys.unseal(&self.title)?,
            consent: consent.as_deref().map(serde_json::from_str).transpose()?,
            may_void: may_void && self.file.voided.is_none(),
            ..self.file
        })
    }
}

const COLUMNS: &str =
    "SELECT id, session_id, kind, media, size, title, consent, made_by_name, at, voided_by_name, void_reason,
    organisation_id FROM attachment WHERE home = $1 AND referral_id = $2";

/// A file to be added.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// Made by whoever sends it: the same key sent again is the same file.
    pub key: Id,
    /// Title.
    pub title: String,
    /// What it shows.
    pub kind: String,
    /// The session that it belongs to.
    pub session: Option<Id>,
    /// The person's consent to a picture.
    pub consent: Option<Signature>,
    /// The file as it came.
    pub content: Vec<u8>,
}

/// The files of a case in scope, the latest first; the read is in the log before they are shown. Beside them stands whether the reader
/// may add one.
///
/// # Errors
/// There is no such case in scope.
pub async fn attachments(app: &App, scope: &Scope, case: Id) -> Result<(Vec<Attachment>, bool)> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let may = scope.role.may(Deed::Change, Subject::Care) && of.in_charge(scope).is_ok();
    let extent = of.extent(scope);
    let key = p![case.home_number(), case, LISTED];
    // What the reader may not see takes no room in the list.
    let found: Vec<Stored> = match extent {
        Extent::Nothing => Vec::new(),
        Extent::Own => {
            let sql = format!("{COLUMNS} AND organisation_id = $4 ORDER BY at DESC, id DESC LIMIT $3");
            app.db.all(&sql, [key, p![scope.organisation]].concat()).await?
        }
        Extent::All => app.db.all(&format!("{COLUMNS} ORDER BY at DESC, id DESC LIMIT $3"), key).await?,
    };
    let files: Result<Vec<Attachment>> = found.into_iter().map(|stored| stored.open(app, may)).collect();
    log_read(app, scope, case, &["attachment"]).await?;
    Ok((files?, may))
}

/// One file with its content; the read is in the log before it is given. What was voided is not shown any more.
///
/// # Errors
/// There is no such case in scope, or no such file of it.
pub async fn content(app: &App, scope: &Scope, case: Id, id: Id) -> Result<(Attachment, Vec<u8>)> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let sql = format!("{COLUMNS} AND id = $3");
    let stored: Option<Stored> = app.db.opt(&sql, p![case.home_number(), case, id]).await?;
    let stored = stored.filter(|stored| sees(of.extent(scope), scope, stored.organisation));
    let stored = stored.filter(|stored| stored.file.voided.is_none()).ok_or(Error::NotFound)?;
    let sql = "SELECT content FROM attachment_part WHERE home = $1 AND attachment_id = $2 ORDER BY number";
    let pieces: Vec<(Vec<u8>,)> = app.db.all(sql, p![id.home_number(), id]).await?;
    let mut content = Vec::new();
    for (sealed,) in pieces {
        content.extend(app.keys.unseal_bytes(&sealed)?);
    }
    let file = stored.open(app, false)?;
    if i64::try_from(content.len()).ok() != Some(file.size) {
        return Err(Error::broken("a file beside a case is not whole"));
    }
    let detail = json!({ "fields": ["attachment"], "attachment": id });
    crate::audit::record(&app.db, scope, entry(scope, "read", case, detail), app.now()).await?;
    Ok((file, content))
}

/// Adds a file to a case. Sent twice it is one.
///
/// # Errors
/// There is no such case in scope; the caller may not; fields are wrong; the file is none that is taken; there are too many; a picture of
/// the person comes without the person's consent.
pub async fn add(app: &App, scope: &Scope, case: Id, new: &Typed<NewAttachment>) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    of.in_charge(scope)?;
    let new = new.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
    let sql = "SELECT id FROM attachment WHERE home = $1 AND referral_id = $2 AND entry_key = $3";
    let key = || p![case.home_number(), case, new.key];
    if let Some((found,)) = app.db.opt::<(Id,)>(sql, key()).await? {
        return Ok(found);
    }
    check(app, &of, new).await?;
    let (media, kept) =
        taken(&new.content, &app.tables.attachments).map_err(|unfit| unfit_file(app, unfit))?;
    atomic!(app.db, tx => {
        if let Some((found,)) = tx.opt::<(Id,)>(sql, key()).await? {
            return Ok(found);
        }
        Of::held(tx, scope, case).await?.in_charge(scope)?;
        room(app, tx, case, new.session).await?;
        let id = store(app, tx, scope, case, new, (media, &kept)).await?;
        let detail = json!({ "fields": ["attachment"], "attachment": id, "kind": new.kind, "media": media });
        record_in(tx, scope, entry(scope, "change", case, detail), app.now());
        Ok(id)
    })
}

fn unfit_file(app: &App, unfit: &str) -> Error {
    let most = app.tables.attachments.most_bytes / (1024 * 1024);
    let values = if unfit == "attachment_too_large" { vec![most.to_string()] } else { Vec::new() };
    Error::Invalid(vec![Problem { values, ..Problem::new("file", unfit) }])
}

/// The consent that counts: to a picture from which the person can be known.
fn consent<'n>(app: &App, new: &'n NewAttachment) -> Option<&'n Signature> {
    let shows = app.tables.attachments.shows(&new.kind)?;
    new.consent.as_ref().filter(|_| shows.person)
}

async fn check(app: &App, of: &Of, new: &NewAttachment) -> Result<()> {
    let (table, today) = (&app.tables.attachments, china_date(app.now()));
    let mut wrong = Vec::new();
    let letters = new.title.trim().chars().count();
    if letters == 0 {
        wrong.push(Problem::new("title", "required"));
    } else if letters > table.title_letters {
        let values = vec![table.title_letters.to_string()];
        wrong.push(Problem { values, ..Problem::new("title", "too_long") });
    }
    let consent = consent(app, new);
    match (table.shows(&new.kind), consent) {
        (None, _) => wrong.push(Problem::new("kind", "unknown_choice")),
        (Some(_), Some(consent)) => wrong.extend(problems(consent.faults(of.case.begun, today))),
        (Some(shows), None) if shows.person => wrong.push(Problem::new("name", "picture_consent")),
        (Some(_), None) => {}
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    match consent {
        Some(consent) => may_sign(app, of, consent.by).await,
        None => Ok(()),
    }
}

/// There is room for one more; a session is one of the case's.
async fn room(app: &App, tx: &mut Tx, case: Id, session: Option<Id>) -> Result<()> {
    let table = &app.tables.attachments;
    let too_many = |most: i64| {
        Error::Invalid(vec![Problem { values: vec![most.to_string()], ..Problem::new("file", "too_many") }])
    };
    let sql = "SELECT session_id FROM attachment WHERE home = $1 AND referral_id = $2 AND voided_at IS NULL LIMIT $3";
    let args = p![case.home_number(), case, table.most_of_case + 1];
    let beside: Vec<(Option<Id>,)> = tx.all(sql, args).await?;
    if i64::try_from(beside.len()).unwrap_or(i64::MAX) >= table.most_of_case {
        return Err(too_many(table.most_of_case));
    }
    let Some(session) = session else { return Ok(()) };
    let of_session = beside.iter().filter(|(of,)| *of == Some(session)).count();
    if i64::try_from(of_session).unwrap_or(i64::MAX) >= table.most_of_session {
        return Err(too_many(table.most_of_session));
    }
    let sql = "SELECT session_id FROM attendance WHERE home = $1 AND referral_id = $2 AND session_id = $3";
    let found: Option<(Id,)> = tx.opt(sql, p![case.home_number(), case, session]).await?;
    found.map(|_| ()).ok_or_else(|| Error::invalid("session", "unknown_choice"))
}

async fn store(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: Id,
    new: &NewAttachment,
    (media, kept): (Media, &[u8]),
) -> Result<Id> {
    let now = app.now();
    let id = case.beside(now);
    let consent = consent(app, new).map(serde_json::to_string).transpose()?;
    let sql = "INSERT INTO attachment (home, id, referral_id, session_id, entry_key, kind, media, size, title, consent, made_by,
        made_by_name, organisation_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let args = p![
        id.home_number(),
        id,
        case,
        new.session,
        new.key,
        &new.kind,
        media.code(),
        i64::try_from(kept.len()).unwrap_or(i64::MAX),
        app.keys.seal(new.title.trim())?,
        consent.map(|consent| app.keys.seal(&consent)).transpose()?,
        scope.account,
        &scope.name,
        scope.organisation,
        now
    ];
    tx.run(sql, args).await?;
    for (number, piece) in (0_i64..).zip(kept.chunks(PIECE)) {
        let sql =
            "INSERT INTO attachment_part (home, attachment_id, number, content) VALUES ($1, $2, $3, $4)";
        let sealed = Value::Bytes(app.keys.seal_bytes(piece)?);
        tx.run(sql, p![id.home_number(), id, number, sealed]).await?;
    }
    Ok(id)
}

/// A file is wrong, or the person took the consent back: it stays sealed and is not shown any more. A second time changes nothing.
///
/// # Errors
/// There is no such case in scope, or no such file of it; the caller may not; there is no such reason.
pub async fn void_attachment(app: &App, scope: &Scope, case: Id, id: Id, reason: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    of.in_charge(scope)?;
    if !app.tables.attachments.void_reasons.iter().any(|one| one.code == reason) {
        return Err(Error::invalid("reason", "unknown_choice"));
    }
    atomic!(app.db, tx => {
        let sql = "UPDATE attachment SET voided_at = $1, voided_by_name = $2, void_reason = $3
            WHERE home = $4 AND id = $5 AND referral_id = $6 AND voided_at IS NULL";
        let args = p![app.now(), &scope.name, reason, id.home_number(), id, case];
        if tx.run(sql, args).await? == 0 {
            let sql = "SELECT id FROM attachment WHERE home = $1 AND id = $2 AND referral_id = $3";
            let found: Option<(Id,)> = tx.opt(sql, p![id.home_number(), id, case]).await?;
            return found.map(|_| ()).ok_or(Error::NotFound);
        }
        let detail = json!({ "fields": ["attachment"], "attachment": id, "voided": reason });
        record_in(tx, scope, entry(scope, "change", case, detail), app.now());
        Ok(())
    })
}
