//! The empty list of a kind, to be filled in by a sender.

use crate::error::{Error, Result};
use rules::import::{Kind, Required};
use rust_xlsxwriter::{Color, Format, Note, Workbook};

/// A spreadsheet with the headings of a kind, the necessary ones marked by colour, and one synthetic example row.
/// `remark` is shown on the example: that it is to be removed.
///
/// # Errors
/// The spreadsheet cannot be made.
pub fn template(kind: &Kind, chinese: bool, remark: &str) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new().set_bold().set_background_color(Color::RGB(0x00E9_ECEF));
    let needed = Format::new().set_bold().set_background_color(Color::RGB(0x00FF_E8B3));
    let example = Format::new().set_font_color(Color::RGB(0x0080_8080)).set_italic();
    // Held as text, long numbers keep their digits.
    let text = Format::new().set_num_format("@");
    for (column, what) in (0_u16..).zip(&kind.columns) {
        let heading = if chinese { &what.zh } else { &what.en };
        let format = if what.required == Required::Never { &plain } else { &needed };
        sheet.set_column_format(column, &text).map_err(Error::broken)?;
        sheet.set_column_width(column, 20).map_err(Error::broken)?;
        sheet.write_string_with_format(0, column, heading, format).map_err(Error::broken)?;
        sheet.write_string_with_format(1, column, &what.example, &example).map_err(Error::broken)?;
    }
    sheet.insert_note(1, 0, &Note::new(remark)).map_err(Error::broken)?;
    sheet.set_freeze_panes(1, 0).map_err(Error::broken)?;
    book.save_to_buffer().map_err(Error::broken)
}
