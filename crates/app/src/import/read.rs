//! From the bytes of a file to rows of cells: what kind of file it is by its content, which encoding, which sheet.

use super::unpacked;
use crate::error::Error;
use calamine::{DataRef, Reader, Xlsx};
use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{BufRead, BufReader, Cursor, Read};

/// Bytes looked at to tell encoding and separator.
const SAMPLE: usize = 64 * 1024;
const SAMPLE_BYTES: u64 = 64 * 1024;
/// Rows of a file at most.
pub const MOST_ROWS: u64 = 1_500_000;
/// Columns of a file at most; cells beyond are no list.
const MOST_COLUMNS: usize = 400;
const LAST_COLUMN: u32 = 399;
/// Merged ranges that are filled: they stand in headings, and each row looks at all of them.
const MOST_MERGED: usize = 2_000;

/// Why a file cannot be read as a list; the texts are in the catalogue under the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable(pub &'static str);

impl From<Unreadable> for Error {
    fn from(reason: Unreadable) -> Error {
        Error::invalid("file", reason.0)
    }
}

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A spreadsheet in a zip container.
    Xlsx,
    /// Text with separators.
    Text,
}

/// Tells what the first bytes belong to, whatever the file is called.
pub(crate) fn form(start: &[u8]) -> Result<Form, Unreadable> {
    let lower: Vec<u8> = start.iter().take(512).map(u8::to_ascii_lowercase).collect();
    let text = String::from_utf8_lossy(&lower);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let utf16 = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    match start {
        [] => Err(Unreadable("file.empty")),
        [b'P', b'K', 3, 4, ..] => Ok(Form::Xlsx),
        // The container of spreadsheets before 2007, and of those with a password.
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(Unreadable("file.old_or_locked")),
        [b'%', b'P', b'D', b'F', ..] => Err(Unreadable("file.pdf")),
        _ if text.starts_with("<html") || text.starts_with("<!doctype") || text.starts_with("<table") => {
            Err(Unreadable("file.html"))
        }
        _ if !utf16 && start.iter().take(SAMPLE).any(|b| *b == 0) => Err(Unreadable("file.binary")),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [0x1f, 0x8b, ..] => {
            Err(Unreadable("file.binary"))
        }
        _ => Ok(Form::Text),
    }
}

/// The encoding of a text: by its mark, else UTF-8 where the sample is valid, else GB 18030.
fn encoding(sample: &[u8]) -> &'static Encoding {
    if let Some((marked, _)) = Encoding::for_bom(sample) {
        return marked;
    }
    match std::str::from_utf8(sample) {
        Ok(_) => UTF_8,
        // A character cut in two at the end of the sample is no fault.
        Err(e) if e.error_len().is_none() && sample.len() >= SAMPLE => UTF_8,
        Err(_) => GB18030,
    }
}

/// Decodes a stream into UTF-8 on the way.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    from: usize,
    filled: usize,
    ended: bool,
    /// The decoder has given its last character; it may not be asked again.
    finished: bool,
}

impl<R: Read> Decoded<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Self {
        Decoded {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; SAMPLE],
            from: 0,
            filled: 0,
            ended: false,
            finished: false,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        // A decoded character may take four bytes; smaller targets cannot hold one.
        if out.len() < 8 || self.finished {
            return Ok(0);
        }
        loop {
            if self.from == self.filled && !self.ended {
                self.filled = self.inner.read(&mut self.raw)?;
                self.from = 0;
                self.ended = self.filled == 0;
            }
            let waiting = self.raw.get(self.from..self.filled).unwrap_or_default();
            let (result, used, written, _) = self.decoder.decode_to_utf8(waiting, out, self.ended);
            self.from += used;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 || self.finished {
                return Ok(written);
            }
        }
    }
}

/// Calls `each` with the number of every row, counted from 1 as a spreadsheet does, and its cells, until it answers
/// false. Returns the number of rows given.
///
/// # Errors
/// The file is no list, or has too many rows.
pub(crate) fn rows<R: Read>(
    source: R,
    mut each: impl FnMut(u64, Vec<String>) -> bool,
) -> Result<u64, Unreadable> {
    let mut source = BufReader::with_capacity(SAMPLE, source);
    let mut start = Vec::with_capacity(SAMPLE);
    let broken = |_| Unreadable("file.unreadable");
    source.by_ref().take(SAMPLE_BYTES).read_to_end(&mut start).map_err(broken)?;
    match form(&start)? {
        Form::Text => text_rows(Cursor::new(start).chain(source), &mut each),
        Form::Xlsx => {
            source.read_to_end(&mut start).map_err(broken)?;
            sheet_rows(start, &mut each)
        }
    }
}

