//! The record of a visit as a form: groups of the printed sheet (form 8), read from what was posted and shown again as typed.

mod incidents;

use crate::{
    form::{Control, Group, Kind, Posted},
    language::Language,
};
use app::{
    Problem,
    followup::{DrugFields, VisitFields},
};
use jiff::civil::Date;
use rules::followup::{
    Class, Function, Insight, RiskGrade, Symptoms,
    visit::{
        Adherence, AdverseReport, Effect, Hospitalisation, LockUp, LostReason, Mode, Quality, Rehabilitation,
        Symptom,
    },
};

/// Causes of death, in the order of the form.
pub(crate) const DEATH_CAUSES: [&str; 13] = [
    "infection",
    "tumour",
    "heart",
    "cerebrovascular",
    "respiratory",
    "digestive",
    "other_illness",
    "unknown_illness",
    "suicide",
    "homicide",
    "accident",
    "complication",
    "other",
];
const PHYSICAL: [&str; 3] = ["stable", "unstable", "severe"];

/// Draws fields with what was typed.
struct Drawing<'a> {
    language: Language,
    posted: &'a Posted,
}

impl Drawing<'_> {
    fn label(&self, name: &str) -> String {
        self.language.code("visit_field", name)
    }

    fn control(&self, kind: Kind, name: &str) -> Control {
        let value = self.posted.get(name).unwrap_or_default().to_owned();
        Control::new(self.language, kind, name, &self.label(name)).with(value)
    }

    /// One of several numbers of the form, with the words of a kind.
    fn coded(&self, name: &str, words: &str, codes: impl IntoIterator<Item = u8>) -> Control {
        self.chosen(Kind::Radios, name, words, codes.into_iter().map(|code| code.to_string()))
    }

    fn chosen(
        &self,
        kind: Kind,
        name: &str,
        words: &str,
        codes: impl IntoIterator<Item = String>,
    ) -> Control {
        let options = codes.into_iter().map(|code| {
            let word = self.language.code(words, &code);
            (code, word)
        });
        let chosen: Vec<&str> = self.posted.all(name).collect();
        self.control(kind, name).options(options.collect(), &chosen)
    }

    fn tick(&self, name: &str) -> Control {
        let mut control = self.control(Kind::Tick, name);
        control.ticked = self.posted.get(name).is_some();
        control
    }

    fn helped(&self, mut control: Control, key: &str) -> Control {
        control.help = self.language.text(key).into_owned();
        control
    }

    fn when(mut control: Control, decider: &str, values: &str) -> Control {
        control.condition = Some((decider.to_owned(), values.to_owned()));
        control
    }

    fn drugs(&self, name: &str) -> Control {
        let mut table = self.control(Kind::Table, name);
        let filled = (1..=app::followup::form::MOST_DRUGS)
            .filter(|number| self.posted.get(&format!("{name}.{number}.name")).is_some())
            .max()
            .unwrap_or(0);
        let more = usize::from(self.posted.get("more") == Some(name));
        let rows = (filled + more).clamp(1, app::followup::form::MOST_DRUGS);
        for number in 1..=rows {
            let cell = |part: &str, kind| {
                let full = format!("{name}.{number}.{part}");
                let label = self.language.code("drug_field", part);
                Control::new(self.language, kind, &full, &label)
                    .with(self.posted.get(&full).unwrap_or_default())
            };
            table.rows.push(vec![
                cell("name", Kind::Text),
                cell("dose_mg", Kind::Number),
                cell("times", Kind::Number),
            ]);
        }
        table
    }

    fn group(&self, key: &str, controls: Vec<Control>) -> Group {
        Group { legend: self.language.text(key).into_owned(), controls }
    }
}

/// The form with what was typed so far; what was last time is typed already.
pub(crate) fn groups(language: Language, posted: &Posted) -> Vec<Group> {
    let draw = Drawing { language, posted };
    vec![
        draw.group("visit.head", head(&draw)),
        draw.group("visit.findings", findings(&draw)),
        draw.group("visit.function", function(&draw)),
        draw.group("visit.danger", danger(&draw)),
        draw.group("visit.stay", stay(&draw)),
        draw.group("visit.drugs", drugs(&draw)),
        draw.group("visit.measures", measures(&draw)),
        draw.group("visit.decision", decision(&draw)),
        draw.group("visit.death", death(&draw)),
    ]
}

