//! Lists as files for spreadsheets: CSV and XLSX with one header row. What leaves goes through [`release`], large files
//! about persons through [`order`].
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe before it, so that a name on a list cannot
//! run anything on the reader's machine.

pub mod order;
mod release;

pub use release::{Wanted, release};
pub(crate) use release::{release_in, too_many};

use crate::error::{Error, Result};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet};

/// A table of texts.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Name of the sheet.
    pub title: String,
    /// Who took it out, when, and under which code; stands below the rows and on each printed page.
    pub mark: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// From this column on cells are figures, which a spreadsheet adds up; no column where it is none.
    pub figures_from: Option<usize>,
    /// Rows, each with one text per column.
    pub rows: Vec<Vec<String>>,
}

fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.to_owned() }
}

/// As CSV in UTF-8 with the mark that spreadsheets need to see Chinese.
///
/// # Errors
/// A row cannot be written; that is a fault of the program.
pub fn csv(table: &Table) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer("\u{feff}".as_bytes().to_vec());
    let write = |writer: &mut csv::Writer<Vec<u8>>, row: &[String]| {
        writer.write_record(row.iter().map(|cell| harmless(cell))).map_err(Error::broken)
    };
    write(&mut writer, &table.columns)?;
    for row in &table.rows {
        write(&mut writer, row)?;
    }
    if !table.mark.is_empty() {
        write(&mut writer, std::slice::from_ref(&table.mark))?;
    }
    writer.into_inner().map_err(|error| Error::broken(error.to_string()))
}

/// As a workbook with one sheet.
///
/// # Errors
/// More rows than a sheet holds (1,048,575 below the header).
pub fn xlsx(table: &Table) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    let title: String =
        table.title.chars().filter(|c| !['[', ']', ':', '*', '?', '/', '\\'].contains(c)).take(31).collect();
    sheet.set_name(title).map_err(Error::broken)?;
    for (column, name) in (0_u16..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, name, &bold).map_err(Error::broken)?;
    }
    let mut line = 0;
    for (number, row) in (1_u32..).zip(&table.rows) {
        line = number;
        for (column, cell) in (0_u16..).zip(row) {
            let figure = table.figures_from.is_some_and(|from| usize::from(column) >= from);
            match cell.parse::<f64>() {
                Ok(value) if figure => sheet.write_number(number, column, value),
                _ => sheet.write_string(number, column, harmless(cell)),
            }
            .map_err(Error::broken)?;
        }
    }
    if !table.mark.is_empty() {
        sheet.write_string(line + 2, 0, &table.mark).map_err(Error::broken)?;
        mark_pages(sheet, &table.mark);
    }
    sheet.set_freeze_panes(1, 0).map_err(Error::broken)?;
    sheet.autofit();
    book.set_properties(&DocProperties::new().set_comment(&table.mark));
    book.save_to_buffer().map_err(Error::broken)
}

/// Puts the mark on each printed page, above and below.
fn mark_pages(sheet: &mut Worksheet, mark: &str) {
    // "&" begins a code there, and more than 255 characters are not taken.
    let plain: String = mark.replace('&', "&&").chars().take(200).collect();
    sheet.set_header(format!("&C{plain}"));
    sheet.set_footer(format!("&C{plain}&R&P / &N"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};

    fn table() -> Table {
        Table {
            title: "机构: 一览".into(),
            mark: "2026-11-21 导出".into(),
            columns: vec!["名称".into(), "空位".into()],
            figures_from: None,
            rows: vec![
                vec!["清河站".into(), "-3".into()],
                vec!["=HYPERLINK(\"http://x\")".into(), "@cmd".into()],
            ],
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        let text = String::from_utf8(csv(&table()).unwrap()).unwrap();
        assert!(text.starts_with('\u{feff}'));
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[..2], ["名称,空位", "清河站,-3"]);
        assert!(lines[2].starts_with("\"'=HYPERLINK") && lines[2].ends_with(",'@cmd"), "{}", lines[2]);
    }

    #[test]
    fn the_workbook_reads_back() {
        let mut book: Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(xlsx(&table()).unwrap())).unwrap();
        let range = book.worksheet_range("机构 一览").unwrap();
        assert_eq!(range.get((0, 0)), Some(&Data::String("名称".into())));
        assert_eq!(range.get((1, 0)), Some(&Data::String("清河站".into())));
        assert_eq!(range.get((2, 1)), Some(&Data::String("'@cmd".into())));
        assert_eq!(range.get((4, 0)), Some(&Data::String("2026-11-21 导出".into())));
    }
}
