//! A FHIR R4 Questionnaire read as a definition. Its answers are summed up; bands and rules are none of its elements.
//!
//! What would change a score unseen is refused: questions that depend on others, value sets that stand elsewhere, answers without
//! points. Elements after <https://hl7.org/fhir/R4/questionnaire.html>.

use jiff::civil::Date;
use serde_json::Value;

use super::{
    ScaleFault,
    definition::{AnswerLabel, Definition, Item, Licence, LicenceClass, Loinc, Missing, Rule, Score, Text},
};

type Result<T> = std::result::Result<T, ScaleFault>;

/// Points of an option, in R4 and in R5.
const POINTS: [&str; 2] = [
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
];
const LEAST: &str = "http://hl7.org/fhir/StructureDefinition/minValue";
const MOST: &str = "http://hl7.org/fhir/StructureDefinition/maxValue";
const LOINC: &str = "http://loinc.org";
/// Groups within groups.
const DEEPEST: usize = 16;

/// The definition that a Questionnaire amounts to.
///
/// # Errors
/// It is no Questionnaire, or holds what this program cannot score.
pub fn from_questionnaire(value: &Value) -> Result<Definition> {
    let kind = value.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    if kind != "Questionnaire" {
        let fault = format!("{kind:?} is no Questionnaire");
        return Err(ScaleFault::new("resourceType", fault, "give a FHIR R4 Questionnaire"));
    }
    let id = identity(value)?;
    let title = required(value, "title", "name the questionnaire")?;
    let version = required(value, "version", "results keep the version: give one, such as \"1.0\"")?;
    let mut items = Vec::new();
    for item in list(value, "item", "item")? {
        collect(item, &mut items, 0)?;
    }
    if items.is_empty() {
        return Err(ScaleFault::new(
            "item",
            "there is nothing to answer",
            "add items of type choice or integer",
        ));
    }
    let licence = licence(value, items.iter().any(|item| item.zh.is_some()))?;
    let source = value.get("url").and_then(Value::as_str).unwrap_or(id.as_str());
    let rule = Rule::Sum { items: Vec::new() };
    let total = Score {
        code: "total".to_owned(),
        zh: "总分".to_owned(),
        en: "total".to_owned(),
        rule,
        bands: Vec::new(),
    };
    Ok(Definition {
        version,
        title: both(&title),
        valid_from: day(value)?,
        direction: None,
        raters: Vec::new(),
        licence,
        source: both(&format!("FHIR Questionnaire {source}")),
        loinc: loinc(value).map(|code| Loinc { panel: Some(code), total: None }),
        options: Vec::new(),
        items,
        missing: Missing::default(),
        scores: vec![total],
        score_entry: None,
        text_entry: false,
        findings: Vec::new(),
        crisis: Vec::new(),
        change: None,
        id,
    })
}

/// One text for both languages: the resource is written in one.
fn both(text: &str) -> Text {
    Text { zh: text.to_owned(), en: text.to_owned() }
}

fn required(value: &Value, key: &str, remedy: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| ScaleFault::new(key, "it is missing or empty", remedy))
}

/// A list that may be left out.
fn list<'a>(value: &'a Value, key: &str, place: &str) -> Result<&'a [Value]> {
    match value.get(key) {
        None => Ok(&[]),
        Some(Value::Array(rows)) => Ok(rows),
        Some(_) => Err(ScaleFault::new(place, format!("{key} is no list"), "write a list")),
    }
}

/// The id, in the letters of our own: of `name`, else of `id`, else the end of `url`.
fn identity(value: &Value) -> Result<String> {
    let text =
        |key: &str| value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let end = text("url").map(|url| url.rsplit('/').next().unwrap_or(url));
    let named = text("name").or(text("id")).or(end).unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let id: String = named.chars().map(plain).collect();
    let parts: Vec<&str> = id.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Err(ScaleFault::new(
            "name",
            "there is no name for it",
            "give name, id or url in Latin letters",
        ));
    }
    Ok(parts.join("-"))
}

/// The first day in use: of `effectivePeriod`, else `date`.
fn day(value: &Value) -> Result<Date> {
    let start = value.get("effectivePeriod").and_then(|period| period.get("start"));
    let written = start.or(value.get("date")).and_then(Value::as_str).unwrap_or_default();
    let whole: String = match written.len() {
        4 => format!("{written}-01-01"),
        7 => format!("{written}-01"),
        _ => written.chars().take(10).collect(),
    };
    let remedy = "give effectivePeriod.start or date, such as \"2026-01-01\"";
    whole.parse().map_err(|_| ScaleFault::new("effectivePeriod.start", "there is no first day", remedy))
}

/// Whoever brings item texts names who permits them.
fn licence(value: &Value, texts: bool) -> Result<Licence> {
    let copyright =
        value.get("copyright").and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    match copyright {
        Some(copyright) => {
            let granted = Some(copyright.to_owned());
            Ok(Licence { class: LicenceClass::Conditions, text: both(copyright), granted })
        }
        None if texts => {
            let remedy =
                "give copyright with the licence under which they stand here, or leave the texts out";
            Err(ScaleFault::new("copyright", "items have texts, but no licence is named", remedy))
        }
        None => {
            let text = Text { zh: "未注明许可".to_owned(), en: "no licence is named".to_owned() };
            Ok(Licence { class: LicenceClass::Unclear, text, granted: None })
        }
    }
}

/// The first LOINC code of a resource or an item.
fn loinc(value: &Value) -> Option<String> {
    let codes = value.get("code")?.as_array()?;
    let code = codes.iter().find(|code| code.get("system").and_then(Value::as_str) == Some(LOINC))?;
    code.get("code").and_then(Value::as_str).map(str::to_owned)
}