fn head(draw: &Drawing<'_>) -> Vec<Control> {
    let lost = draw.chosen(
        Kind::List,
        "lost",
        "visit_lost",
        LostReason::ALL.iter().map(|reason| reason.code().to_string()),
    );
    vec![
        draw.control(Kind::Date, "on").required(),
        draw.coded("mode", "visit_mode", Mode::ALL.iter().map(|mode| mode.code())),
        draw.control(Kind::Text, "interviewed"),
        draw.helped(lost, "visit.lost_help"),
    ]
}

fn findings(draw: &Drawing<'_>) -> Vec<Control> {
    let risk =
        draw.coded("risk", "followup_risk", RiskGrade::ALL.iter().map(|grade| grade.code())).required();
    let symptoms = draw.chosen(
        Kind::Many,
        "symptoms",
        "visit_symptom",
        Symptom::ALL.iter().map(|symptom| symptom.code().to_string()),
    );
    let level = draw
        .coded("symptom_level", "symptom_level", Symptoms::ALL.iter().map(|level| level.code()))
        .required();
    vec![
        draw.helped(risk, "visit.risk_help"),
        draw.helped(draw.control(Kind::Text, "risk_reason"), "visit.risk_reason_help"),
        symptoms,
        draw.helped(level, "visit.symptom_help"),
        draw.coded("insight", "insight", Insight::ALL.iter().map(|one| one.code())).required(),
        draw.coded("sleep", "quality", Quality::ALL.iter().map(|one| one.code())),
        draw.coded("diet", "quality", Quality::ALL.iter().map(|one| one.code())),
        draw.chosen(Kind::Radios, "physical", "physical_state", PHYSICAL.map(str::to_owned)),
        draw.tick("other_abnormality"),
    ]
}

fn function(draw: &Drawing<'_>) -> Vec<Control> {
    let item = |name| draw.coded(name, "function_grade", Function::ALL.iter().map(|one| one.code()));
    ["self_care", "housework", "work", "learning", "social"].map(item).to_vec()
}

fn danger(draw: &Drawing<'_>) -> Vec<Control> {
    let mut controls = vec![draw.tick("danger_none")];
    for name in ["minor", "trouble", "harm", "other_harm", "self_harm", "suicide_attempt"] {
        let mut count = draw.control(Kind::Number, name);
        count.range = ("0".to_owned(), "999".to_owned());
        controls.push(count);
    }
    controls.push(draw.helped(incidents::table(draw), "visit.incidents_help"));
    controls
}

fn stay(draw: &Drawing<'_>) -> Vec<Control> {
    vec![
        draw.coded("lock_up", "lock_up", LockUp::ALL.iter().map(|one| one.code())),
        draw.coded("hospitalisation", "hospitalisation", Hospitalisation::ALL.iter().map(|one| one.code())),
        Drawing::when(draw.control(Kind::Date, "last_discharge"), "hospitalisation", "2"),
        draw.control(Kind::YesNo, "laboratory"),
    ]
}

fn drugs(draw: &Drawing<'_>) -> Vec<Control> {
    vec![
        draw.coded("adherence", "adherence", Adherence::ALL.iter().map(|one| one.code())),
        draw.helped(draw.drugs("drugs"), "visit.drugs_help"),
        draw.coded("adverse_reaction", "adverse_report", AdverseReport::ALL.iter().map(|one| one.code())),
        Drawing::when(draw.tick("adverse_severe"), "adverse_reaction", "2"),
        draw.coded("effect", "drug_effect", Effect::ALL.iter().map(|one| one.code())),
    ]
}

fn measures(draw: &Drawing<'_>) -> Vec<Control> {
    let rehabilitation = draw.chosen(
        Kind::Many,
        "rehabilitation",
        "rehabilitation",
        Rehabilitation::ALL.iter().map(|one| one.code().to_string()),
    );
    vec![
        draw.control(Kind::YesNo, "referred"),
        Drawing::when(draw.control(Kind::Text, "referral_reason"), "referred", "true"),
        Drawing::when(draw.control(Kind::Text, "referral_to"), "referred", "true"),
        draw.tick("emergency_record"),
        draw.drugs("guidance"),
        rehabilitation,
    ]
}

