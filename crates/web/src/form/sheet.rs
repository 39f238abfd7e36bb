//! A form of `data/forms` as groups of controls.

use super::control::{Control, Group, Kind};
use crate::language::Language;
use app::Problem;
use rules::division::DivisionCode;
use rules::form::{self, Field, Form};
use serde_json::{Map, Value as Json};

/// Options up to this number stand in sight; more go into a list.
const IN_SIGHT: usize = 4;

/// How a form is drawn.
pub(crate) struct Drawing<'a> {
    pub app: &'a app::App,
    pub language: Language,
    /// Names of the controls begin with this: the form's code.
    pub prefix: &'a str,
    /// What was written so far.
    pub data: &'a Map<String, Json>,
    /// Problems, under the names of the controls.
    pub problems: &'a [Problem],
    /// Keys that are not asked, because they are known.
    pub without: &'a [&'a str],
    /// The table that gets one more row.
    pub more: &'a str,
    /// What the reader searches divisions for.
    pub posted: Option<&'a super::Posted>,
}

/// The sections of a form as groups of controls.
pub(crate) fn groups<C>(form: &Form<C>, drawing: &Drawing<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    for section in &form.sections {
        let asked = section.fields.iter().filter(|field| !drawing.without.contains(&field.key.as_str()));
        let controls: Vec<Control> =
            asked.map(|field| drawing.control(field, drawing.prefix, drawing.data)).collect();
        if !controls.is_empty() {
            groups.push(Group { legend: drawing.language.of(&section.zh, &section.en), controls });
        }
    }
    groups
}

impl Drawing<'_> {
    fn control(&self, field: &Field, prefix: &str, data: &Map<String, Json>) -> Control {
        let name = format!("{prefix}.{}", field.key);
        let value = data.get(&field.key);
        let mut control =
            Control::new(self.language, kind(field), &name, &self.language.of(&field.zh, &field.en));
        control.required = field.required;
        control.help = match (&field.help_zh, &field.help_en) {
            (Some(zh), Some(en)) => self.language.of(zh, en),
            _ => String::new(),
        };
        if let Some(said) = self.agreed_to(field) {
            control.help = said;
        }
        control.condition =
            field.required_if.as_ref().map(|when| (format!("{prefix}.{}", when.field), when.is.join(" ")));
        control.problem = self.problem(&name);
        control.value = text(value);
        control.ticked = field.kind == form::Kind::Signature && value.is_some();
        let bound = |bound: Option<f64>| bound.map(|number| number.to_string()).unwrap_or_default();
        if field.kind != form::Kind::Table {
            control.range = (bound(field.min), bound(field.max));
        }
        let chosen: Vec<String> = match value {
            Some(Json::Array(codes)) => codes.iter().map(|code| text(Some(code))).collect(),
            other => vec![text(other)],
        };
        let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
        let option = |choice: &form::Choice| (choice.code.clone(), self.language.of(&choice.zh, &choice.en));
        match field.kind {
            form::Kind::Division => self.division(control, prefix, field),
            form::Kind::Table => self.table(control, field, value),
            _ => control.options(field.options.iter().map(option).collect(), &chosen),
        }
    }

    /// What a tick of the consent agrees to: to whom, what for, and what follows without it, in the version of today.
    fn agreed_to(&self, field: &Field) -> Option<String> {
        if self.prefix != "F12" {
            return None;
        }
        let purpose = serde_json::from_value(Json::String(field.key.clone())).ok()?;
        let today = rules::clock::china_date(self.app.now());
        let text = self.app.tables.consent.in_force(purpose, today)?;
        let language = self.language;
        let values = [
            ("to", language.of(&text.to_zh, &text.to_en)),
            ("what", language.of(&text.zh, &text.en)),
            ("without", language.of(&text.without_zh, &text.without_en)),
            ("version", text.version.to_string()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        Some(language.with("form.agreed_to", &values))
    }

    fn table(&self, mut control: Control, field: &Field, value: Option<&Json>) -> Control {
        let written = value.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let least = field.min.map_or(1, |least| if least > 1.0 { 2 } else { 1 });
        let wanted = written.len().max(least) + usize::from(self.more == control.name);
        let nothing = Map::new();
        for number in 0..wanted {
            let row = written.get(number).and_then(Json::as_object).unwrap_or(&nothing);
            let prefix = format!("{}.{}", control.name, number + 1);
            control
                .rows
                .push(field.columns.iter().map(|column| self.control(column, &prefix, row)).collect());
        }
        control
    }

    fn division(&self, control: Control, prefix: &str, field: &Field) -> Control {
        let name = format!("{prefix}.{}", field.key);
        let words = self.posted.and_then(|posted| posted.get(&format!("{name}.q"))).unwrap_or_default();
        let options = crate::division::choices(self.app, words, &control.value, None);
        let chosen = control.value.clone();
        let mut control = control.options(options, &[&chosen]);
        words.clone_into(&mut control.value);
        control
    }

    fn problem(&self, name: &str) -> String {
        let found = self.problems.iter().find(|problem| problem.field == name);
        let said = |problem: &Problem| {
            // What no form says of its own is said as of any entry.
            let own = self.language.code("form_problem", &problem.code);
            if own == problem.code { self.language.problem(&problem.code, &problem.values) } else { own }
        };
        found.map(said).unwrap_or_default()
    }
}

fn kind(field: &Field) -> Kind {
    match field.kind {
        form::Kind::Text | form::Kind::Person | form::Kind::Organisation => Kind::Text,
        form::Kind::LongText => Kind::Long,
        form::Kind::Date => Kind::Date,
        form::Kind::Number | form::Kind::Scale => Kind::Number,
        form::Kind::Choice if field.required && field.options.len() <= IN_SIGHT => Kind::Radios,
        form::Kind::Choice => Kind::List,
        form::Kind::MultiChoice => Kind::Many,
        form::Kind::YesNo => Kind::YesNo,
        form::Kind::IdentityNumber => Kind::Identity,
        form::Kind::Phone => Kind::Phone,
        form::Kind::Division => Kind::Division,
        form::Kind::Table => Kind::Table,
        form::Kind::Signature => Kind::Signature,
    }
}

/// A value as people type it.
fn text(value: Option<&Json>) -> String {
    match value {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::Bool(yes)) => yes.to_string(),
        _ => String::new(),
    }
}

