//! Where rows go: CSV in the encoding asked for and spreadsheets, row by row, never held in memory.

use anyhow::{Context, Result};
use encoding_rs::{CoderResult, Encoder, GB18030};
use rust_xlsxwriter::Workbook;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Encodings of CSV files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Encoding {
    /// UTF-8.
    #[value(name = "utf-8")]
    Utf8,
    /// GB 18030, as older office programs write.
    #[value(name = "gb18030")]
    Gb18030,
}

/// A CSV file.
pub struct CsvFile(csv::Writer<Box<dyn Write>>);

impl CsvFile {
    /// Creates the file and writes its headings.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, encoding: Encoding, headings: &[String]) -> Result<CsvFile> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        let target: Box<dyn Write> = match encoding {
            Encoding::Utf8 => Box::new(file),
            Encoding::Gb18030 => {
                Box::new(Transcoder { target: file, encoder: GB18030.new_encoder(), left: Vec::new() })
            }
        };
        let mut writer = csv::Writer::from_writer(target);
        writer.write_record(headings)?;
        Ok(CsvFile(writer))
    }

    /// Writes one row.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<()> {
        Ok(self.0.write_record(cells)?)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

/// Turns UTF-8 into another encoding on its way to the file.
struct Transcoder<W: Write> {
    target: W,
    encoder: Encoder,
    /// The beginning of a character whose end has not come yet.
    left: Vec<u8>,
}

impl<W: Write> Write for Transcoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.left) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.left.split_off(whole);
        let text = std::mem::replace(&mut self.left, rest);
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        let room =
            self.encoder.max_buffer_length_from_utf8_if_no_unmappables(text.len()).unwrap_or(text.len());
        let mut encoded = Vec::with_capacity(room);
        // GB 18030 has a form for every character of Unicode, so nothing is lost.
        let (result, _, _) = self.encoder.encode_from_utf8_to_vec(&text, &mut encoded, false);
        if result == CoderResult::OutputFull {
            return Err(io::Error::other("the room for encoded text is too small"));
        }
        self.target.write_all(&encoded)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

/// A spreadsheet with a title above its headings.
pub struct Sheet {
    workbook: Workbook,
    path: PathBuf,
    row: u32,
}

impl Sheet {
    /// Rows that one sheet holds below title and headings.
    pub const MOST_ROWS: u64 = 1_048_576 - 2;

    /// Begins the file: a title in the first row, headings in the second.
    ///
    /// # Errors
    /// The temporary file for its rows cannot be made.
    pub fn create(path: &Path, title: &str, headings: &[String]) -> Result<Sheet> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("合成数据 synthetic")?;
        sheet.write_string(0, 0, title)?;
        let mut sheet = Sheet { workbook, path: path.to_owned(), row: 1 };
        sheet.write(headings.iter().map(String::as_str))?;
        Ok(sheet)
    }

    /// Writes one row, all cells as text.
    ///
    /// # Errors
    /// The sheet or the disk is full.
    pub fn write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (cell, column) in cells.into_iter().zip(0_u16..) {
            if !cell.is_empty() {
                sheet.write_string(self.row, column, cell)?;
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<()> {
        self.workbook.save(&self.path).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_split_between_writes_are_kept() {
        let mut out = Vec::new();
        let mut transcoder =
            Transcoder { target: &mut out, encoder: GB18030.new_encoder(), left: Vec::new() };
        for byte in "姓名,㐂\n".as_bytes() {
            transcoder.write_all(&[*byte]).unwrap();
        }
        drop(transcoder);
        let (text, _, failed) = GB18030.decode(&out);
        assert!(!failed);
        assert_eq!(text, "姓名,㐂\n");
    }
}