fn separator(line: &str) -> u8 {
    let count = |c: char| line.matches(c).count();
    [(',', b','), ('\t', b'\t'), (';', b';'), ('，', b',')]
        .into_iter()
        .max_by_key(|(c, _)| (count(*c), *c == ','))
        .map_or(b',', |(_, byte)| byte)
}

fn text_rows<R: Read>(source: R, each: &mut impl FnMut(u64, Vec<String>) -> bool) -> Result<u64, Unreadable> {
    let mut source = BufReader::with_capacity(SAMPLE, source);
    let sample = source.fill_buf().map_err(|_| Unreadable("file.unreadable"))?;
    let found = encoding(sample);
    let (text, _, _) = found.decode(sample);
    if text.trim().is_empty() {
        return Err(Unreadable("file.empty"));
    }
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let separator = separator(first);
    debug_assert!([UTF_8, GB18030, UTF_16LE, UTF_16BE].contains(&found));
    let decoded = BufReader::with_capacity(SAMPLE, Decoded::new(source, found));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(decoded);
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(|_| Unreadable("file.unreadable"))? {
        number += 1;
        if number > MOST_ROWS {
            return Err(Unreadable("file.too_many_rows"));
        }
        let cells = record.iter().take(MOST_COLUMNS).map(str::to_owned).collect();
        if !each(number, cells) {
            break;
        }
    }
    Ok(number)
}

/// A range of cells that were merged into one, and what stands in it.
struct Merged {
    rows: std::ops::RangeInclusive<u32>,
    columns: std::ops::RangeInclusive<u32>,
    text: String,
}

fn sheet_rows(bytes: Vec<u8>, each: &mut impl FnMut(u64, Vec<String>) -> bool) -> Result<u64, Unreadable> {
    unpacked::check(&bytes)?;
    let no_sheet = |_| Unreadable("file.no_spreadsheet");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(no_sheet)?;
    let names = book.sheet_names();
    let mut chosen = None;
    for name in names {
        let mut cells = book.worksheet_cells_reader(&name).map_err(|_| Unreadable("file.no_spreadsheet"))?;
        if matches!(cells.next_cell(), Ok(Some(_))) {
            chosen = Some(name);
            break;
        }
    }
    let Some(name) = chosen else { return Err(Unreadable("file.empty")) };
    let mut merged: Vec<Merged> = book
        .merge_cells_by_sheet_name(&name)
        .unwrap_or_default()
        .into_iter()
        .filter(|range| range.start.1 <= LAST_COLUMN)
        .map(|range| Merged {
            rows: range.start.0..=range.end.0,
            columns: range.start.1..=range.end.1.min(LAST_COLUMN),
            text: String::new(),
        })
        .take(MOST_MERGED)
        .collect();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| Unreadable("file.no_spreadsheet"))?;
    let mut row: (u32, Vec<String>) = (0, Vec::new());
    let mut going = true;
    while let Some(cell) = cells.next_cell().map_err(|_| Unreadable("file.unreadable"))? {
        let (line, column) = cell.get_position();
        while going && row.0 < line {
            going = give(&mut row, &mut merged, each);
            if u64::from(row.0) > MOST_ROWS {
                return Err(Unreadable("file.too_many_rows"));
            }
        }
        if !going {
            return Ok(u64::from(row.0));
        }
        put(&mut row.1, column, text_of(cell.get_value()));
    }
    if going {
        give(&mut row, &mut merged, each);
    }
    Ok(u64::from(row.0))
}

fn put(cells: &mut Vec<String>, column: u32, text: String) {
    let Ok(at) = usize::try_from(column) else { return };
    if at >= MOST_COLUMNS {
        return;
    }
    if cells.len() <= at {
        cells.resize(at + 1, String::new());
    }
    if let Some(cell) = cells.get_mut(at) {
        *cell = text;
    }
}

