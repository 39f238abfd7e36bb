//! A file sealed in chunks under a key of its own: whoever holds the key file, or a key that the file was sealed for,
//! opens it.
//!
//! ```text
//! xinqiao-sealed 1\n
//! length of the heading (4 bytes), heading (JSON): cipher, and the file's key wrapped for each who may open it
//! chunk: number (8 bytes), 1 where it is the last (1 byte), length (4 bytes), nonce, content, tag
//! ```
//!
//! Number, end and the digest of everything before the first chunk are authenticated with each chunk: none can be left
//! out, moved, put in or altered without being told, nor can the file end early or go on.

use super::{
    Algorithm, Keys,
    cipher::Cipher,
    random_bytes,
    recipient::{Opened, Recipient, RecipientKey},
};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::io::{self, ErrorKind, Read, Write};

/// Begins every such file.
const MAGIC: &[u8] = b"xinqiao-sealed 1\n";
/// Bytes of content in a chunk.
const CHUNK: usize = 256 * 1024;
/// A chunk with nonce and tag is no longer than this; the last may hold anything up to [`LARGEST`].
const LARGEST: usize = 16 * 1024 * 1024;
/// A heading is no longer than this.
const LARGEST_HEADING: usize = 64 * 1024;

/// What is wrong with a sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not begin like one.
    #[error("this is no sealed file of Xinqiao")]
    Foreign,
    /// Its heading cannot be understood.
    #[error("the heading of the file was altered, or is of a later version")]
    Heading,
    /// None of the keys at hand opens it.
    #[error("the file is sealed for another key than those given")]
    Key,
    /// It ends before its last chunk.
    #[error("the file is cut off behind chunk {0}")]
    CutOff(u64),
    /// A chunk stands where another should.
    #[error("chunk {found} stands where chunk {expected} should: chunks were moved, left out or put in")]
    Moved {
        /// Its number.
        found: u64,
        /// The number that should stand there.
        expected: u64,
    },
    /// A chunk is not what was sealed.
    #[error("chunk {0} was altered")]
    Altered(u64),
    /// Something stands behind the last chunk.
    #[error("something stands behind the end of the file")]
    Behind,
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        io::Error::new(ErrorKind::InvalidData, fault)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    cipher: String,
    /// The file's key, wrapped with a key derived from the key file.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_file: Option<String>,
    /// The file's key, wrapped for each recipient.
    recipients: Vec<Wrapped>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    recipient: String,
    ephemeral: String,
    key: String,
}

/// The keys at hand that may open a file.
#[derive(Clone, Copy, Default)]
pub struct Openers<'a> {
    /// Those of the installation.
    pub keys: Option<&'a Keys>,
    /// One that files were sealed for.
    pub recipient: Option<&'a RecipientKey>,
}

/// Seals what is written.
pub(crate) struct Sealer<W: Write> {
    to: W,
    cipher: Cipher,
    bound: [u8; 32],
    number: u64,
    content: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Writes the heading: the file opens with the key file and for each recipient.
    pub(crate) fn begin(mut to: W, keys: &Keys, recipients: &[Recipient]) -> Result<Sealer<W>> {
        let algorithm = keys.sealing()?;
        let key = random_bytes(algorithm.key_bytes())?;
        let wrap = |opened: Opened| -> Result<Wrapped> {
            let wrapped = Cipher::new(Algorithm::Aes256GcmSiv, &opened.secret)?.seal(&[], LABEL, &key)?;
            let (recipient, ephemeral) = (opened.recipient, opened.ephemeral);
            Ok(Wrapped { recipient, ephemeral, key: crate::hex::write(&wrapped) })
        };
        let own = own_cipher(keys, algorithm)?.seal(&[], LABEL, &key)?;
        let recipients = recipients.iter().map(|one| wrap(one.agree()?)).collect::<Result<_>>()?;
        let key_file = Some(crate::hex::write(&own));
        let heading =
            serde_json::to_vec(&Heading { cipher: algorithm.code().to_owned(), key_file, recipients })?;
        let length = u32::try_from(heading.len()).map_err(Error::broken)?.to_be_bytes();
        let first = [MAGIC, &length, &heading].concat();
        to.write_all(&first).map_err(Error::broken)?;
        let cipher = Cipher::new(algorithm, &key)?;
        Ok(Sealer { to, cipher, bound: sha2::Sha256::digest(&first).into(), number: 0, content: Vec::new() })
    }

    fn chunk(&mut self, content: &[u8], last: bool) -> io::Result<()> {
        let before = before(self.number, last);
        let sealed = self.cipher.seal(&[], &[&before[..], &self.bound].concat(), content);
        let sealed = sealed.map_err(io::Error::other)?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        self.to.write_all(&before)?;
        self.to.write_all(&length.to_be_bytes())?;
        self.to.write_all(&sealed)?;
        self.number += 1;
        Ok(())
    }

