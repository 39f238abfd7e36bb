//! Text files as departments send them: UTF-8, with or without its mark, or GB18030.

use anyhow::{Context, Result};
use encoding_rs::{Decoder, DecoderResult, GB18030};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

/// Bytes that are looked at at once.
const PORTION: usize = 1 << 18;
/// The mark at the beginning of some files of UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

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

/// The text of a file as UTF-8 without its mark, bit by bit: the file is read once to see which encoding it has, and once more. What is no
/// file of its own, such as a pipe, is kept in one meanwhile.
///
/// # Errors
/// When the file cannot be read, or is text in neither encoding.
pub fn stream(path: &Path) -> Result<Box<dyn Read>> {
    let reading = || format!("reading {}", path.display());
    let mut file = File::open(path).with_context(reading)?;
    if !file.metadata().with_context(reading)?.is_file() {
        let mut kept = tempfile::tempfile().with_context(reading)?;
        std::io::copy(&mut file, &mut kept).with_context(reading)?;
        file = kept;
    }
    if is_utf8(&mut file).with_context(reading)? {
        let mut mark = [0; MARK.len()];
        file.rewind()?;
        let marked = file.read_exact(&mut mark).is_ok() && mark == *MARK;
        file.seek(SeekFrom::Start(if marked { 3 } else { 0 })).with_context(reading)?;
        return Ok(Box::new(file));
    }
    file.rewind().with_context(reading)?;
    let neither = || format!("{} is neither UTF-8 nor GB18030 text", path.display());
    std::io::copy(&mut Decoding::new(&file), &mut std::io::sink()).with_context(neither)?;
    file.rewind().with_context(reading)?;
    Ok(Box::new(Decoding::new(file)))
}

/// Whether all of a file is UTF-8.
fn is_utf8(file: &mut File) -> std::io::Result<bool> {
    let mut buffer = vec![0; PORTION];
    // Bytes of a sign that ends in the next portion.
    let mut kept = 0;
    loop {
        let read = match buffer.get_mut(kept..) {
            Some(free) => file.read(free)?,
            None => 0,
        };
        if read == 0 {
            return Ok(kept == 0);
        }
        let filled = buffer.get(..kept + read).unwrap_or_default();
        let sound = match std::str::from_utf8(filled) {
            Ok(_) => filled.len(),
            Err(fault) if fault.error_len().is_none() => fault.valid_up_to(),
            Err(_) => return Ok(false),
        };
        let filled = filled.len();
        buffer.copy_within(sound..filled, 0);
        kept = filled - sound;
    }
}

/// GB18030 as UTF-8.
struct Decoding<R> {
    source: R,
    decoder: Decoder,
    /// Bytes of the file, and which of them are not decoded yet.
    raw: Vec<u8>,
    raw_left: Range<usize>,
    /// What is decoded, and which of it nobody took yet: who reads may have room for less than a sign.
    text: Vec<u8>,
    text_left: Range<usize>,
    ended: bool,
    /// Nothing is left in the decoder, which must not be asked again.
    done: bool,
}

impl<R: Read> Decoding<R> {
    fn new(source: R) -> Self {
        Decoding {
            source,
            decoder: GB18030.new_decoder_without_bom_handling(),
            raw: vec![0; PORTION],
            raw_left: 0..0,
            text: vec![0; PORTION],
            text_left: 0..0,
            ended: false,
            done: false,
        }
    }

    fn decode(&mut self) -> std::io::Result<()> {
        if self.raw_left.is_empty() && !self.ended {
            self.raw_left = 0..self.source.read(&mut self.raw)?;
            self.ended = self.raw_left.is_empty();
        }
        let raw = self.raw.get(self.raw_left.clone()).unwrap_or_default();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, self.ended);
        self.raw_left.start += read;
        self.text_left = 0..written;
        match result {
            DecoderResult::Malformed(..) => {
                Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "no GB18030 text"))
            }
            DecoderResult::InputEmpty => {
                self.done = self.ended;
                Ok(())
            }
            DecoderResult::OutputFull => Ok(()),
        }
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.text_left.is_empty() && !self.done {
            self.decode()?;
        }
        let text = self.text.get(self.text_left.clone()).unwrap_or_default();
        let taken = text.len().min(out.len());
        for (place, byte) in out.iter_mut().zip(text) {
            *place = *byte;
        }
        self.text_left.start += taken;
        Ok(taken)
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
            assert_eq!(streamed(bytes).as_deref(), expected, "{bytes:?}");
        }
    }

    fn streamed(bytes: &[u8]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list.csv");
        std::fs::write(&file, bytes).unwrap();
        let mut text = String::new();
        stream(&file).ok()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[test]
    fn signs_across_the_ends_of_portions_are_read() {
        for before in 0..5 {
            let text = "a".repeat(before) + &"心桥".repeat(PORTION);
            let (coded, ..) = GB18030.encode(&text);
            assert!(streamed(text.as_bytes()).unwrap() == text, "UTF-8, {before} before");
            assert!(streamed(&coded).unwrap() == text, "GB18030, {before} before");
        }
        // The file ends in the middle of a sign.
        assert_eq!(streamed(&"心".as_bytes()[..1]), None);
        assert_eq!(streamed(&[0xb4]), None);
    }
}
