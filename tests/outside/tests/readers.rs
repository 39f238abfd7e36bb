//! Every reader over its seeds, over seeds that were altered, and over anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use outside::{READERS, Reader};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The seeds of a reader, by name.
fn seeds(reader: &Reader) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("seeds").join(reader.name);
    let files = fs::read_dir(&folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let read = |file: PathBuf| (file.display().to_string(), fs::read(&file).unwrap());
    files.map(|file| read(file.unwrap().path())).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn each_reader_has_its_target_and_its_seeds() {
    let readers: BTreeSet<String> = READERS.iter().map(|reader| reader.name.to_owned()).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), readers);
    assert_eq!(names(&fuzz().join("seeds")), readers);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &readers {
        let target = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        let expected =
            format!("#![no_main]\n\nlibfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::{name}(bytes));\n");
        assert_eq!(target, expected, "{name}");
        let listed = format!("[[bin]]\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n");
        assert!(manifest.contains(&listed), "fuzz/Cargo.toml lacks {name}");
    }
}

#[test]
fn every_seed_is_read() {
    for reader in READERS {
        let seeds = seeds(reader);
        assert!(!seeds.is_empty(), "{}", reader.name);
        for (file, bytes) in seeds {
            let tried = catch_unwind(AssertUnwindSafe(|| (reader.attempt)(&bytes)));
            assert!(tried.is_ok(), "{file}");
        }
    }
}

/// How a seed is altered: at a place something is put in, taken out or written over.
fn altered(seed: &[u8], changes: &[(u16, u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, kind, new) in changes {
        let at = usize::from(*place) % (bytes.len() + 1);
        let end = match kind % 3 {
            0 => at,
            1 => (at + new.len()).min(bytes.len()),
            _ => (at + usize::from(*kind)).min(bytes.len()),
        };
        bytes.splice(at..end, new.iter().copied());
    }
    bytes
}

/// Bytes that matter to some reader, or any.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..4),
        3 => "\\PC{0,4}".prop_map(String::into_bytes),
        2 => "[0-9]{1,8}".prop_map(String::into_bytes),
        2 => prop::sample::select(vec![
            "", "\0", "\n", "\r\n", "|", ",", "\"", "{", "[]", "null", "-1", "1e999", "%00", "＋", "Ｘ", "x", "　", "\u{feff}",
            "\u{202e}", "·", "年", "=1+1", "9223372036854775808", "ŉ", "İ", "//", "\\", "\t", "310115110001", "转", "&amp;", "<",
        ]).prop_map(|text| text.as_bytes().to_vec()),
    ]
}

/// Tries a reader with seeds that were altered, and with anything.
fn tried(reader: &Reader, cases: u32) {
    let seeds: Vec<Vec<u8>> = seeds(reader).into_iter().map(|(_, bytes)| bytes).collect();
    let changes = prop::collection::vec((any::<u16>(), any::<u8>(), piece()), 1..5);
    let close = (prop::sample::select(seeds), changes).prop_map(|(seed, changes)| altered(&seed, &changes));
    let any = prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&prop_oneof![3 => close, 1 => any], |bytes| {
        (reader.attempt)(&bytes);
        Ok(())
    });
    run.unwrap_or_else(|fault| panic!("{}: {fault}", reader.name));
}

macro_rules! each_reader { ($($name:ident $cases:literal;)*) => {
    $(
        #[test]
        fn $name() {
            let reader = READERS.iter().find(|reader| reader.name == stringify!($name)).unwrap();
            tried(reader, $cases);
        }
    )*

    #[test]
    fn every_reader_is_tried() {
        let tried = [$(stringify!($name)),*];
        assert_eq!(READERS.iter().map(|reader| reader.name).collect::<Vec<_>>(), tried);
    }
} }

each_reader! {
    identity_number 4_000;
    disability_certificate 4_000;
    credit_code 4_000;
    division_code 4_000;
    phone 4_000;
    day 4_000;
    one_time_code 1_000;
    personal_name 4_000;
    list_row 1_000;
    list_file 1_000;
    visit_list 4_000;
    spreadsheet 1_000;
    division_search 200;
    form_data 2_000;
    posted_form 1_000;
    command 2_000;
    event 2_000;
    request_body 2_000;
    scale_definition 2_000;
    place_in_list 4_000;
    filter 2_000;
    next_page 4_000;
    register_search 2_000;
    request_head 4_000;
    upload 2_000;
    attachment 4_000;
    key_file 1_000;
    sealed_file 1_000;
    backup_key 1_000;
    checkpoint 2_000;
    division_edition 2_000;
    division_list 2_000;
    holidays 2_000;
    linkage_settings 1_000;
    linkage_list 300;
    linkage_model 1_000;
}
