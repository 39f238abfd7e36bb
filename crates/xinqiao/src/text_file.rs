//! Text files as departments send them: UTF-8, with or without its mark, or GB18030.

use std::path::Path;

use anyhow::Context;

/// The text of a file: UTF-8 if it is valid as such, else GB18030.
///
/// # Errors
/// When the file cannot be read, or is text in neither encoding.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    decode(bytes).with_context(|| format!("{} is neither UTF-8 nor GB18030 text", path.display()))
}

fn decode(bytes: Vec<u8>) -> Option<String> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let text =
                encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(error.as_bytes())?;
            Some(text.into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_read() {
        let cases: [(&[u8], Option<&str>); 5] = [
            ("代码".as_bytes(), Some("代码")),
            ("\u{feff}代码".as_bytes(), Some("代码")),
            (&[0xb4, 0xfa, 0xc2, 0xeb], Some("代码")),
            (&[0xff, 0xff, 0x00], None),
            (b"", Some("")),
        ];
        for (bytes, expected) in cases {
            assert_eq!(decode(bytes.to_vec()).as_deref(), expected, "{bytes:?}");
        }
    }
}
