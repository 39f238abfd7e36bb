//! From cells to what is stored: rows checked, numbers indexed and sealed, doubles within the file found. Runs on a
//! thread of its own, so that checking and sealing do not wait for the database, nor the database for them.

use super::{
    doubles::{Doubles, Seen},
    places::Places,
    read::{self, Unreadable},
    store::Parts,
};
use crate::{App, error::Result, person::key, seal::Keys};
use rules::division::DivisionCode;
use rules::import::{Checker, Heading, Kind, Mapping, Row, Severity, Trouble, match_headings};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc;

/// Rows of one batch, which becomes one transaction: long enough for few flushes, short enough that others who
/// write wait a fraction of a second and that a few batches are little memory.
pub(crate) const BATCH: usize = 2_000;
/// Rows at the head of a file in which headings are sought.
pub(super) const HEAD: usize = 12;

/// What is stored of one good row.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What the row says.
    pub row: Row,
    /// Blind index of the identity number, if verified.
    pub number_index: Option<Vec<u8>>,
    /// Blind index of the certificate.
    pub certificate_index: Option<Vec<u8>>,
    /// By which the sender's next list finds the row again.
    pub key_index: Vec<u8>,
    /// The key is not the identity number itself.
    pub own_key: bool,
    /// Keyed digest of everything the row says.
    pub digest: Vec<u8>,
    /// Stored keys of the person.
    pub keys: Vec<String>,
    /// Sealed columns; empty while a file is only checked.
    pub sealed: Sealed,
}

/// Sealed columns of a row.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    pub number: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub certificate: Option<Vec<u8>>,
    pub private: Option<Vec<u8>>,
}

/// What became of one row of the file.
#[derive(Debug)]
pub(super) enum Checked {
    /// Nothing in it, or above the data.
    Blank,
    /// As another row before it.
    Double,
    /// With errors.
    Bad(Vec<Trouble>),
    /// Only the identity number fails its check.
    Unverified(Box<Prepared>),
    /// Good, perhaps with warnings.
    Good(Box<Prepared>),
}

/// A batch of rows.
#[derive(Debug)]
pub(super) struct Batch {
    /// Number of the first row, counted from 1.
    pub first: u64,
    /// The rows in their order, none left out.
    pub rows: Vec<Checked>,
}

/// What comes out of the thread.
pub(super) enum Message {
    /// The headings were understood.
    Heading(Heading),
    /// Rows.
    Batch(Batch),
    /// The file is no list.
    Unreadable(Unreadable),
}

/// How a file is to be read.
#[derive(Clone)]
pub(crate) struct Plan {
    pub kind: &'static Kind,
    pub sender: String,
    pub mapping: Mapping,
    pub today: jiff::civil::Date,
    pub area: crate::scope::Area,
    /// Seal for storing; a check needs no seals.
    pub seal: bool,
}

/// Reads a stored file on a thread of its own; what it finds comes through the channel, at most one batch ahead.
pub(super) fn start(app: &App, parts: Parts, plan: Plan) -> mpsc::Receiver<Result<Message>> {
    let (send, receive) = mpsc::channel(1);
    let app = app.clone();
    std::thread::spawn(move || {
        let told = send.clone();
        or_unreadable(&told, move || {
            let places = Places::new(&app.divisions, plan.area);
            let mut reader = Reader::new(&app, &places, plan, send.clone());
            let outcome = read::rows(parts, |number, cells| reader.row(number, cells));
            let last = match outcome {
                Ok(_) => reader.finish(),
                Err(reason) => Ok(Some(Message::Unreadable(reason))),
            };
            if let Some(message) = last.transpose() {
                // Nobody listens any more when the import was given up.
                let _ = send.blocking_send(message);
            }
        });
    });
    receive
}

/// Reads, and says so where the reader itself breaks: silence would look like the end of the file.
fn or_unreadable(told: &mpsc::Sender<Result<Message>>, read: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(read)).is_err() {
        tracing::error!("the reader of a list broke");
        let _ = told.blocking_send(Ok(Message::Unreadable(Unreadable("file.unreadable"))));
    }
}