    /// Ends the file with a chunk of its own, which [`Opener::last`] finds without opening the others.
    pub(crate) fn end(mut self, last: &[u8]) -> io::Result<W> {
        if last.len() > LARGEST / 2 {
            return Err(io::Error::other("the summary is too long"));
        }
        let rest = std::mem::take(&mut self.content);
        if !rest.is_empty() {
            self.chunk(&rest, false)?;
        }
        self.chunk(last, true)?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK.saturating_sub(self.content.len()).min(bytes.len());
        let (taken, _) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.content.extend_from_slice(taken);
        if self.content.len() >= CHUNK {
            let full = std::mem::take(&mut self.content);
            self.chunk(&full, false)?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Chunks are cut by their length alone.
        Ok(())
    }
}

/// What a wrapped key is bound to.
const LABEL: &[u8] = b"xinqiao sealed file";

/// The cipher that wraps keys of files, of the installation's own algorithm.
fn own_cipher(keys: &Keys, algorithm: Algorithm) -> Result<Cipher> {
    let derived = keys.derive("sealed file");
    Cipher::new(algorithm, derived.get(..algorithm.key_bytes()).unwrap_or_default())
}

fn before(number: u64, last: bool) -> [u8; 9] {
    let mut before = [0; 9];
    let (place, end) = before.split_at_mut(8);
    place.copy_from_slice(&number.to_be_bytes());
    end.fill(u8::from(last));
    before
}

/// Opens what was sealed, chunk by chunk.
pub(crate) struct Opener<R: Read> {
    from: R,
    cipher: Cipher,
    bound: [u8; 32],
    number: u64,
    content: io::Cursor<Vec<u8>>,
    last: Option<Vec<u8>>,
}

impl<R: Read> Opener<R> {
    /// Reads the heading and finds the key.
    pub(crate) fn begin(mut from: R, openers: Openers<'_>) -> Result<Opener<R>> {
        let mut magic = vec![0; MAGIC.len()];
        exactly(&mut from, &mut magic, Fault::Foreign)?;
        if magic != MAGIC {
            return Err(Error::broken(Fault::Foreign));
        }
        let mut length = [0; 4];
        exactly(&mut from, &mut length, Fault::Heading)?;
        let size = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if size > LARGEST_HEADING {
            return Err(Error::broken(Fault::Heading));
        }
        let mut heading = vec![0; size];
        exactly(&mut from, &mut heading, Fault::Heading)?;
        let bound = sha2::Sha256::digest([MAGIC, &length, &heading].concat()).into();
        let heading: Heading = serde_json::from_slice(&heading).map_err(|_| Error::broken(Fault::Heading))?;
        let algorithm = Algorithm::from_code(&heading.cipher).ok_or_else(|| Error::broken(Fault::Heading))?;
        let key = unwrapped(&heading, algorithm, openers).ok_or_else(|| Error::broken(Fault::Key))?;
        let cipher = Cipher::new(algorithm, &key)?;
        Ok(Opener { from, cipher, bound, number: 0, content: io::Cursor::default(), last: None })
    }

    /// Opens the next chunk; false when the last was met.
    fn turn(&mut self) -> io::Result<bool> {
        if self.last.is_some() {
            return Ok(false);
        }
        let (last, length) = self.place()?;
        let mut sealed = vec![0; length];
        self.whole(&mut sealed)?;
        let bound = [&before(self.number, last)[..], &self.bound].concat();
        let content = self.cipher.open(&bound, &sealed).ok_or(Fault::Altered(self.number))?;
        self.number += 1;
        if !last {
            self.content = io::Cursor::new(content);
            return Ok(true);
        }
        self.last = Some(content);
        match self.from.read(&mut [0])? {
            0 => Ok(false),
            _ => Err(Fault::Behind.into()),
        }
    }

    /// What stands before a chunk: whether it is the last, and its length.
    fn place(&mut self) -> io::Result<(bool, usize)> {
        let mut before = [0; 13];
        self.whole(&mut before)?;
        let [a, b, c, d, e, f, g, h, last, rest @ ..] = before;
        let found = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        if found != self.number {
            return Err(Fault::Moved { found, expected: self.number }.into());
        }
        let length = usize::try_from(u32::from_be_bytes(rest)).unwrap_or(usize::MAX);
        if last > 1 || length > LARGEST {
            return Err(Fault::Altered(self.number).into());
        }
        Ok((last == 1, length))
    }

    fn whole(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Fault::CutOff(self.number).into(),
            _ => error,
        })
    }

    /// Reads what is left and returns the last chunk.
    pub(crate) fn end(&mut self) -> io::Result<Vec<u8>> {
        while self.turn()? {}
        Ok(self.last.clone().unwrap_or_default())
    }
}

impl<R: Read + io::Seek> Opener<R> {
    /// The last chunk, without opening those before.
    pub(crate) fn last(mut self) -> io::Result<Vec<u8>> {
        loop {
            let (last, length) = self.place()?;
            if !last {
                self.from.seek_relative(i64::try_from(length).map_err(io::Error::other)?)?;
                self.number += 1;
                continue;
            }
            let mut sealed = vec![0; length];
            self.whole(&mut sealed)?;
            let bound = [&before(self.number, true)[..], &self.bound].concat();
            let content = self.cipher.open(&bound, &sealed);
            return Ok(content.ok_or(Fault::Altered(self.number))?);
        }
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.content.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            if !self.turn()? {
                return Ok(0);
            }
        }
    }
}

