//! A PDF that neither acts by itself nor tells where a picture in it was taken. What lies compressed in it is not looked into: files are
//! handed out to be kept and never shown inside a page, so that nothing in them runs in the browser's name.

use super::{AttachmentTable, Unfit};

/// Bytes at the end among which the file must say that it ends.
const TAIL: usize = 2_048;

/// Goes on where the file is whole and holds none of what is refused.
///
/// # Errors
/// It is cut off, acts by itself or is encrypted, or tells a place.
pub(super) fn harmless(bytes: &[u8], table: &AttachmentTable) -> Result<(), Unfit> {
    let tail = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or(bytes);
    if !has(tail, b"%%EOF") {
        return Err("attachment_broken");
    }
    let plain = plain_names(bytes);
    if table.active.iter().any(|word| has_name(&plain, word.as_bytes())) {
        return Err("attachment_pdf_active");
    }
    if table.located.iter().any(|word| has(&plain, word.as_bytes())) {
        return Err("attachment_pdf_place");
    }
    Ok(())
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    !word.is_empty() && bytes.windows(word.len()).any(|part| part == word)
}

/// Whether a name stands in the file as a whole: `/JS` is none of `/JSomething`.
fn has_name(bytes: &[u8], name: &[u8]) -> bool {
    let ends = |next: Option<&u8>| next.is_none_or(|next| !next.is_ascii_alphanumeric());
    let mut places = bytes.windows(name.len()).enumerate().filter(|(_, part)| *part == name);
    !name.is_empty() && places.any(|(at, _)| ends(bytes.get(at + name.len())))
}

/// Letters of names may be written as `#4A` (ISO 32000-1, 7.3.5).
fn plain_names(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).filter(|_| *byte == b'#');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(letter) => {
                plain.push(letter);
                at += 3;
            }
            None => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_tells_a_place_is_refused() {
        let table = AttachmentTable::embedded().unwrap();
        for (text, expected) in [
            ("%PDF-1.7 /Type /Catalog %%EOF\n", Ok(())),
            ("%PDF-1.7 /Type /Catalog", Err("attachment_broken")),
            ("%PDF-1.7 /S /JavaScript /JS (x) %%EOF", Err("attachment_pdf_active")),
            ("%PDF-1.7 /S /J#61vaScript %%EOF", Err("attachment_pdf_active")),
            ("%PDF-1.7 /JSize 3 %%EOF", Ok(())),
            ("%PDF-1.7 /Encrypt 5 0 R %%EOF", Err("attachment_pdf_active")),
            ("%PDF-1.7 <exif:GPSLatitude>31 %%EOF", Err("attachment_pdf_place")),
        ] {
            assert_eq!(harmless(text.as_bytes(), &table), expected, "{text}");
        }
    }
}
