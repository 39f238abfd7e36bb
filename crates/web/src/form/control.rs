//! One control as people fill it in; drawn by one template wherever it stands.

use crate::language::Language;
use askama::Template;

/// What kind of control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Long,
    Date,
    Number,
    Identity,
    Phone,
    /// One of many.
    List,
    /// One of few, all in sight.
    Radios,
    /// Several.
    Many,
    YesNo,
    /// A statement to be ticked.
    Tick,
    Division,
    /// A typed name and a tick.
    Signature,
    Table,
}

/// One option of a choice.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub code: String,
    pub label: String,
    pub chosen: bool,
}

/// One control.
#[derive(Template, Clone)]
#[template(path = "form/control.html")]
pub(crate) struct Control {
    pub language: Language,
    pub name: String,
    pub label: String,
    pub kind: Kind,
    pub required: bool,
    pub help: String,
    pub value: String,
    pub options: Vec<Choice>,
    /// Name of the control that decides whether this one is needed, and its values, separated by blanks.
    pub condition: Option<(String, String)>,
    pub problem: String,
    /// Lowest and highest number.
    pub range: (String, String),
    /// For a signature: ticked. For a tick: chosen.
    pub ticked: bool,
    /// Rows of a table.
    pub rows: Vec<Vec<Control>>,
    /// Areas to search in, as `from-to` of 12-digit codes.
    pub within: String,
}

impl Control {
    /// A control without anything in it.
    pub(crate) fn new(language: Language, kind: Kind, name: &str, label: &str) -> Control {
        Control {
            language,
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            required: false,
            help: String::new(),
            value: String::new(),
            options: Vec::new(),
            condition: None,
            problem: String::new(),
            range: (String::new(), String::new()),
            ticked: false,
            rows: Vec::new(),
            within: String::new(),
        }
    }

    /// The same, to be filled in.
    pub(crate) fn required(mut self) -> Control {
        self.required = true;
        self
    }

    /// The same with a value.
    pub(crate) fn with(mut self, value: impl Into<String>) -> Control {
        self.value = value.into();
        self
    }

    /// The same with options, of which those in `chosen` are chosen.
    pub(crate) fn options(mut self, options: Vec<(String, String)>, chosen: &[&str]) -> Control {
        let choice =
            |(code, label): (String, String)| Choice { chosen: chosen.contains(&code.as_str()), code, label };
        self.options = options.into_iter().map(choice).collect();
        self
    }

    /// Identifier in the page; the error summary links to it.
    pub(crate) fn id(&self) -> String {
        id_of(&self.name)
    }

    fn text(&self, key: &str) -> String {
        self.language.text(key).into_owned()
    }

    /// What describes the control: its help and its problem.
    fn described(&self) -> String {
        let id = self.id();
        let help = (!self.help.is_empty()).then(|| format!("{id}-help"));
        let problem = (!self.problem.is_empty()).then(|| format!("{id}-problem"));
        help.into_iter().chain(problem).collect::<Vec<_>>().join(" ")
    }

    fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Radios | Kind::Many | Kind::YesNo | Kind::Table | Kind::Division)
    }

    fn row_label(&self, number: impl std::fmt::Display) -> String {
        self.language.with("form.row", &[("number", &number.to_string())])
    }
}

/// Identifier in the page of a control of this name.
pub(crate) fn id_of(name: &str) -> String {
    format!("f-{}", name.replace('.', "-"))
}

/// Controls under one heading.
#[derive(Clone)]
pub(crate) struct Group {
    pub legend: String,
    pub controls: Vec<Control>,
}

/// One line of the error summary.
#[derive(Clone)]
pub(crate) struct Told {
    /// Identifier of the control.
    pub at: String,
    pub text: String,
}

/// The error summary of a page: each problem with the label of its control.
pub(crate) fn summary(groups: &[Group]) -> Vec<Told> {
    let mut lines = Vec::new();
    for control in groups.iter().flat_map(|group| &group.controls) {
        gather(control, &control.label, &mut lines);
    }
    lines
}

fn gather(control: &Control, label: &str, lines: &mut Vec<Told>) {
    if !control.problem.is_empty() {
        let text = format!("{label}{}{}", control.text("form.colon"), control.problem);
        lines.push(Told { at: control.id(), text });
    }
    for (number, row) in control.rows.iter().enumerate() {
        for cell in row {
            let place = format!("{label} {} · {}", number + 1, cell.label);
            gather(cell, &place, lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_the_cell_of_a_table() {
        let mut cell = Control::new(Language::English, Kind::Text, "F5.goals.2.goal", "Goal");
        cell.problem = "Required".to_owned();
        let mut table = Control::new(Language::English, Kind::Table, "F5.goals", "Goals");
        table.rows = vec![vec![], vec![cell]];
        let lines = summary(&[Group { legend: String::new(), controls: vec![table] }]);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].at, "f-F5-goals-2-goal");
        assert_eq!(lines[0].text, "Goals 2 · Goal: Required");
    }
}
