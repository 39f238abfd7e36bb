//! Reads the packed list that `cargo xtask divisions` writes; the layout is described in `data/divisions/README.md`.

use std::io::Read;

use flate2::read::ZlibDecoder;
use jiff::civil::Date;
use thiserror::Error;

use crate::names::Names;

/// First line of the file, with the version of its layout.
const MARK: &str = "xinqiao divisions 1";

/// Why a packed list cannot be read.
#[derive(Debug, Error)]
pub enum EditionError {
    /// The compressed bytes are damaged.
    #[error("the list of divisions is damaged: {0}")]
    Damaged(#[from] std::io::Error),
    /// The file is none of ours, or of another version.
    #[error("the file does not begin with \"{MARK}\"")]
    Mark,
    /// The heading lacks the edition or its day.
    #[error("the heading of the list of divisions cannot be read")]
    Heading,
    /// The file ends too early.
    #[error("the list of divisions ends too early")]
    Short,
    /// A number is too large for what it stands for.
    #[error("a number in the list of divisions is out of range")]
    Number,
}

/// An edition as read.
pub(crate) struct Edition {
    pub year: String,
    pub as_of: Date,
    pub codes: Vec<i64>,
    pub names: Names,
}

pub(crate) fn unpack(packed: &[u8]) -> Result<Edition, EditionError> {
    let mut bytes = Vec::with_capacity(packed.len() * 3);
    ZlibDecoder::new(packed).read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    if line(&mut rest)? != MARK {
        return Err(EditionError::Mark);
    }
    let year = line(&mut rest)?.to_owned();
    let as_of = line(&mut rest)?.parse().map_err(|_| EditionError::Heading)?;
    let length = usize::try_from(number(&mut rest)?).map_err(|_| EditionError::Number)?;
    let (list, after) = rest.split_at_checked(length).ok_or(EditionError::Short)?;
    rest = after;
    let mut names = Names::new(std::str::from_utf8(list).map_err(|_| EditionError::Heading)?.chars());
    let count = usize::try_from(number(&mut rest)?).map_err(|_| EditionError::Number)?;
    // Each division takes at least two bytes, which bounds what a damaged count can ask for.
    if count > rest.len() / 2 {
        return Err(EditionError::Short);
    }
    let mut codes = Vec::with_capacity(count);
    let mut code = 0_i64;
    for _ in 0..count {
        let step = i64::try_from(number(&mut rest)?).map_err(|_| EditionError::Number)?;
        code = code.checked_add(step).ok_or(EditionError::Number)?;
        codes.push(code);
    }
    // Every byte without a high bit ends a number: that many characters and ends of names follow.
    let numbers = rest.iter().filter(|byte| **byte < 0x80).count();
    names.reserve(count, numbers.saturating_sub(count));
    for _ in 0..count {
        loop {
            match u16::try_from(number(&mut rest)?).map_err(|_| EditionError::Number)? {
                0 => break,
                character => names.push_number(character),
            }
        }
        names.end();
    }
    Ok(Edition { year, as_of, codes, names })
}

fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, EditionError> {
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or(EditionError::Short)?;
    let (line, after) = rest.split_at_checked(end).ok_or(EditionError::Short)?;
    *rest = after.get(1..).unwrap_or_default();
    std::str::from_utf8(line).map_err(|_| EditionError::Heading)
}

/// A LEB128 number: seven bits a byte, the lowest first.
fn number(rest: &mut &[u8]) -> Result<u64, EditionError> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(EditionError::Short)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(EditionError::Number)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(parts: &[&[u8]]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&parts.concat()).unwrap();
        encoder.finish().unwrap()
    }

    const HEADING: &[u8] = b"xinqiao divisions 1\n2023\n2023-06-30\n";

    #[test]
    fn a_list_is_read_as_described() {
        let bytes = packed(&[HEADING, &[6], "甲乙".as_bytes(), &[2, 11, 2], &[2, 1, 0, 1, 0]]);
        let edition = unpack(&bytes).unwrap();
        assert_eq!((edition.year.as_str(), edition.as_of.to_string().as_str()), ("2023", "2023-06-30"));
        assert_eq!(edition.codes, [11, 13]);
        assert_eq!((edition.names.text(0).as_str(), edition.names.text(1).as_str()), ("乙甲", "甲"));
    }

    #[test]
    fn a_damaged_list_is_refused() {
        let whole = packed(&[HEADING, &[3], "甲".as_bytes(), &[1, 11], &[1, 0]]);
        assert!(unpack(&whole).is_ok());
        assert!(matches!(unpack(&whole[..20]), Err(EditionError::Damaged(_))));
        assert!(matches!(unpack(&packed(&[b"something else\n"])), Err(EditionError::Mark)));
        let cases: [&[u8]; 4] =
            [&[200, 1], &[3, 0xe7, 0x94, 0xb2, 9, 11], &[0, 1, 11, 1], &[0, 0xff, 0xff, 0xff, 0x7f]];
        for body in cases {
            assert!(matches!(unpack(&packed(&[HEADING, body])), Err(EditionError::Short)), "{body:?}");
        }
        let endless = [HEADING, &[0xff; 12]];
        assert!(matches!(unpack(&packed(&endless)), Err(EditionError::Number)));
    }
}
