//! Lists that departments send: the file, its headings, its rows.

use crate::{TODAY, text};
use app::division::Divisions;
use flate2::Crc;
use rules::{
    division::DivisionCode,
    import::{
        Check, Checker, Gazetteer, Heading, Kind, Mapping, Row, Severity, Unplaced, kinds,
        looks_like_formula, match_headings, read_fields, without_formula,
    },
};
use std::{collections::BTreeMap, sync::LazyLock};

/// Rows that are read of one input.
const MOST: usize = 2_000;

/// Rows of lines and cells between bars.
fn table(text: &str) -> Vec<Vec<String>> {
    text.lines().take(40).map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

/// Only one place has a name.
#[derive(Debug)]
struct OnePlace;

impl Gazetteer for OnePlace {
    fn find(&self, name: &str, _: bool) -> Result<DivisionCode, Unplaced> {
        let found = DivisionCode::new(310_115_110_001).map_err(|_| Unplaced::Unknown)?;
        if name == "佳虹社区" { Ok(found) } else { Err(Unplaced::Ambiguous(vec![name.to_owned()])) }
    }
}

/// A kind of list and its headings are chosen by the first byte; the other lines are rows.
pub(crate) fn row(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let kind = kinds().get(usize::from(*choice) % kinds().len()).unwrap_or(&ONE_KIND);
    let written = text(rest);
    let mut rows = table(&written);
    let own = choice & 0x80 == 0;
    if own {
        rows.insert(0, kind.columns.iter().map(|column| column.zh.clone()).collect());
    }
    let heading = match_headings(kind, &rows, &Mapping::new());
    assert!(heading.rows <= rows.len() + 1);
    assert!(!own || heading.missing.is_empty() || heading.rows > 1, "its own headings are all known");
    for cells in rows.iter().skip(heading.rows) {
        match kind.register {
            Some(_) => person(kind, &heading, cells),
            None => library(kind, &heading, cells),
        }
        for cell in cells {
            let plain = without_formula(cell);
            assert!(!looks_like_formula(&plain) && plain.ends_with(cell.as_str()), "{plain:?}");
        }
    }
}

static ONE_KIND: LazyLock<Kind> = LazyLock::new(|| Kind {
    kind: "none".to_owned(),
    register: None,
    library: None,
    effective: String::new(),
    zh: String::new(),
    en: String::new(),
    columns: Vec::new(),
});

/// A row that is taken in, written in its normal forms, says the same again.
fn person(kind: &Kind, heading: &Heading, cells: &[String]) {
    let own = headed(kind);
    let read = |heading: &Heading, cells: &[String]| {
        Checker::new(kind, heading, TODAY, 0, i64::MAX).with_names(&OnePlace).read(cells)
    };
    let first = read(heading, cells);
    if first.severity().is_some_and(|worst| worst > Severity::Warning) {
        return;
    }
    assert!(first.unverified_number.is_none() || !first.troubles.is_empty());
    let again = read(&own, &written(kind, &first));
    let bare = |row: &Row| Row { troubles: Vec::new(), unverified_number: None, ..row.clone() };
    assert_eq!(bare(&again), bare(&first), "{cells:?}");
}

/// The headings of a kind's own template.
fn headed(kind: &Kind) -> Heading {
    let row: Vec<String> = kind.columns.iter().map(|column| column.zh.clone()).collect();
    match_headings(kind, &[row], &Mapping::new())
}

/// A row in its normal forms, under the headings of the template.
fn written(kind: &Kind, row: &Row) -> Vec<String> {
    let yes = |value: Option<bool>| value.map(|yes| if yes { "是" } else { "否" }.to_owned());
    let number = |value: i64| Some(value).filter(|value| *value != 0).map(|value| value.to_string());
    let cell = |field: &str| match field {
        "name" => Some(row.name.clone()),
        "sex" => row.sex.map(str::to_owned),
        "born_on" => row.born_on.map(|day| day.to_string()),
        "number" => row.number.clone(),
        "certificate" => row.certificate.clone(),
        "phone" => row.phone.clone(),
        "division" => number(row.division),
        "registered_division" => row.registered_division.and_then(number),
        "record_number" => row.record_number.clone(),
        "lives_at_home" => yes(row.lives_at_home),
        "need_assessed" => yes(row.need_assessed),
        "suitable" => yes(row.suitable),
        "consented" => yes(row.consented),
        other => row.fields.get(other).or_else(|| row.private.get(other)).cloned(),
    };
    kind.columns.iter().map(|column| cell(&column.field).unwrap_or_default()).collect()
}

/// A row of a library, brought to codes, is brought to the same codes again.
fn library(kind: &Kind, heading: &Heading, cells: &[String]) {
    let first = read_fields(kind, heading, cells, &OnePlace);
    if !first.troubles.is_empty() {
        return;
    }
    let cell = |field: &str| match first.lists.get(field) {
        Some(codes) => codes.join(","),
        None => first.value(field),
    };
    let normal: Vec<String> = kind.columns.iter().map(|column| cell(&column.field)).collect();
    let again = read_fields(kind, &headed(kind), &normal, &OnePlace);
    let text = |check: Check| !matches!(check, Check::Text | Check::Name | Check::Phone);
    let kept = |values: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let own = kind.columns.iter().filter(|column| text(column.check));
        own.filter_map(|c| values.get(&c.field).map(|value| (c.field.clone(), value.clone()))).collect()
    };
    assert_eq!((kept(&again.values), &again.lists), (kept(&first.values), &first.lists), "{cells:?}");
}

