//! Reading CSV files: any column order, header variants, UTF-8 or GB18030.

use crate::config::Config;
use crate::corpus::{Corpus, Row, Side};
use crate::error::Error;
use crate::text::plain;
use encoding_rs::{Encoding, GB18030, UTF_8};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Rows handled at once; bounds the memory for rows that are not yet packed.
const BATCH: usize = 8192;
/// Bytes looked at to tell the encoding.
const SNIFFED: u64 = 1 << 20;

/// An open file, its header read.
pub(crate) struct Source {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    header: Vec<String>,
    encoding: &'static Encoding,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let encoding = encoding_of(path)?;
        let file = File::open(path).map_err(|source| Error::file(path, source))?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(BufReader::new(file));
        let mut record = csv::ByteRecord::new();
        let found = reader.read_byte_record(&mut record).map_err(|source| Error::csv(path, source))?;
        let header: Vec<String> = record.iter().map(|cell| plain(&encoding.decode(cell).0)).collect();
        if !found || header.iter().all(String::is_empty) {
            return Err(Error::NoHeader { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), reader, header, encoding })
    }

    /// Where a configured column is in this file, under its name or an alias.
    pub(crate) fn position(&self, config: &Config, column: &str) -> Option<usize> {
        let aliases = config.aliases.get(column).into_iter().flatten().map(String::as_str);
        [column].into_iter().chain(aliases).find_map(|name| {
            let name = plain(name);
            self.header.iter().position(|header| *header == name)
        })
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.header.contains(&plain(column))
    }

    /// Reads all rows into one side of the corpus.
    pub(crate) fn read(mut self, config: &Config, corpus: &mut Corpus, side: Side) -> Result<(), Error> {
        let positions: Vec<Option<usize>> =
            corpus.layout.columns.iter().map(|column| self.position(config, &column.name)).collect();
        let mut record = csv::ByteRecord::new();
        let mut number = 1;
        let mut rows = Vec::with_capacity(BATCH);
        while self.reader.read_byte_record(&mut record).map_err(|source| Error::csv(&self.path, source))? {
            number += 1;
            rows.push(self.row(&record, &positions, number)?);
            if number > u64::from(u32::MAX - 1) {
                return Err(Error::TooMany { path: self.path, limit: u32::MAX - 2 });
            }
            if rows.len() == BATCH {
                corpus.add(side, std::mem::replace(&mut rows, Vec::with_capacity(BATCH)));
            }
        }
        corpus.add(side, rows);
        Ok(())
    }

    fn row(&self, record: &csv::ByteRecord, positions: &[Option<usize>], number: u64) -> Result<Row, Error> {
        let cell = |at: usize| {
            let bytes = record.get(at).unwrap_or(&[]);
            self.encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| {
                Error::Encoding {
                    path: self.path.clone(),
                    row: number,
                    column: self.header.get(at).cloned().unwrap_or_default(),
                    encoding: self.encoding.name(),
                }
            })
        };
        let id = cell(0)?.trim().to_owned().into_boxed_str();
        if id.is_empty() {
            let column = self.header.first().cloned().unwrap_or_default();
            return Err(Error::NoId { path: self.path.clone(), row: number, column });
        }
        let cells = positions
            .iter()
            .map(|at| at.map_or_else(|| Ok(String::new()), |at| cell(at).map(|text| text.trim().to_owned())))
            .collect::<Result<_, _>>()?;
        Ok(Row { id, cells })
    }
}

/// UTF-8 if the beginning of the file is, GB18030 otherwise: what spreadsheets in China save.
fn encoding_of(path: &Path) -> Result<&'static Encoding, Error> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(|source| Error::file(path, source))?;
    file.take(SNIFFED).read_to_end(&mut start).map_err(|source| Error::file(path, source))?;
    match std::str::from_utf8(&start) {
        Ok(_) => Ok(UTF_8),
        // A character cut by the end of the sample is no error.
        Err(error) if error.error_len().is_none() => Ok(UTF_8),
        Err(_) => Ok(GB18030),
    }
}
