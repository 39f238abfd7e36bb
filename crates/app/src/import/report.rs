//! The report of an import: the file as it was sent, two columns added, what became of each row and what to do.

use super::{get, library, places::Places, prepare::Plan, read, store::Parts};
use crate::{
    App, audit,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use rules::import::{Checker, Heading, Mapping, Trouble, match_headings, without_formula};
use rust_xlsxwriter::Workbook;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Rows of a report that is made as a spreadsheet; longer ones are made as text.
const MOST_SHEET_ROWS: i64 = 100_000;
/// Rows looked at for headings.
const HEAD: usize = 12;

/// What the report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Text with commas, UTF-8 with a mark, so that spreadsheets read it right.
    Csv,
    /// A spreadsheet.
    Xlsx,
}

/// Makes the report. `text` gives the words for a code and its values: `result.NAME` for what became of a row,
/// `problem.CODE` for what is wrong.
///
/// # Errors
/// There is no such import in the caller's scope; its file was cleared away; it is too long for a spreadsheet.
pub async fn report<F>(app: &App, scope: &Scope, id: Id, layout: Layout, text: F) -> Result<Vec<u8>>
where
    F: Fn(&str, &[String]) -> String + Send + 'static,
{
    let import = get(app, scope, id).await?;
    if layout == Layout::Xlsx && import.rows_total > MOST_SHEET_ROWS {
        return Err(Error::invalid("layout", "file.too_many_rows"));
    }
    let detail = serde_json::json!({"rows": import.rows_total});
    audit::record(&app.db, scope, super::entry("export", id, detail), app.now()).await?;
    let outcomes: Vec<(i64, String)> =
        app.db.all("SELECT first_row, outcomes FROM import_outcome WHERE import_id = $1", p![id]).await?;
    let outcomes: BTreeMap<u64, String> =
        outcomes.into_iter().filter_map(|(n, o)| Some((u64::try_from(n).ok()?, o))).collect();
    let parts = Parts::new(app, id)?;
    let mapping: Mapping = serde_json::from_value(import.mapping.clone())?;
    let plan = Plan {
        kind: import.kind()?,
        sender: import.sender.clone(),
        mapping,
        today: import.today,
        area: scope.area,
        seal: false,
    };
    let judged = match plan.kind.library {
        Some(_) => Some(library::troubles(app, &import).await?),
        None => None,
    };
    let known = Known { outcomes, judged, done: import.state == "done" };
    let divisions = Arc::clone(&app.divisions);
    let made = tokio::task::spawn_blocking(move || {
        let places = Places::new(&divisions, plan.area);
        make(parts, (&plan, &places), &known, layout, &text)
    });
    made.await.map_err(Error::broken)?
}

/// Where the rows go.
enum Target {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Xlsx(Box<Workbook>, u32),
}

impl Target {
    fn new(layout: Layout) -> Target {
        match layout {
            Layout::Csv => {
                Target::Csv(Box::new(csv::WriterBuilder::new().flexible(true).from_writer("\u{feff}".into())))
            }
            Layout::Xlsx => {
                let mut book = Workbook::new();
                book.add_worksheet();
                Target::Xlsx(Box::new(book), 0)
            }
        }
    }