/// The bytes of a file, as they come.
pub(crate) fn file(bytes: &[u8]) {
    if let Ok(rows) = app::outside::rows(bytes, MOST) {
        assert!(rows.len() <= MOST);
        assert!(rows.iter().all(|cells| cells.len() <= 400), "no more columns than a list has");
    }
}

/// A spreadsheet whose parts are what stands between NUL characters: the sheet, the shared texts, the styles, the book.
pub(crate) fn spreadsheet(bytes: &[u8]) {
    let mut parts = bytes.split(|byte| *byte == 0);
    let sheet = parts.next().unwrap_or_default();
    let [texts, styles] = [parts.next(), parts.next()].map(Option::unwrap_or_default);
    let book = parts.next().unwrap_or(BOOK.as_bytes());
    file(&packed(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", styles),
    ]));
}

const TYPES: &str =
    r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;

/// A zip container that stores its parts as they are.
fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    for (name, content) in parts {
        let mut crc = Crc::new();
        crc.update(content);
        let at = size(out.len());
        // Version 2.0, no flags, stored, a day of 1980; then the sum, both sizes, the length of the name.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        for number in [crc.sum(), size(content.len()), size(content.len())] {
            common.extend(number.to_le_bytes());
        }
        common.extend([u8::try_from(name.len()).unwrap_or(0), 0, 0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(*content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, length, count) =
        (size(out.len()), size(directory.len()), u8::try_from(parts.len()).unwrap_or(0));
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend([count, 0, count, 0]);
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// The divisions of the whole nation are read once.
static DIVISIONS: LazyLock<Option<Divisions>> = LazyLock::new(|| Divisions::embedded().ok());

/// Divisions by anything that is written, and by name in a list.
pub(crate) fn division_search(bytes: &[u8]) {
    let Some(divisions) = DIVISIONS.as_ref() else { return };
    let words = text(bytes.get(..200).unwrap_or(bytes));
    let within = 310_000_000_000..=319_999_999_999;
    let found = divisions.search(&words, Some(within.clone()), 5);
    assert!(found.len() <= 5);
    for division in &found {
        assert!(within.contains(&division.code.number()), "{words:?} left the area");
        assert!(divisions.exists(division.code));
    }
    for division in divisions.named(&words, Some(within.clone()), None) {
        assert!(within.contains(&division.code.number()), "{words:?} left the area");
    }
}
