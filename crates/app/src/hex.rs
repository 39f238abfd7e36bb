//! Bytes as hexadecimal digits.

/// Two digits for each byte.
#[must_use]
pub fn write(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

/// The bytes of hexadecimal digits, small or capital; none where the text is something else.
#[must_use]
pub fn read(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|from| u8::from_str_radix(text.get(from..from + 2)?, 16).ok()).collect()
}

/// The bytes of a text exactly as [`write`] writes it; capital letters are not its.
#[must_use]
pub fn read_exact(text: &str) -> Option<Vec<u8>> {
    read(text).filter(|bytes| write(bytes) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (text, bytes) in
            [("", Some(vec![])), ("00ff7F", Some(vec![0, 255, 127])), ("0", None), ("+1", None), ("心", None)]
        {
            assert_eq!(read(text), bytes, "{text}");
        }
        assert_eq!(write(&[0, 255, 127]), "00ff7f");
    }

    #[test]
    fn digits_are_read_as_they_are_written() {
        assert_eq!(read_exact(&write(&[0, 1, 0xab, 0xff])), Some(vec![0, 1, 0xab, 0xff]));
        for wrong in ["0", "0g", "AB", "é1"] {
            assert_eq!(read_exact(wrong), None, "{wrong}");
        }
    }
}
