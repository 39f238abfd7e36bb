//! The text of a paper as whoever opens the file finds it, for tests: those of the layout, and those of papers that routes answer with,
//! which take this file in as their own.

use flate2::read::ZlibDecoder;
use std::{collections::BTreeMap, io::Read};

/// Streams of a file, unpacked.
fn streams(file: &[u8]) -> Vec<Vec<u8>> {
    let find = |from: usize, what: &[u8]| {
        file[from..].windows(what.len()).position(|at| at == what).map(|at| from + at)
    };
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(start) = find(from, b"stream\n") {
        let end = find(start, b"endstream").unwrap();
        let mut unpacked = Vec::new();
        if ZlibDecoder::new(&file[start + 7..end]).read_to_end(&mut unpacked).is_ok() {
            found.push(unpacked);
        }
        from = end + 9;
    }
    found
}

/// The text of a file as a reader finds it: letters by the map of characters, a line for each piece.
pub(crate) fn text(file: &[u8]) -> String {
    let streams = streams(file);
    let mut map: BTreeMap<u16, char> = BTreeMap::new();
    for stream in &streams {
        let stream = String::from_utf8_lossy(stream);
        if !stream.contains("begincmap") {
            continue;
        }
        let pairs = stream
            .lines()
            .filter_map(|line| line.trim().strip_prefix('<')?.strip_suffix('>')?.split_once("> <"));
        for (letter, character) in
            pairs.filter(|(letter, character)| letter.len() == 4 && *letter != "0000" && character.len() == 4)
        {
            let character = char::from_u32(u32::from_str_radix(character, 16).unwrap()).unwrap();
            map.insert(u16::from_str_radix(letter, 16).unwrap(), character);
        }
    }
    let mut lines = Vec::new();
    for stream in streams.iter().filter(|stream| stream.windows(3).any(|at| at == b"BT\n")) {
        for piece in shown(stream) {
            let letters = piece.chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]]));
            lines.push(letters.map(|letter| map[&letter]).collect::<String>());
        }
    }
    lines.join("\n")
}

/// Texts that are shown: in hexadecimal digits or with signs escaped.
fn shown(stream: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < stream.len() {
        match stream[at] {
            b'<' => {
                let end = at + stream[at..].iter().position(|byte| *byte == b'>').unwrap();
                let digits = std::str::from_utf8(&stream[at + 1..end]).unwrap();
                let pairs = (0..digits.len()).step_by(2);
                found.push(
                    pairs.map(|from| u8::from_str_radix(&digits[from..from + 2], 16).unwrap()).collect(),
                );
                at = end;
            }
            b'(' => {
                let (mut text, mut depth) = (Vec::new(), 1);
                while depth > 0 {
                    at += 1;
                    match stream[at] {
                        b'\\' => {
                            at += 1;
                            let digits =
                                stream[at..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                            match stream[at] {
                                b'n' => text.push(b'\n'),
                                b'r' => text.push(b'\r'),
                                b't' => text.push(b'\t'),
                                b'b' => text.push(8),
                                b'f' => text.push(12),
                                _ if digits > 0 => {
                                    let octal = std::str::from_utf8(&stream[at..at + digits]).unwrap();
                                    text.push(u8::from_str_radix(octal, 8).unwrap());
                                    at += digits - 1;
                                }
                                other => text.push(other),
                            }
                        }
                        b')' => {
                            depth -= 1;
                            if depth > 0 {
                                text.push(b')');
                            }
                        }
                        b'(' => {
                            depth += 1;
                            text.push(b'(');
                        }
                        other => text.push(other),
                    }
                }
                found.push(text);
            }
            _ => {}
        }
        at += 1;
    }
    found
}