fn decision(draw: &Drawing<'_>) -> Vec<Control> {
    let class = draw.chosen(
        Kind::List,
        "class",
        "followup_class",
        Class::ALL.iter().map(|class| class.code().to_string()),
    );
    vec![
        draw.helped(class, "visit.class_help"),
        draw.control(Kind::Text, "override_reason"),
        draw.helped(draw.control(Kind::Date, "next_on"), "visit.next_help"),
        draw.control(Kind::Text, "doctor"),
    ]
}

fn death(draw: &Drawing<'_>) -> Vec<Control> {
    let cause = draw.chosen(Kind::List, "death_cause", "death_cause", DEATH_CAUSES.map(str::to_owned));
    vec![
        draw.helped(draw.control(Kind::Date, "death_on"), "visit.death_help"),
        cause,
        draw.control(Kind::Text, "death_source"),
    ]
}

/// Reads what was posted; what is no number or day is told.
struct Reading<'a> {
    posted: &'a Posted,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn text(&self, name: &str) -> String {
        self.posted.get(name).unwrap_or_default().to_owned()
    }

    fn number<T: std::str::FromStr>(&mut self, name: &str, at: &str) -> Option<T> {
        let text = self.posted.get(name)?;
        let read = text.parse().ok();
        if read.is_none() {
            self.problems.push(Problem::new(at, "number"));
        }
        read
    }

    fn code(&mut self, name: &str) -> Option<u8> {
        self.number(name, name)
    }

    fn count(&mut self, name: &str) -> u16 {
        self.number(name, name).unwrap_or(0)
    }

    fn codes(&mut self, name: &str) -> Vec<u8> {
        self.posted.all(name).filter_map(|code| code.parse().ok()).collect()
    }

    fn day(&mut self, name: &str) -> Option<Date> {
        let text = self.posted.get(name)?;
        let day = text.parse().ok();
        if day.is_none() {
            self.problems.push(Problem::new(name, "date"));
        }
        day
    }

    fn yes(&self, name: &str) -> Option<bool> {
        self.posted.get(name).map(|value| value == "true")
    }

    fn ticked(&self, name: &str) -> bool {
        self.posted.get(name).is_some()
    }

    fn drugs(&mut self, name: &str) -> Vec<DrugFields> {
        let mut lines = Vec::new();
        for number in 1..=app::followup::form::MOST_DRUGS {
            let of = |part: &str| format!("{name}.{number}.{part}");
            let filled = ["name", "dose_mg", "times"].iter().any(|part| self.posted.get(&of(part)).is_some());
            if !filled {
                continue;
            }
            lines.push(DrugFields {
                name: self.text(&of("name")),
                dose_mg: self.number(&of("dose_mg"), name).unwrap_or(0.0),
                times_a_day: self.number(&of("times"), name),
            });
        }
        lines
    }
}

/// The fields that a page sent.
pub(crate) fn fields(posted: &Posted) -> Result<VisitFields, Vec<Problem>> {
    let mut reading = Reading { posted, problems: Vec::new() };
    let read = &mut reading;
    let fields = VisitFields {
        on: read.day("on"),
        interviewed: read.text("interviewed"),
        mode: read.code("mode"),
        lost: read.code("lost"),
        death_on: read.day("death_on"),
        death_cause: read.posted.get("death_cause").map(str::to_owned),
        death_source: read.text("death_source"),
        risk: read.code("risk"),
        risk_reason: read.text("risk_reason"),
        symptoms: read.codes("symptoms"),
        symptom_level: read.code("symptom_level"),
        insight: read.code("insight"),
        sleep: read.code("sleep"),
        diet: read.code("diet"),
        self_care: read.code("self_care"),
        housework: read.code("housework"),
        work: read.code("work"),
        learning: read.code("learning"),
        social: read.code("social"),
        danger_none: read.ticked("danger_none"),
        minor: read.count("minor"),
        trouble: read.count("trouble"),
        harm: read.count("harm"),
        other_harm: read.count("other_harm"),
        self_harm: read.count("self_harm"),
        suicide_attempt: read.count("suicide_attempt"),
        incidents: incidents::read(read),
        lock_up: read.code("lock_up"),
        hospitalisation: read.code("hospitalisation"),
        last_discharge: read.day("last_discharge"),
        laboratory: read.yes("laboratory"),
        physical: read.posted.get("physical").map(str::to_owned),
        other_abnormality: read.ticked("other_abnormality"),
        adherence: read.code("adherence"),
        adverse_reaction: read.code("adverse_reaction"),
        adverse_severe: read.ticked("adverse_severe"),
        effect: read.code("effect"),
        referred: read.yes("referred"),
        referral_reason: read.text("referral_reason"),
        referral_to: read.text("referral_to"),
        emergency_record: read.ticked("emergency_record"),
        drugs: read.drugs("drugs"),
        guidance: read.drugs("guidance"),
        rehabilitation: read.codes("rehabilitation"),
        class: read.code("class"),
        override_reason: read.text("override_reason"),
        next_on: read.day("next_on"),
        doctor: read.text("doctor"),
    };
    let mut fields = fields;
    without_what_does_not_apply(&mut fields);
    if reading.problems.is_empty() { Ok(fields) } else { Err(reading.problems) }
}