    fn write(&mut self, cells: &[String]) -> Result<()> {
        match self {
            Target::Csv(writer) => {
                writer.write_record(cells.iter().map(|c| without_formula(c))).map_err(Error::broken)
            }
            Target::Xlsx(book, next) => {
                let sheet = book.worksheet_from_index(0).map_err(Error::broken)?;
                for (column, cell) in (0_u16..).zip(cells) {
                    sheet.write_string(*next, column, without_formula(cell)).map_err(Error::broken)?;
                }
                *next += 1;
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Vec<u8>> {
        match self {
            Target::Csv(writer) => writer.into_inner().map_err(|e| Error::broken(e.to_string())),
            Target::Xlsx(mut book, _) => book.save_to_buffer().map_err(Error::broken),
        }
    }
}

/// What is stored of the rows.
struct Known {
    /// One letter per row, from the row with the number on.
    outcomes: BTreeMap<u64, String>,
    /// What was found wrong with rows that were judged against the database.
    judged: Option<HashMap<u64, Vec<Trouble>>>,
    /// The list was taken in.
    done: bool,
}

fn make(
    parts: Parts,
    (plan, places): (&Plan, &Places<'_>),
    known: &Known,
    layout: Layout,
    text: &dyn Fn(&str, &[String]) -> String,
) -> Result<Vec<u8>> {
    let mut writer = Writer {
        plan,
        places,
        known,
        text,
        width: 0,
        target: Target::new(layout),
        head: Vec::new(),
        checker: None,
        failed: None,
    };
    read::rows(parts, |number, cells| writer.row(number, cells))?;
    if writer.checker.is_none() {
        writer.open();
    }
    match writer.failed {
        Some(error) => Err(error),
        None => writer.target.finish(),
    }
}

struct Writer<'a> {
    plan: &'a Plan,
    places: &'a Places<'a>,
    known: &'a Known,
    text: &'a dyn Fn(&str, &[String]) -> String,
    width: usize,
    target: Target,
    head: Vec<Vec<String>>,
    checker: Option<(Checker<'a>, u64)>,
    failed: Option<Error>,
}

impl Writer<'_> {
    fn row(&mut self, number: u64, cells: Vec<String>) -> bool {
        if self.checker.is_none() {
            self.head.push(cells);
            return self.head.len() < HEAD || self.open();
        }
        self.write(number, cells)
    }

    fn open(&mut self) -> bool {
        let heading: Heading = match_headings(self.plan.kind, &self.head, &self.plan.mapping);
        self.width = heading.columns.len();
        let area = self.plan.area;
        let checker = Checker::new(self.plan.kind, &heading, self.plan.today, area.from, area.to);
        let rows = u64::try_from(heading.rows).unwrap_or(0);
        self.checker = Some((checker.with_names(self.places), rows));
        let head = std::mem::take(&mut self.head);
        (1..).zip(head).all(|(number, cells)| self.write(number, cells))
    }

    fn write(&mut self, number: u64, mut cells: Vec<String>) -> bool {
        let Some((checker, above)) = &self.checker else { return true };
        if cells.len() < self.width {
            cells.resize(self.width, String::new());
        }
        if number == *above {
            cells.push((self.text)("result.heading", &[]));
            cells.push((self.text)("remedy.heading", &[]));
        } else if number > *above && cells.iter().any(|c| !c.trim().is_empty()) {
            let troubles = match &self.known.judged {
                Some(judged) => judged.get(&number).cloned().unwrap_or_default(),
                None => checker.read(&cells).troubles,
            };
            cells.push((self.text)(self.result(number, &troubles), &[]));
            let remedies: Vec<String> = troubles.iter().map(|t| self.remedy(t)).collect();
            cells.push(remedies.join("; "));
        }
        match self.target.write(&cells) {
            Ok(()) => true,
            Err(error) => {
                self.failed = Some(error);
                false
            }
        }
    }

    fn remedy(&self, trouble: &Trouble) -> String {
        let column = (self.text)(&format!("column.{}", trouble.field), std::slice::from_ref(&trouble.field));
        format!("{column}: {}", (self.text)(&format!("problem.{}", trouble.code), &trouble.values))
    }

    /// What became of a row; before an import is done, what would.
    fn result(&self, number: u64, troubles: &[Trouble]) -> &'static str {
        let stored = self.known.outcomes.range(..=number).next_back().and_then(|(first, letters)| {
            let at = usize::try_from(number - first).ok()?;
            letters.as_bytes().get(at).copied()
        });
        match stored.filter(|_| self.known.done) {
            Some(b'n') => "result.new",
            Some(b'l') => "result.linked",
            Some(b'c') => "result.changed",
            Some(b'u') => "result.unchanged",
            Some(b'd') => "result.double",
            Some(b'v') => "result.unverified",
            Some(_) => "result.invalid",
            None => match troubles.iter().map(|t| t.severity).max() {
                Some(rules::import::Severity::Error) => "result.invalid",
                Some(rules::import::Severity::Unverified) => "result.unverified",
                _ => "result.good",
            },
        }
    }
}