/// One line of a stored form.
pub(crate) struct Line {
    pub label: String,
    pub value: String,
    /// Rows of a table, each a list of cells.
    pub rows: Vec<Vec<String>>,
    pub headings: Vec<String>,
}

/// A section of a stored form.
pub(crate) struct Part {
    pub heading: String,
    pub lines: Vec<Line>,
}

/// A stored form as it is read; with `blanks` what was left empty is shown too, as on paper.
pub(crate) fn parts<C>(
    app: &app::App,
    language: Language,
    form: &Form<C>,
    data: &Map<String, Json>,
    blanks: bool,
) -> Vec<Part> {
    let mut parts = Vec::new();
    for section in &form.sections {
        let shown = section.fields.iter().filter(|field| blanks || data.contains_key(&field.key));
        let lines: Vec<Line> = shown.map(|field| line(app, language, field, data.get(&field.key))).collect();
        if !lines.is_empty() {
            parts.push(Part { heading: language.of(&section.zh, &section.en), lines });
        }
    }
    parts
}

fn line(app: &app::App, language: Language, field: &Field, value: Option<&Json>) -> Line {
    let mut line = Line {
        label: language.of(&field.zh, &field.en),
        value: written(app, language, field, value),
        rows: Vec::new(),
        headings: Vec::new(),
    };
    if field.kind == form::Kind::Table {
        line.headings = field.columns.iter().map(|column| language.of(&column.zh, &column.en)).collect();
        for row in value.and_then(Json::as_array).into_iter().flatten() {
            let cell = |column: &Field| written(app, language, column, row.get(&column.key));
            line.rows.push(field.columns.iter().map(cell).collect());
        }
    }
    line
}

/// A value as people read it.
pub(crate) fn written(app: &app::App, language: Language, field: &Field, value: Option<&Json>) -> String {
    let Some(value) = value else { return String::new() };
    let option = |code: &str| {
        let found = field.options.iter().find(|choice| choice.code == code);
        found.map_or_else(|| code.to_owned(), |choice| language.of(&choice.zh, &choice.en))
    };
    match (field.kind, value) {
        (form::Kind::Table, _) => String::new(),
        (_, Json::Bool(yes)) => language.text(if *yes { "form.yes" } else { "form.no" }).into_owned(),
        (_, Json::Array(codes)) => {
            let names: Vec<String> = codes.iter().map(|code| option(code.as_str().unwrap_or(""))).collect();
            names.join(language.text("form.comma").as_ref())
        }
        (form::Kind::Division, Json::String(code)) => {
            let path = DivisionCode::parse(code).ok().and_then(|code| app.divisions.path(code));
            path.unwrap_or_else(|| code.clone())
        }
        (_, Json::String(code)) => option(code),
        (_, other) => text(Some(other)),
    }
}