struct Reader<'a> {
    app: &'a App,
    places: &'a Places<'a>,
    plan: Plan,
    send: mpsc::Sender<Result<Message>>,
    head: Vec<Vec<String>>,
    checker: Option<(Checker<'a>, u64)>,
    batch: Batch,
    doubles: Doubles,
    failed: Option<crate::Error>,
}

impl<'a> Reader<'a> {
    fn new(app: &'a App, places: &'a Places<'a>, plan: Plan, send: mpsc::Sender<Result<Message>>) -> Self {
        let batch = Batch { first: 1, rows: Vec::new() };
        let (head, doubles) = (Vec::new(), Doubles::new());
        Reader { app, places, plan, send, head, checker: None, batch, doubles, failed: None }
    }

    fn row(&mut self, number: u64, cells: Vec<String>) -> bool {
        if self.checker.is_none() {
            self.head.push(cells);
            return self.head.len() < HEAD || self.open();
        }
        self.push(number, &cells)
    }

    /// Enough rows were seen to know the headings.
    fn open(&mut self) -> bool {
        let heading = match_headings(self.plan.kind, &self.head, &self.plan.mapping);
        let rows = u64::try_from(heading.rows).unwrap_or(0);
        let area = self.plan.area;
        let checker = Checker::new(self.plan.kind, &heading, self.plan.today, area.from, area.to);
        self.checker = Some((checker.with_names(self.places), rows));
        if self.send.blocking_send(Ok(Message::Heading(heading))).is_err() {
            return false;
        }
        let head = std::mem::take(&mut self.head);
        (1..).zip(&head).all(|(number, cells)| self.push(number, cells))
    }

    fn push(&mut self, number: u64, cells: &[String]) -> bool {
        let checked = match self.check(number, cells) {
            Ok(checked) => checked,
            Err(error) => {
                self.failed = Some(error);
                return false;
            }
        };
        self.batch.rows.push(checked);
        self.batch.rows.len() < BATCH || self.flush(number + 1)
    }

    fn flush(&mut self, next: u64) -> bool {
        let batch =
            std::mem::replace(&mut self.batch, Batch { first: next, rows: Vec::with_capacity(BATCH) });
        self.send.blocking_send(Ok(Message::Batch(batch))).is_ok()
    }

