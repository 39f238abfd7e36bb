//! Files beside a case: which kinds are taken, and what is taken out of them before they are kept. The kind is read from the content,
//! never from the name. What a camera writes into a picture beside the picture (place, time, device) is taken out; a PDF that acts by
//! itself, or tells where a picture was taken, is refused. Bounds stand in `data/attachment.toml`.

mod jpeg;
mod pdf;
mod png;

use crate::{care::Named, embedded::DataError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/attachment.toml";
const TEXT: &str = include_str!("../../../data/attachment.toml");

/// What a file shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shows {
    /// Code.
    pub code: String,
    /// Somebody can be known from it: the person's own consent is needed.
    pub person: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Bounds of files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentTable {
    /// First day in use.
    pub effective_from: Date,
    /// Bytes of one file.
    pub most_bytes: usize,
    /// Files of one case.
    pub most_of_case: i64,
    /// Files of one session.
    pub most_of_session: i64,
    /// Letters of a title.
    pub title_letters: usize,
    /// What a PDF may not hold since it would act.
    pub active: Vec<String>,
    /// What a PDF may not hold since it tells a place.
    pub located: Vec<String>,
    /// What files show.
    #[serde(rename = "kind")]
    pub kinds: Vec<Shows>,
    /// Why a file is void.
    #[serde(rename = "void_reason")]
    pub void_reasons: Vec<Named>,
}

impl AttachmentTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// What a file shows, by code.
    #[must_use]
    pub fn shows(&self, code: &str) -> Option<&Shows> {
        self.kinds.iter().find(|one| one.code == code)
    }
}

/// A kind of file, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// A picture of a camera.
    Jpeg,
    /// A picture.
    Png,
    /// A paper.
    Pdf,
}

impl Media {
    /// All of them.
    pub const ALL: [Media; 3] = [Media::Jpeg, Media::Png, Media::Pdf];

    /// The code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Media::Jpeg => "jpeg",
            Media::Png => "png",
            Media::Pdf => "pdf",
        }
    }

    /// The media of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Media> {
        Media::ALL.into_iter().find(|media| media.code() == code)
    }

    /// As programs name it.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
            Media::Pdf => "application/pdf",
        }
    }

    /// The kind that the first bytes tell.
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Option<Media> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Media::Jpeg)
        } else if bytes.starts_with(png::SIGNATURE) {
            Some(Media::Png)
        } else if bytes.starts_with(b"%PDF-") {
            Some(Media::Pdf)
        } else {
            None
        }
    }
}

/// Why a file is not taken, as the code of a problem.
pub type Unfit = &'static str;

/// The file as it is kept: its kind, and its content without what tells more than it shows.
///
/// # Errors
/// It is empty, too large, of another kind, cut off, or a PDF that acts or tells a place.
pub fn taken(bytes: &[u8], table: &AttachmentTable) -> Result<(Media, Vec<u8>), Unfit> {
    if bytes.is_empty() {
        return Err("attachment_empty");
    }
    if bytes.len() > table.most_bytes {
        return Err("attachment_too_large");
    }
    let media = Media::of_content(bytes).ok_or("attachment_kind")?;
    let kept = match media {
        Media::Jpeg => jpeg::stripped(bytes).ok_or("attachment_broken")?,
        Media::Png => png::stripped(bytes).ok_or("attachment_broken")?,
        Media::Pdf => {
            pdf::harmless(bytes, table)?;
            bytes.to_vec()
        }
    };
    Ok((media, kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> AttachmentTable {
        AttachmentTable::embedded().unwrap()
    }

    #[test]
    fn the_kind_is_what_the_content_says() {
        let gif = b"GIF89a\x01\x00\x01\x00";
        let html = b"<html><script>alert(1)</script>";
        let rows: [(&[u8], Unfit); 6] = [
            (b"", "attachment_empty"),
            (gif, "attachment_kind"),
            (html, "attachment_kind"),
            (b" %PDF-1.7 %%EOF", "attachment_kind"),
            (b"\xFF\xD8\xFF\xE0\x00\x10JFIF", "attachment_broken"),
            (b"%PDF-1.7 /OpenAction 1 0 R %%EOF", "attachment_pdf_active"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(taken(bytes, &table()).err(), Some(expected), "{}", String::from_utf8_lossy(bytes));
        }
        let large = vec![0xFF; table().most_bytes + 1];
        assert_eq!(taken(&large, &table()).err(), Some("attachment_too_large"));
    }

    proptest! {
        /// Whatever comes, nothing panics, and what is taken once is taken again as it is.
        #[test]
        fn what_was_cleaned_stays_as_it_is(head in 0_usize..4, rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let heads: [&[u8]; 4] = [&[0xFF, 0xD8, 0xFF], png::SIGNATURE, b"%PDF-1.4\n", b""];
            let bytes = [heads[head], &rest].concat();
            if let Ok((media, kept)) = taken(&bytes, &table()) {
                prop_assert!(kept.len() <= bytes.len() + 36);
                prop_assert_eq!(taken(&kept, &table()), Ok((media, kept.clone())));
            }
        }
    }
}