/// The items of an item: those of a group, a question and what hangs below it.
fn collect(value: &Value, found: &mut Vec<Item>, depth: usize) -> Result<()> {
    let code = value.get("linkId").and_then(Value::as_str).unwrap_or_default();
    let place = format!("item.{code}");
    let refuse = |fault: &str, remedy: &str| Err(ScaleFault::new(place.clone(), fault, remedy));
    if depth > DEEPEST {
        return refuse("groups lie too deep within each other", "flatten them");
    }
    if value.get("enableWhen").is_some_and(|when| when.as_array().is_none_or(|rows| !rows.is_empty())) {
        let remedy = "write it as a scale of our own with skip_when, or leave enableWhen out";
        return refuse(
            "enableWhen: the question depends on another, and totals of those who skip it would differ",
            remedy,
        );
    }
    if value.get("answerValueSet").is_some() {
        return refuse(
            "answerValueSet: its answers stand elsewhere",
            "write them as answerOption with ordinalValue",
        );
    }
    let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    if flag("repeats") {
        return refuse("repeats: it has several answers", "leave repeats out");
    }
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "group" | "display" => {}
        // What is computed from the others is no answer.
        _ if flag("readOnly") => {}
        "choice" => found.push(choice(value, code, &place)?),
        "integer" => found.push(integer(value, code, &place)?),
        "" => return refuse("type is missing", "write choice or integer"),
        other => {
            let fault = format!("answers of type {other} have no points");
            return refuse(&fault, "leave the question out, or make it a choice or an integer");
        }
    }
    for inner in list(value, "item", &place)? {
        collect(inner, found, depth + 1)?;
    }
    Ok(())
}

fn question(value: &Value, code: &str) -> Item {
    let text = value.get("text").and_then(Value::as_str).map(str::to_owned);
    Item { code: code.to_owned(), zh: text.clone(), en: text, loinc: loinc(value), ..Item::default() }
}

fn integer(value: &Value, code: &str, place: &str) -> Result<Item> {
    let bound = |url: &str| {
        let found = extension(value, url)?.get("valueInteger")?.as_i64()?;
        i32::try_from(found).ok()
    };
    let (Some(min), Some(max)) = (bound(LEAST), bound(MOST)) else {
        let remedy = "give the extensions minValue and maxValue with valueInteger";
        return Err(ScaleFault::new(place, "the range of the number is not known", remedy));
    };
    Ok(Item { min: Some(min), max: Some(max), ..question(value, code) })
}

fn choice(value: &Value, code: &str, place: &str) -> Result<Item> {
    let mut options = Vec::new();
    for option in list(value, "answerOption", place)? {
        options.push(label(option, place)?);
    }
    if options.is_empty() {
        return Err(ScaleFault::new(
            place,
            "there are no options",
            "write them as answerOption with ordinalValue",
        ));
    }
    let mut values: Vec<i32> = options.iter().map(|option| option.value).collect();
    values.sort_unstable();
    if let Some(twice) =
        values.windows(2).find_map(|pair| matches!(pair, [a, b] if a == b).then(|| pair.first()))
    {
        let fault = format!("two options have {} points", twice.copied().unwrap_or_default());
        return Err(ScaleFault::new(place, fault, "write it as a scale of our own with values and points"));
    }
    Ok(Item { values, options, ..question(value, code) })
}

fn label(option: &Value, place: &str) -> Result<AnswerLabel> {
    let coding = option.get("valueCoding");
    let of_coding =
        |key: &str| coding.and_then(|coding| coding.get(key)).and_then(Value::as_str).map(str::to_owned);
    let text =
        of_coding("display").or_else(|| option.get("valueString").and_then(Value::as_str).map(str::to_owned));
    if let Some(number) = option.get("valueInteger").and_then(Value::as_i64) {
        let value = i32::try_from(number).map_err(|_| {
            ScaleFault::new(place, format!("{number} is too large"), "choose a smaller value")
        })?;
        let text = text.unwrap_or_else(|| number.to_string());
        return Ok(AnswerLabel { value, zh: text.clone(), en: text, loinc: None });
    }
    let points = |holder: Option<&Value>| {
        let holder = holder?;
        POINTS
            .iter()
            .find_map(|url| extension(holder, url))
            .and_then(|found| found.get("valueDecimal").cloned())
    };
    let text = text.or_else(|| of_coding("code")).unwrap_or_default();
    let points = points(coding).or_else(|| points(Some(option))).ok_or_else(|| {
        let fault = format!("the option {text:?} has no points");
        ScaleFault::new(place, fault, "give each option the extension ordinalValue with valueDecimal")
    })?;
    let value = whole(&points).ok_or_else(|| {
        ScaleFault::new(place, format!("{points} points of the option {text:?}"), "points are whole numbers")
    })?;
    let coded = coding.and_then(|coding| coding.get("system")).and_then(Value::as_str) == Some(LOINC);
    let loinc = of_coding("code").filter(|_| coded);
    Ok(AnswerLabel { value, zh: text.clone(), en: text, loinc })
}

/// A whole number, also where it was written as `2.0`.
fn whole(number: &Value) -> Option<i32> {
    let written = number.as_number()?.to_string();
    let (before, behind) = written.split_once('.').unwrap_or((&written, ""));
    behind.bytes().all(|digit| digit == b'0').then(|| before.parse().ok()).flatten()
}

fn extension<'a>(value: &'a Value, url: &str) -> Option<&'a Value> {
    let all = value.get("extension")?.as_array()?;
    all.iter().find(|found| found.get("url").and_then(Value::as_str) == Some(url))
}
