//! Papers as PDF files: the same bytes on every machine, with the font inside, so that they look and print alike everywhere and their text
//! can be searched and copied. `font` knows the letters, `lines` breaks them, `layout` puts blocks on pages, `write` makes the file.

mod font;
mod layout;
mod lines;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod tests;
mod write;

use crate::chart::Chart;
use app::Error;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// What stands on a paper, from top to bottom.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// The title, in the middle.
    Title(String),
    /// Something small on the right, such as a number.
    Aside(String),
    /// The heading of a part.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph in small letters.
    Small(String),
    /// Labels with their values, two in a row or, where it says so, one.
    Pairs(Vec<Pair>),
    /// A table with its headings.
    Table(Vec<String>, Vec<Vec<String>>),
    /// A chart.
    Chart(Chart),
    /// Places for signatures and stamps.
    Blanks(Vec<String>),
    /// What follows begins a page.
    NewPage,
}

/// A label with its value.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub label: String,
    pub value: String,
    /// It has a row of its own.
    pub whole: bool,
}

impl Pair {
    /// A pair that has a row of its own where its value is long.
    pub(crate) fn new(label: &str, value: &str) -> Pair {
        let long = value.chars().count() > LONG || value.contains('\n');
        Pair { label: label.to_owned(), value: value.to_owned(), whole: long }
    }
}

/// Letters of a value that shares its row.
const LONG: usize = 28;

/// A paper.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// What it is, for whoever keeps the file; it stands at the foot of each page.
    pub title: String,
    /// Language, as in `lang`.
    pub language: &'static str,
    /// Blocks.
    pub blocks: Vec<Block>,
}

/// The bytes of the file. The same paper gives the same bytes: there is no time and no chance in them.
///
/// # Errors
/// The font that is part of the programme cannot be read.
pub(crate) fn bytes(document: &Document) -> Result<Vec<u8>, Error> {
    let mut font = font::Font::embedded()?;
    let pages = layout::pages(&mut font, document);
    write::file(font, document, &pages)
}

/// The file as an answer; the browser shows it, and offers this name to whoever keeps it. It is set beside other requests.
///
/// # Errors
/// The font that is part of the programme cannot be read.
pub(crate) async fn answer(document: Document, name: String) -> Result<Response, Error> {
    let set = tokio::task::spawn_blocking(move || bytes(&document));
    let bytes = set.await.map_err(Error::broken)??;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}.pdf\"")),
    ];
    Ok((headers, bytes).into_response())
}