/// Whoever was not met, or died, had nothing found: what the form offered from last time is not sent along.
fn without_what_does_not_apply(fields: &mut VisitFields) {
    if fields.lost.is_none() && fields.death_on.is_none() {
        return;
    }
    fields.lock_up = None;
    fields.hospitalisation = None;
    fields.last_discharge = None;
    fields.adherence = None;
    fields.drugs.clear();
    fields.guidance.clear();
    fields.rehabilitation.clear();
}

/// Fields as they would be typed.
pub(crate) fn typed(fields: &VisitFields) -> Posted {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let whole = serde_json::to_value(fields).unwrap_or_default();
    for (name, value) in whole.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("drugs" | "guidance" | incidents::NAME, serde_json::Value::Array(_)) => {}
            (_, serde_json::Value::Array(codes)) => {
                pairs.extend(codes.iter().map(|code| (name.clone(), code.to_string())));
            }
            ("laboratory" | "referred", serde_json::Value::Bool(yes)) => {
                pairs.push((name.clone(), yes.to_string()));
            }
            (_, serde_json::Value::Bool(true)) => pairs.push((name.clone(), "true".to_owned())),
            (_, serde_json::Value::String(text)) if !text.is_empty() => {
                pairs.push((name.clone(), text.clone()))
            }
            (_, serde_json::Value::Number(number)) if is_told(name, number.as_u64()) => {
                pairs.push((name.clone(), number.to_string()));
            }
            _ => {}
        }
    }
    incidents::typed(&fields.incidents, &mut pairs);
    for (name, lines) in [("drugs", &fields.drugs), ("guidance", &fields.guidance)] {
        for (number, line) in (1..).zip(lines) {
            pairs.push((format!("{name}.{number}.name"), line.name.clone()));
            pairs.push((format!("{name}.{number}.dose_mg"), line.dose_mg.to_string()));
            if let Some(times) = line.times_a_day {
                pairs.push((format!("{name}.{number}.times"), times.to_string()));
            }
        }
    }
    Posted(pairs)
}

/// A count of nothing is left empty.
fn is_told(name: &str, number: Option<u64>) -> bool {
    const COUNTS: [&str; 6] = ["minor", "trouble", "harm", "other_harm", "self_harm", "suicide_attempt"];
    number != Some(0) || !COUNTS.contains(&name)
}

/// A visit as it is read: label and value of everything that was filled in.
pub(crate) fn lines(language: Language, fields: &VisitFields) -> Vec<(String, Vec<(String, String)>)> {
    let posted = typed(fields);
    let mut parts = Vec::new();
    for group in groups(language, &posted) {
        let mut shown = Vec::new();
        for control in &group.controls {
            let value = written(control);
            if !value.is_empty() {
                shown.push((control.label.clone(), value));
            }
        }
        if !shown.is_empty() {
            parts.push((group.legend, shown));
        }
    }
    parts
}

