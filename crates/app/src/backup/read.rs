//! Reads a backup: whatever was altered is told before anything of it is used.

use super::{
    FORMAT, Summary, Tallies, compare, row,
    write::{END, KEY_FILE, ROW, TABLE},
};
use crate::{
    db::Rows,
    error::{Error, Result},
    migrate::shape::Table,
    seal::{Opener, Openers},
};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

/// Bytes of one part at most; no row is near it.
const LARGEST: usize = 1 << 30;
/// Bytes of rows that are handed on together.
const PAGE: usize = 4 * 1024 * 1024;
/// Rows that are handed on together.
const PAGE_ROWS: usize = 4_000;

/// What comes next.
pub(super) enum Part {
    KeyFile(Vec<u8>),
    Table(Table),
    Rows(Rows),
    /// Nothing more; what the backup says of itself.
    End(Box<Summary>),
}

type Sealed = Opener<BufReader<File>>;

/// A backup that is being read.
pub(super) struct Reader {
    from: zstd::stream::read::Decoder<'static, BufReader<Sealed>>,
    table: Option<Table>,
    /// The tag of the next part, where it was met behind rows.
    next: Option<u8>,
}

fn open(path: &Path, openers: Openers<'_>) -> Result<Sealed> {
    let file = File::open(path).map_err(|e| Error::broken(format!("cannot read {}: {e}", path.display())))?;
    Opener::begin(BufReader::with_capacity(1 << 20, file), openers)
}

/// What a backup says of itself. The rest of the file is not looked at.
///
/// # Errors
/// The file cannot be read, is none, was altered, or is sealed for others.
pub fn summary(path: &Path, openers: Openers<'_>) -> Result<Summary> {
    understood(&open(path, openers)?.last().map_err(Error::broken)?)
}

/// The key file that is in a backup, if it is.
///
/// # Errors
/// As [`summary`].
pub fn key_file(path: &Path, openers: Openers<'_>) -> Result<Option<Vec<u8>>> {
    match Reader::open(path, openers)?.next()? {
        Part::KeyFile(content) => Ok(Some(content)),
        _ => Ok(None),
    }
}

/// Reads a backup to its end and compares everything with what it says of itself; no database is needed.
///
/// # Errors
/// As [`summary`]; anything in it was altered, moved, left out or put in.
pub fn check(path: &Path, openers: Openers<'_>) -> Result<Summary> {
    let (mut reader, mut tallies) = (Reader::open(path, openers)?, Tallies::default());
    loop {
        match reader.next()? {
            Part::KeyFile(_) => {}
            Part::Table(table) => tallies.begin(table),
            Part::Rows(rows) => drop(tallies.add(&rows)?),
            Part::End(summary) => {
                compare(&summary.tables, &tallies.end())?;
                return Ok(*summary);
            }
        }
    }
}

fn understood(last: &[u8]) -> Result<Summary> {
    let summary: Summary = serde_json::from_slice(last)
        .map_err(|_| Error::broken("the backup is of a later version of the program"))?;
    if summary.format != FORMAT {
        return Err(Error::broken(format!(
            "the backup has format {}; this program reads {FORMAT}",
            summary.format
        )));
    }
    Ok(summary)
}

impl Reader {
    pub(super) fn open(path: &Path, openers: Openers<'_>) -> Result<Reader> {
        let from = zstd::stream::read::Decoder::with_buffer(BufReader::new(open(path, openers)?));
        Ok(Reader { from: from.map_err(Error::broken)?, table: None, next: None })
    }

    fn tag(&mut self) -> Result<u8> {
        if let Some(tag) = self.next.take() {
            return Ok(tag);
        }
        let mut tag = [0];
        self.from.read_exact(&mut tag).map_err(Error::broken)?;
        let [tag] = tag;
        Ok(tag)
    }

    fn content(&mut self) -> Result<Vec<u8>> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(Error::broken)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(Error::broken)?;
        if length > LARGEST {
            return Err(Error::broken("a part of the backup is too long"));
        }
        let mut content = vec![0; length];
        self.from.read_exact(&mut content).map_err(Error::broken)?;
        Ok(content)
    }

    /// The next part.
    pub(super) fn next(&mut self) -> Result<Part> {
        match self.tag()? {
            KEY_FILE => Ok(Part::KeyFile(self.content()?)),
            TABLE => {
                let table: Table = serde_json::from_slice(&self.content()?)?;
                self.table = Some(table.clone());
                Ok(Part::Table(table))
            }
            ROW => self.rows(),
            END => self.end(),
            _ => Err(Error::broken("a part of the backup is of no known kind")),
        }
    }

    fn rows(&mut self) -> Result<Part> {
        let wrong = || Error::broken("a row of the backup is none of its table");
        let (mut rows, mut bytes) = (Rows::new(), 0);
        loop {
            let content = self.content()?;
            bytes += content.len();
            let table = self.table.as_ref().ok_or_else(wrong)?;
            rows.push(row::read(&content, &table.columns).ok_or_else(wrong)?);
            let tag = self.tag()?;
            if tag != ROW || bytes >= PAGE || rows.len() >= PAGE_ROWS {
                self.next = Some(tag);
                return Ok(Part::Rows(rows));
            }
        }
    }

    /// Makes sure that nothing follows, and opens the last chunk.
    fn end(&mut self) -> Result<Part> {
        if self.from.read(&mut [0]).map_err(Error::broken)? != 0 {
            return Err(Error::broken("something stands behind the end of the backup"));
        }
        let last = self.from.get_mut().get_mut().end().map_err(Error::broken)?;
        Ok(Part::End(Box::new(understood(&last)?)))
    }
}