fn exactly(from: &mut impl Read, bytes: &mut [u8], fault: Fault) -> Result<()> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => Error::broken(fault),
        _ => Error::broken(error),
    })
}

fn unwrapped(heading: &Heading, algorithm: Algorithm, openers: Openers<'_>) -> Option<Vec<u8>> {
    let own = openers.keys.and_then(|keys| {
        let wrapped = crate::hex::read(heading.key_file.as_deref()?)?;
        own_cipher(keys, algorithm).ok()?.open(LABEL, &wrapped)
    });
    own.or_else(|| {
        let key = openers.recipient?;
        let mine = heading.recipients.iter().find(|wrapped| wrapped.recipient == key.recipient().text())?;
        let secret = key.agreed(&mine.ephemeral)?;
        Cipher::new(Algorithm::Aes256GcmSiv, &secret).ok()?.open(LABEL, &crate::hex::read(&mine.key)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(first: u8) -> Keys {
        Keys::from_secret(&(first..first + 64).collect::<Vec<u8>>()).unwrap()
    }

    fn sealed(recipients: &[Recipient], content: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::begin(Vec::new(), &keys(0), recipients).unwrap();
        sealer.write_all(content).unwrap();
        sealer.end(b"summary").unwrap()
    }

    fn open(file: &[u8], openers: Openers<'_>) -> std::result::Result<(Vec<u8>, Vec<u8>), String> {
        let mut opener = Opener::begin(file, openers).map_err(|error| error.to_string())?;
        let mut content = Vec::new();
        opener.read_to_end(&mut content).map_err(|error| error.to_string())?;
        Ok((content, opener.end().map_err(|error| error.to_string())?))
    }

    fn by_key_file(keys: &Keys) -> Openers<'_> {
        Openers { keys: Some(keys), recipient: None }
    }

    #[test]
    fn it_opens_with_the_key_file_and_for_whom_it_was_sealed_and_for_nobody_else() {
        let (one, other) = (RecipientKey::random().unwrap(), RecipientKey::random().unwrap());
        let content: Vec<u8> = (0..251_u8).cycle().take(CHUNK * 2 + 5).collect();
        let file = sealed(&[one.recipient()], &content);
        let expected = (content, b"summary".to_vec());
        assert_eq!(open(&file, by_key_file(&keys(0))).unwrap(), expected);
        assert_eq!(open(&file, Openers { keys: None, recipient: Some(&one) }).unwrap(), expected);
        assert_eq!(open(&file, Openers { keys: Some(&keys(1)), recipient: Some(&one) }).unwrap(), expected);
        for openers in
            [Openers::default(), by_key_file(&keys(1)), Openers { keys: None, recipient: Some(&other) }]
        {
            assert_eq!(open(&file, openers).unwrap_err(), format!("broken: {}", Fault::Key));
        }
        let last = Opener::begin(io::Cursor::new(&file), by_key_file(&keys(0))).unwrap().last().unwrap();
        assert_eq!(last, b"summary");
    }

    #[test]
    fn every_byte_that_is_altered_and_every_end_that_is_cut_is_told() {
        let file = sealed(&[RecipientKey::random().unwrap().recipient()], b"some content");
        let keys = keys(0);
        for at in 0..file.len() {
            let mut altered = file.clone();
            altered[at] ^= 1;
            assert!(open(&altered, by_key_file(&keys)).is_err(), "byte {at}");
            assert!(open(&file[..at], by_key_file(&keys)).is_err(), "cut at {at}");
        }
        let longer = [&file[..], &[0]].concat();
        assert_eq!(open(&longer, by_key_file(&keys)).unwrap_err(), Fault::Behind.to_string());
    }

    #[test]
    fn what_was_done_to_chunks_is_named() {
        let keys = keys(0);
        let file = sealed(&[], &vec![7; CHUNK * 3]);
        let length = u32::from_be_bytes(file[MAGIC.len()..MAGIC.len() + 4].try_into().unwrap());
        let heading = MAGIC.len() + 4 + usize::try_from(length).unwrap();
        let chunk = 13 + 12 + CHUNK + 16;
        let (first, rest) = file[heading..].split_at(chunk);
        let (second, rest) = rest.split_at(chunk);
        let told = |parts: &[&[u8]]| {
            let file = [&file[..heading], &parts.concat()].concat();
            open(&file, by_key_file(&keys)).unwrap_err()
        };
        assert_eq!(told(&[second, first, rest]), Fault::Moved { found: 1, expected: 0 }.to_string());
        assert_eq!(told(&[first, rest]), Fault::Moved { found: 2, expected: 1 }.to_string());
        assert_eq!(told(&[first, second]), Fault::CutOff(2).to_string());
        let mut altered = second.to_vec();
        altered[100] ^= 1;
        assert_eq!(told(&[first, &altered, rest]), Fault::Altered(1).to_string());
        // Taken out with the numbers behind it written anew.
        let mut renumbered = second.to_vec();
        renumbered[7] = 0;
        assert_eq!(told(&[&renumbered, rest]), Fault::Altered(0).to_string());
    }
}
