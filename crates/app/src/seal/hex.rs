//! Bytes as hexadecimal digits.

/// Two digits for each byte.
pub(super) fn write(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of such a text; none where it is something else.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|from| u8::from_str_radix(text.get(from..from + 2)?, 16).ok()).collect()
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
}
