//! The list of cases as a file: exactly what is filtered, bounded, logged, and safe to open in a spreadsheet.

use super::list::{self, CaseRow, Filter};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    error::{Error, Result},
    scope::Scope,
};
use rules::account::{Deed, Subject};
use rust_xlsxwriter::{Format as Style, Workbook};
use serde_json::json;

/// Rows of a file at most.
pub const MOST: i64 = 10_000;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Office Open XML workbook.
    Xlsx,
    /// Comma-separated values, UTF-8 with byte order mark, so that spreadsheets read Chinese.
    Csv,
}

/// A table ready to be written; texts are already in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Name of the sheet.
    pub name: String,
    /// Who took it out, and when; stands under the rows.
    pub watermark: String,
    /// Headings.
    pub headings: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// The cases of a filter for a file; that they were taken out is in the log before they are given.
///
/// # Errors
/// There are more than [`MOST`]: the filter must be narrowed.
pub async fn for_export(app: &App, scope: &Scope, filter: &Filter) -> Result<Vec<CaseRow>> {
    scope.permit(Deed::Export, Subject::Case)?;
    let rows = list::cases_up_to(app, scope, filter, MOST + 1).await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST {
        return Err(Error::invalid("filter", "too_many_rows"));
    }
    let entry = Entry {
        purpose: Purpose::Referral,
        action: "export",
        subject_kind: "referral",
        subject: None,
        detail: json!({ "rows": rows.len(), "state": filter.state, "division": filter.division,
            "overdue": filter.overdue }),
    };
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(rows)
}

/// Writes the file.
///
/// # Errors
/// A cell is longer than a workbook can hold.
pub fn write(kind: FileKind, sheet: &Sheet) -> Result<Vec<u8>> {
    match kind {
        FileKind::Xlsx => xlsx(sheet),
        FileKind::Csv => csv(sheet),
    }
}

fn xlsx(sheet: &Sheet) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(&sheet.name).map_err(Error::broken)?;
    let bold = Style::new().set_bold();
    for (column, heading) in (0_u16..).zip(&sheet.headings) {
        page.write_string_with_format(0, column, heading, &bold).map_err(Error::broken)?;
    }
    let mut next = 1_u32;
    for row in &sheet.rows {
        for (column, cell) in (0_u16..).zip(row) {
            // Written as text: a workbook never reads it as a formula.
            page.write_string(next, column, cell).map_err(Error::broken)?;
        }
        next += 1;
    }
    page.write_string(next + 1, 0, &sheet.watermark).map_err(Error::broken)?;
    page.set_freeze_panes(1, 0).map_err(Error::broken)?;
    page.autofit();
    book.save_to_buffer().map_err(Error::broken)
}

fn csv(sheet: &Sheet) -> Result<Vec<u8>> {
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(b"\xEF\xBB\xBF".to_vec());
    out.write_record(&sheet.headings).map_err(Error::broken)?;
    for row in &sheet.rows {
        out.write_record(row.iter().map(|cell| harmless(cell))).map_err(Error::broken)?;
    }
    out.write_record([harmless(&sheet.watermark)]).map_err(Error::broken)?;
    out.into_inner().map_err(|fault| Error::broken(fault.to_string()))
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe before it.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            name: "cases".to_owned(),
            watermark: "somebody".to_owned(),
            headings: vec!["name".to_owned(), "state".to_owned()],
            rows: vec![vec!["=HYPERLINK(\"x\")".to_owned(), "已登记".to_owned()]],
        }
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            ("张三", "张三"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(harmless(cell), written);
        }
        let text = String::from_utf8(write(FileKind::Csv, &sheet()).unwrap()).unwrap();
        assert!(text.starts_with('\u{feff}'));
        assert!(text.contains("'=HYPERLINK"), "{text}");
    }

    #[test]
    fn a_workbook_is_a_workbook() {
        assert!(write(FileKind::Xlsx, &sheet()).unwrap().starts_with(b"PK"));
    }
}