fn written(control: &Control) -> String {
    let language = control.language;
    match control.kind {
        Kind::Table if control.name == incidents::NAME => {
            let row = |row: &Vec<Control>| {
                let cells: Vec<String> = row.iter().map(written).filter(|words| !words.is_empty()).collect();
                cells.join(" ")
            };
            let rows: Vec<String> = control.rows.iter().map(row).filter(|row| !row.is_empty()).collect();
            rows.join("；")
        }
        Kind::Table => {
            let row = |row: &Vec<Control>| {
                let parts: Vec<&str> =
                    row.iter().map(|cell| cell.value.as_str()).filter(|value| !value.is_empty()).collect();
                match parts.as_slice() {
                    [name, dose, times] => {
                        language.with("drug.line", &[("name", name), ("dose", dose), ("times", times)])
                    }
                    [name, dose] => language.with("drug.injection", &[("name", name), ("dose", dose)]),
                    _ => parts.join(" "),
                }
            };
            let rows: Vec<String> = control.rows.iter().map(row).filter(|row| !row.is_empty()).collect();
            rows.join("；")
        }
        Kind::Tick if control.ticked => language.text("form.yes").into_owned(),
        Kind::Tick => String::new(),
        Kind::YesNo => match control.value.as_str() {
            "true" => language.text("form.yes").into_owned(),
            "false" => language.text("form.no").into_owned(),
            _ => String::new(),
        },
        Kind::Radios | Kind::List | Kind::Many => {
            let chosen: Vec<&str> = control
                .options
                .iter()
                .filter(|option| option.chosen)
                .map(|option| option.label.as_str())
                .collect();
            chosen.join(language.comma())
        }
        _ => control.value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields_of_a_visit() -> VisitFields {
        VisitFields {
            on: "2026-03-02".parse().ok(),
            interviewed: "本人".to_owned(),
            mode: Some(2),
            risk: Some(0),
            symptoms: vec![1, 3],
            symptom_level: Some(0),
            insight: Some(1),
            danger_none: true,
            minor: 2,
            laboratory: Some(false),
            referred: Some(true),
            referral_reason: "复诊".to_owned(),
            physical: Some("stable".to_owned()),
            drugs: vec![
                DrugFields { name: "奥氮平".to_owned(), times_a_day: Some(1), dose_mg: 2.5 },
                DrugFields { name: "棕榈酸帕利哌酮".to_owned(), times_a_day: None, dose_mg: 100.0 },
            ],
            next_on: "2026-06-02".parse().ok(),
            ..VisitFields::default()
        }
    }

    #[test]
    fn what_is_typed_is_read_again() {
        let fields = fields_of_a_visit();
        assert_eq!(super::fields(&typed(&fields)).unwrap(), fields);
    }

    #[test]
    fn what_is_no_number_or_day_is_told_by_field() {
        let posted = Posted(vec![
            ("on".to_owned(), "yesterday".to_owned()),
            ("minor".to_owned(), "-1".to_owned()),
            ("drugs.1.name".to_owned(), "奥氮平".to_owned()),
            ("drugs.1.dose_mg".to_owned(), "ten".to_owned()),
        ]);
        let problems = super::fields(&posted).unwrap_err();
        let told: Vec<(&str, &str)> = problems.iter().map(|p| (p.field.as_str(), p.code.as_str())).collect();
        assert_eq!(told, [("on", "date"), ("minor", "number"), ("drugs", "number")]);
    }

    #[test]
    fn whoever_was_not_met_takes_nothing_along_from_last_time() {
        let mut fields = VisitFields { lost: Some(1), adherence: Some(1), ..fields_of_a_visit() };
        fields = super::fields(&typed(&fields)).unwrap();
        assert!(fields.drugs.is_empty() && fields.adherence.is_none());
    }

    #[test]
    fn every_field_has_words_in_both_languages() {
        for language in [Language::Chinese, Language::English] {
            for group in groups(language, &typed(&fields_of_a_visit())) {
                for control in group.controls {
                    assert_ne!(control.label, control.name, "{language:?}");
                    for option in control.options {
                        assert_ne!(option.label, option.code, "{} {language:?}", control.name);
                    }
                }
            }
        }
        let read = lines(Language::English, &fields_of_a_visit());
        assert!(
            read.iter().flat_map(|(_, lines)| lines).any(|(_, value)| value.contains("2.5 mg")),
            "{read:?}"
        );
    }
}