    fn finish(&mut self) -> Result<Option<Message>> {
        if self.checker.is_none() && self.failed.is_none() && !self.open() && self.failed.is_none() {
            return Ok(None);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let rest = std::mem::replace(&mut self.batch, Batch { first: 0, rows: Vec::new() });
        Ok((!rest.rows.is_empty()).then_some(Message::Batch(rest)))
    }

    fn check(&mut self, number: u64, cells: &[String]) -> Result<Checked> {
        let Some((checker, above)) = &self.checker else { return Ok(Checked::Blank) };
        if number <= *above || cells.iter().all(|c| c.trim().is_empty()) {
            return Ok(Checked::Blank);
        }
        let mut row = checker.read(cells);
        if cells.iter().any(|c| c.contains('\u{fffd}')) {
            row.troubles.push(trouble("name", "encoding", Vec::new()));
        }
        let known = |code: i64| DivisionCode::new(code).is_ok_and(|c| self.app.divisions.exists(c));
        if row.division != 0 && !known(row.division) {
            // Codes change from year to year: worth a look, no reason to refuse.
            let values = vec![row.division.to_string()];
            let severity = Severity::Warning;
            let found = Trouble { severity, ..trouble("division", "division.unknown", values) };
            row.troubles.push(found);
        }
        if row.severity() == Some(Severity::Error) {
            return Ok(Checked::Bad(row.troubles));
        }
        let unverified = row.severity() == Some(Severity::Unverified);
        let prepared = prepare(&self.app.keys, &self.plan, row)?;
        if let Some(answer) = self.double(number, &prepared) {
            return Ok(answer);
        }
        let prepared = Box::new(prepared);
        Ok(if unverified { Checked::Unverified(prepared) } else { Checked::Good(prepared) })
    }

    /// The same row again is left out; the same number with other words is an error.
    fn double(&mut self, number: u64, prepared: &Prepared) -> Option<Checked> {
        let keys = [Some(&prepared.key_index), prepared.number_index.as_ref()];
        let keys: Vec<&[u8]> = keys.into_iter().flatten().map(Vec::as_slice).collect();
        match self.doubles.see(number, &keys, &prepared.digest) {
            Seen::First => None,
            Seen::Same => Some(Checked::Double),
            Seen::Other { row } => {
                Some(Checked::Bad(vec![trouble("number", "repeated", vec![row.to_string()])]))
            }
        }
    }
}

fn trouble(field: &str, code: &str, values: Vec<String>) -> Trouble {
    Trouble { field: field.to_owned(), code: code.to_owned(), severity: Severity::Error, values }
}

/// What is stored of a row of a list.
///
/// # Errors
/// It cannot be sealed.
pub(crate) fn prepare(keys: &Keys, plan: &Plan, mut row: Row) -> Result<Prepared> {
    let number_index = row.number.as_deref().map(|n| keys.index("identity_number", n));
    let certificate_index = row.certificate.as_deref().map(|c| keys.index("disability_certificate", c));
    let own = |said: &str| keys.index("row", &format!("{}\u{1f}{}\u{1f}{said}", plan.kind.kind, plan.sender));
    let (key_index, own_key) = match (&row.record_number, &number_index) {
        (Some(record), _) => (own(record), true),
        (None, Some(index)) => (index.clone(), false),
        (None, None) => (own(&format!("{}\u{1f}{:?}\u{1f}{:?}", row.name, row.born_on, row.sex)), true),
    };
    let phone_index = row.phone.as_deref().map(|p| keys.index("phone", p));
    let number = row.number.as_deref().or(row.unverified_number.as_deref());
    let phone = row.phone.as_deref().zip(phone_index.as_deref());
    let mut person_keys = Vec::new();
    let mut sealed = Sealed::default();
    if plan.seal {
        person_keys = key::of(keys, &row.name, row.born_on, number, phone);
        let seal = |text: Option<&str>| text.map(|t| keys.seal(t)).transpose();
        let private = if row.private.is_empty() { None } else { Some(serde_json::to_string(&row.private)?) };
        sealed = Sealed {
            number: seal(number)?,
            phone: seal(row.phone.as_deref())?,
            certificate: seal(row.certificate.as_deref())?,
            private: seal(private.as_deref())?,
            phone_index,
        };
    }
    let digest = digest(keys, &row)?;
    // Sealed above, or not needed.
    row.private.clear();
    Ok(Prepared {
        row,
        number_index,
        certificate_index,
        key_index,
        own_key,
        digest,
        keys: person_keys,
        sealed,
    })
}

/// Everything that a row says, so that the sender's next list shows whether anything changed. What was found odd in it
/// is not said by the sender.
fn digest(keys: &Keys, row: &Row) -> Result<Vec<u8>> {
    let Row {
        name,
        sex,
        born_on,
        number,
        unverified_number,
        certificate,
        phone,
        division,
        registered_division,
        record_number,
        lives_at_home,
        need_assessed,
        suitable,
        consented,
        fields,
        private,
        troubles: _,
    } = row;
    let said = serde_json::to_string(&(
        (name, sex, born_on, number, unverified_number, certificate, phone, record_number),
        (division, registered_division, lives_at_home, need_assessed, suitable, consented, fields, private),
    ))?;
    Ok(keys.index("digest", &said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_breaks_says_so_and_one_that_ends_says_nothing() {
        let nobody =
            || Ok(Message::Heading(match_headings(&rules::import::kinds()[0], &[], &Mapping::new())));
        for breaks in [false, true] {
            let (send, mut receive) = mpsc::channel(2);
            let own = send.clone();
            or_unreadable(&send, move || {
                own.blocking_send(nobody()).unwrap();
                assert!(!breaks, "a parser of somebody else's broke");
            });
            drop(send);
            assert!(matches!(receive.blocking_recv(), Some(Ok(Message::Heading(_)))));
            let last = receive.blocking_recv();
            assert_eq!(matches!(last, Some(Ok(Message::Unreadable(Unreadable("file.unreadable"))))), breaks);
            assert_eq!(last.is_none(), !breaks);
        }
    }
}