/// Gives one finished row away, every cell of a merged range filled with what stands in its first.
fn give(
    row: &mut (u32, Vec<String>),
    merged: &mut [Merged],
    each: &mut impl FnMut(u64, Vec<String>) -> bool,
) -> bool {
    let line = row.0;
    let mut cells = std::mem::take(&mut row.1);
    for range in merged.iter_mut().filter(|m| m.rows.contains(&line)) {
        if *range.rows.start() == line {
            let first = usize::try_from(*range.columns.start()).unwrap_or(0);
            range.text = cells.get(first).cloned().unwrap_or_default();
        }
        for column in range.columns.clone() {
            put(&mut cells, column, range.text.clone());
        }
    }
    row.0 += 1;
    each(u64::from(row.0), cells)
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(instant) if instant.is_datetime() => {
            let (year, month, day, ..) = instant.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(span) => number_text(span.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
    }
}

/// A number as text. From sixteen digits on a spreadsheet keeps only fifteen, so the text shows that it is rounded.
fn number_text(number: f64) -> String {
    if number.abs() >= 1e15 { format!("{number:E}").replace('E', "E+") } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Vec<String>>, Unreadable> {
        let mut out = Vec::new();
        rows(bytes, |_, cells| {
            out.push(cells);
            true
        })?;
        Ok(out)
    }

    #[test]
    fn a_text_is_read_in_every_encoding() {
        let text = "姓名,区划代码\n张三,310115110001\n\u{9fa5}\u{3400},2\n";
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let gb = GB18030.encode(text).0.into_owned();
        let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        for bytes in [text.as_bytes().to_vec(), marked, gb, utf16] {
            let rows = all(&bytes).unwrap();
            assert_eq!(rows[1], ["张三", "310115110001"]);
            assert_eq!(rows[2][0], "\u{9fa5}\u{3400}");
        }
    }

    #[test]
    fn long_texts_are_decoded_across_the_borders_of_the_buffer() {
        let line = "欧阳锋,浙江省某市某县,1\n";
        let text = line.repeat(20_000);
        for bytes in [text.as_bytes().to_vec(), GB18030.encode(&text).0.into_owned()] {
            let rows = all(&bytes).unwrap();
            assert_eq!(rows.len(), 20_000);
            assert!(rows.iter().all(|r| r == &["欧阳锋", "浙江省某市某县", "1"]));
        }
    }

    #[test]
    fn a_text_that_is_cut_off_within_a_character_is_read_to_its_end() {
        let gb = GB18030.encode("姓名,电话\n张三,李").0.into_owned();
        let utf16 = [0xff, 0xfe].into_iter().chain("姓名\n张".encode_utf16().flat_map(u16::to_le_bytes));
        let utf16: Vec<u8> = utf16.collect();
        for (bytes, last) in [(gb, vec!["张三", "\u{fffd}"]), (utf16, vec!["\u{fffd}"])] {
            let rows = all(&bytes[..bytes.len() - 1]).unwrap();
            assert_eq!(rows[1], last);
        }
    }

    #[test]
    fn tabs_and_semicolons_separate_too() {
        assert_eq!(all("姓名\t电话\n张三\t1\n".as_bytes()).unwrap()[1], ["张三", "1"]);
        assert_eq!(all("姓名;电话\n张三;1\n".as_bytes()).unwrap()[1], ["张三", "1"]);
    }

    #[test]
    fn what_is_no_list_is_named() {
        for (bytes, code) in [
            (b"".as_slice(), "file.empty"),
            (b"  \n \n", "file.empty"),
            (b"%PDF-1.7 ...", "file.pdf"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file.old_or_locked"),
            (b"PK\x03\x04 but no spreadsheet", "file.no_spreadsheet"),
            (b"<html><table>", "file.html"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "file.binary"),
            (b"abc\x00def", "file.binary"),
        ] {
            assert_eq!(all(bytes).unwrap_err().0, code);
        }
    }

    #[test]
    fn long_numbers_of_a_spreadsheet_are_seen_to_be_rounded() {
        assert_eq!(number_text(13_900_000_000.0), "13900000000");
        assert_eq!(number_text(310_115_110_001.0), "310115110001");
        assert_eq!(number_text(1.5), "1.5");
        assert!(number_text(990_101_199_001_011_200.0).contains("E+17"));
    }
}
