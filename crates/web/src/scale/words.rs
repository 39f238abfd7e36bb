//! What scales, bands and changes are called.

use crate::language::Language;
use app::scale::{Given, Recorded, Untrained};
use rules::scale::{AnswerLabel, Change, Item, Rater, Scale, Verdict as Amounts};

pub(crate) use crate::referral::words::code;

/// The title of a scale.
pub(crate) fn title(language: Language, scale: &Scale) -> String {
    let title = &scale.definition().title;
    language.of(&title.zh, &title.en)
}

/// Who rates or rated.
pub(crate) fn rater(language: Language, rater: &Rater) -> String {
    language.code("scale_rater", &code(rater))
}

/// In which ways a scale is filled in.
pub(crate) fn entry(language: Language, scale: &Scale) -> String {
    let definition = scale.definition();
    let way = match (definition.text_entry, definition.items.is_empty(), definition.score_entry.is_some()) {
        (true, ..) => "text",
        (_, true, _) => "total",
        (_, _, true) => "either",
        _ => "answers",
    };
    language.code("scale_entry", way)
}

/// In which of them a result was.
pub(crate) fn entered(language: Language, given: &Given) -> String {
    language.code("scale_entry", entered_code(given))
}

/// The same as programs are told.
pub(crate) fn entered_code(given: &Given) -> &'static str {
    match given {
        Given::Answers(_) => "answers",
        Given::Total(_) => "total",
        Given::Text(_) => "text",
    }
}

/// Names in both languages, one behind the other.
pub(crate) fn names(language: Language, names: &[(String, String)]) -> String {
    let names: Vec<String> = names.iter().map(|(zh, en)| language.of(zh, en)).collect();
    names.join(language.comma())
}

/// What is missing of the training of whoever rates, with what is done about it.
pub(crate) fn untrained(language: Language, untrained: Option<Untrained>, months: u16) -> String {
    let months = months.to_string();
    let said = |key: &str, day: &str| language.with(key, &[("months", &months), ("day", day)]);
    match untrained {
        None => String::new(),
        Some(Untrained::Since(day)) => said("scale.training_old", &day.to_string()),
        Some(Untrained::Never) => said("scale.training_none", ""),
        Some(Untrained::Elsewhere) => said("scale.training_elsewhere", ""),
    }
}

/// What a result was for, where it was for something.
pub(crate) fn occasion(language: Language, result: &Recorded) -> String {
    result.occasion.as_deref().map(|code| language.code("scale_occasion", code)).unwrap_or_default()
}

/// The band of a result.
pub(crate) fn band(language: Language, scale: &Scale, result: &Recorded) -> String {
    let bands =
        scale.definition().scores.iter().find(|score| score.code == "total").map(|score| &score.bands);
    let found = bands.into_iter().flatten().find(|band| Some(&band.code) == result.band.as_ref());
    found.map(|band| language.of(&band.zh, &band.en)).unwrap_or_default()
}

/// A change in words, with its class and icon.
pub(crate) struct Verdict {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
    /// With its sign.
    pub difference: String,
}

/// What a change amounts to.
pub(crate) fn verdict(language: Language, change: &Change) -> Verdict {
    let (class, icon) = match change.verdict {
        Amounts::Improved => ("good", "check"),
        Amounts::Worsened => ("late", "alert-triangle"),
        Amounts::Changed => ("fine", "arrows-exchange"),
        Amounts::Unchanged => ("quiet", "minus"),
    };
    let sign = if change.difference.units() > 0 { "+" } else { "" };
    Verdict {
        class,
        icon,
        text: language.code("scale_change", &code(&change.verdict)),
        difference: format!("{sign}{}", change.difference),
    }
}

/// The text of an item, where the licence admits it; otherwise its number on the paper form.
pub(crate) fn item(language: Language, item: &Item, number: usize) -> String {
    match (&item.zh, &item.en) {
        (Some(zh), Some(en)) => language.of(zh, en),
        _ => language.with("scale.item", &[("number", &number.to_string())]),
    }
}

/// The label of an answer.
pub(crate) fn answer(language: Language, scale: &Scale, item: &Item, value: i32) -> String {
    let own = item.options.iter().chain(&scale.definition().options);
    let found = own.clone().find(|option: &&AnswerLabel| option.value == value);
    if item.not_applicable.contains(&value) && found.is_none() {
        return language.text("scale.not_applicable").into_owned();
    }
    found.map(|option| language.of(&option.zh, &option.en)).unwrap_or_default()
}

/// The values that an item may have, those that say "does not apply" last.
pub(crate) fn values(item: &Item) -> Vec<i32> {
    let mut values = item.values.clone();
    if let (true, Some(min), Some(max)) = (values.is_empty(), item.min, item.max) {
        values.extend(min..=max.min(min.saturating_add(200)));
    }
    values.extend(item.not_applicable.iter().filter(|code| !item.values.contains(code)));
    values
}
