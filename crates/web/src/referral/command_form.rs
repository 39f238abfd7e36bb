//! The controls of a command: one for each field of its transition, filled with what is known.

use super::{known::Known, words};
use crate::form::{Control, Group, Kind, Posted};
use app::{
    Problem,
    referral::{CaseView, directory},
};
use rules::{
    clock::china_date,
    form::FormCode,
    reason::Category,
    referral::{CommandName, ContactAttempt, Purpose, Transition},
};

/// Ways to reach somebody.
pub(crate) const WAYS: [&str; 4] = ["phone", "home", "video", "institution"];
/// Who reports a death.
pub(crate) const SOURCES: [&str; 4] = ["family", "hospital", "police", "committee"];
/// Causes of death.
pub(crate) const CAUSES: [&str; 5] = ["disease", "accident", "suicide", "other", "unknown"];
/// What is offered to a person who is not suitable.
pub(crate) const ALTERNATIVES: [&str; 4] = ["outpatient", "inpatient", "home_follow_up", "social_assistance"];
/// Words of the person.
pub(crate) const PERSON_WORDS: [&str; 5] = ["agrees", "hesitates", "refuses", "confirms", "disputes"];
/// Grounds of a return to hospital.
pub(crate) const TRIGGERS: [&str; 6] =
    ["risk_grade", "unstable", "suicidal", "drug_reaction", "acute_physical", "stopped_drugs"];
/// Grounds of registration.
pub(crate) const GROUNDS: [&str; 4] =
    ["health_register", "disability_certificate", "extended", "out_of_scope"];

/// A field of a command that a form handed in with it says already.
pub(crate) fn from_form(name: CommandName, field: &str) -> Option<(FormCode, &'static str)> {
    Some(match (name, field) {
        (CommandName::Assess, "risk_grade") => (FormCode::F4, "risk_grade"),
        (CommandName::Assess, "services") => (FormCode::F4, "services"),
        (CommandName::StageEvaluation, "decision") => (FormCode::F8, "decision"),
        (CommandName::ReturnVisit, "on") => (FormCode::F11, "on"),
        (CommandName::ReturnVisit, "action") => (FormCode::F11, "action"),
        (CommandName::FirstSession, "on") => (FormCode::F7, "on"),
        (CommandName::Agree | CommandName::RenewAgreement, "until") => (FormCode::F6, "until"),
        (CommandName::ReturnToHospital, "risk_grade") => (FormCode::F9, "risk_grade"),
        (CommandName::Discharge, "on") => (FormCode::F9, "on"),
        (CommandName::ProposeClosure, "reason") => (FormCode::F10, "reason"),
        _ => return None,
    })
}

/// Whether a field is asked for on the page at all.
fn is_asked(name: CommandName, field: &str) -> bool {
    let known = from_form(name, field).is_some()
        || matches!(field, "session" | "document" | "office" | "child" | "institution")
        || (name == CommandName::RecordConsent)
        || (name == CommandName::ReEnter && field == "signer");
    !known
}

/// What the controls need besides the case.
pub(crate) struct Choices {
    pub case_managers: Vec<(String, String)>,
    pub hospitals: Vec<(String, String)>,
}

impl Choices {
    /// Loads what the fields of a command choose from.
    pub(crate) async fn load(known: &Known<'_>, row: &Transition) -> app::Result<Choices> {
        let named = |list: Vec<(app::id::Id, String)>| {
            list.into_iter().map(|(id, name)| (id.to_string(), name)).collect::<Vec<_>>()
        };
        let mut choices = Choices { case_managers: Vec::new(), hospitals: Vec::new() };
        if row.fields.contains(&"case_manager") {
            choices.case_managers = named(directory::case_managers(known.app, &known.session.scope).await?);
        }
        if row.fields.contains(&"hospital") {
            choices.hospitals = named(directory::hospitals(known.app, known.view.case.filing.county).await?);
        }
        Ok(choices)
    }
}

/// The controls of a command.
pub(crate) struct Drawn<'a> {
    pub known: &'a Known<'a>,
    pub row: &'a Transition,
    pub choices: &'a Choices,
    /// What was sent before, where the page is drawn again.
    pub posted: Option<&'a Posted>,
    pub problems: &'a [Problem],
}

impl Drawn<'_> {
    /// The controls under one heading; none where the command has no fields of its own.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let mut groups = Vec::new();
        let mut controls = Vec::new();
        for field in self.row.fields.iter().filter(|field| is_asked(self.row.name, field)) {
            match *field {
                "answers" => groups.extend(self.answers()),
                "signer" => controls.extend(self.signer()),
                field => controls.extend(self.control(field)),
            }
        }
        if self.row.name == CommandName::RecordWord
            && self.known.session.scope.role != rules::account::Role::Client
        {
            controls.push(self.one(
                "relation",
                words::options(self.app(), self.language(), FormCode::F1, "applicant_relation"),
                "self",
            ));
        }
        if !controls.is_empty() {
            let legend = self.language().code("command", self.row.name.code());
            groups.insert(0, Group { legend, controls });
        }
        groups
    }

    fn app(&self) -> &app::App {
        self.known.app
    }

    fn language(&self) -> crate::language::Language {
        self.known.session.language
    }

    fn view(&self) -> &CaseView {
        self.known.view
    }

    fn label(&self, name: &str) -> String {
        self.language().code("field", name)
    }

    /// What was sent, or what is known.
    fn value(&self, name: &str, known: &str) -> String {
        match self.posted {
            Some(posted) => posted.get(name).unwrap_or_default().to_owned(),
            None => known.to_owned(),
        }
    }

    fn finish(&self, mut control: Control) -> Control {
        let found = self.problems.iter().find(|problem| problem.field == control.name);
        control.problem = found.map(|p| self.language().code("form_problem", &p.code)).unwrap_or_default();
        control
    }

    fn one(&self, name: &str, options: Vec<(String, String)>, known: &str) -> Control {
        let kind = if options.len() <= 5 { Kind::Radios } else { Kind::List };
        let chosen = self.value(name, known);
        let control = Control::new(self.language(), kind, name, &self.label(name)).required();
        self.finish(control.options(options, &[&chosen]))
    }

    fn several(&self, name: &str, options: Vec<(String, String)>, known: &[String]) -> Control {
        let sent: Vec<String> = match self.posted {
            Some(posted) => posted.all(name).map(str::to_owned).collect(),
            None => known.to_vec(),
        };
        let chosen: Vec<&str> = sent.iter().map(String::as_str).collect();
        let control = Control::new(self.language(), Kind::Many, name, &self.label(name)).required();
        self.finish(control.options(options, &chosen))
    }

    fn day(&self, name: &str, known: &str) -> Control {
        let control = Control::new(self.language(), Kind::Date, name, &self.label(name)).required();
        self.finish(control.with(self.value(name, known)))
    }

    fn tick(&self, name: &str) -> Control {
        let mut control = Control::new(self.language(), Kind::Tick, name, &self.label(name));
        control.ticked = self.posted.is_some_and(|posted| posted.get(name).is_some());
        self.finish(control)
    }

    fn codes(&self, kind: &str, codes: &[&str]) -> Vec<(String, String)> {
        codes.iter().map(|code| ((*code).to_owned(), self.language().code(kind, code))).collect()
    }

    fn services(&self) -> Vec<(String, String)> {
        words::options(self.app(), self.language(), FormCode::F1, "needs")
    }

    fn control(&self, field: &str) -> Option<Control> {
        let today = china_date(self.app().now()).to_string();
        let case = &self.view().case;
        let package = case.filing.package.services();
        Some(match field {
            "reason" => self.one("reason", self.reasons(self.row.reason?), ""),
            "items" => self.several("items", self.missing_items(), &self.wrong_items()),
            "answered" => {
                let items: Vec<(String, String)> = case
                    .missing
                    .iter()
                    .map(|code| (code.clone(), words::item(self.app(), self.language(), code)))
                    .collect();
                self.several("answered", items, &[])
            }
            "ground" => self.one("ground", self.codes("ground", &GROUNDS), &self.ground()),
            "package" | "needs" => self.several(field, self.services(), &package),
            "priority" => self.one("priority", self.codes("priority", &["1", "2", "3"]), "2"),
            "case_manager" => self.one("case_manager", self.choices.case_managers.clone(), ""),
            "hospital" => self.one("hospital", self.choices.hospitals.clone(), ""),
            "alternative" => self.one("alternative", self.codes("alternative", &ALTERNATIVES), ""),
            "triggers" => self.several("triggers", self.codes("trigger", &TRIGGERS), &[]),
            "way" => self.one("way", self.codes("way", &WAYS), ""),
            "source" => self.one("source", self.codes("source", &SOURCES), ""),
            "cause" => self.one("cause", self.codes("cause", &CAUSES), ""),
            "word" => self.one("word", self.codes("word", &PERSON_WORDS), ""),
            "purposes" => self.several("purposes", self.given_purposes(), &[]),
            "reached" => {
                let options = self.codes("reached", &["true", "false"]);
                self.one("reached", options, "")
            }
            "on" => self.day("on", &today),
            "until" => {
                let mut control = self.day("until", "");
                control.required = self.row.name != CommandName::RecordCapacity;
                control
            }
            "county" => self.county(),
            "capacity" => {
                let capacities = words::options(self.app(), self.language(), FormCode::F12, "capacity");
                self.one("capacity", capacities, "")
            }
            "basis" => self.one("basis", self.finding_sources(), ""),
            "assessor" => {
                let control = Control::new(self.language(), Kind::Text, field, &self.label(field)).required();
                self.finish(control.with(self.value(field, "")))
            }
            _ => self.tick(field),
        })
    }

    /// On what a finding of capacity may rest.
    fn finding_sources(&self) -> Vec<(String, String)> {
        let sources = self.app().tables.capacity.sources.iter();
        sources.map(|source| (source.code.clone(), self.language().of(&source.zh, &source.en))).collect()
    }

    fn reasons(&self, category: Category) -> Vec<(String, String)> {
        let today = china_date(self.app().now());
        let reasons = self.app().tables.reasons.choices(category, today);
        let name = |reason: &rules::reason::Reason| {
            (reason.code.clone(), format!("{} · {}", reason.code, self.language().of(&reason.zh, &reason.en)))
        };
        reasons.map(name).collect()
    }

    /// Everything that an application may lack: its fields and the consent.
    fn missing_items(&self) -> Vec<(String, String)> {
        let app = self.app();
        let fields = app.tables.form(FormCode::F1).map(|form| form.fields().collect::<Vec<_>>());
        let asked = fields.unwrap_or_default().into_iter();
        let asked = asked.filter(|field| field.required || field.required_if.is_some());
        let consent = ("F12".to_owned(), words::title(app, self.language(), FormCode::F12));
        let item = |field: &rules::form::Field| (field.key.clone(), self.language().of(&field.zh, &field.en));
        std::iter::once(consent).chain(asked.map(item)).collect()
    }

    /// What the check of the stored application finds missing: ticked beforehand.
    fn wrong_items(&self) -> Vec<String> {
        let (Ok(form), Some(data)) = (self.app().tables.form(FormCode::F1), self.known.latest(FormCode::F1))
        else {
            return Vec::new();
        };
        let today = china_date(self.app().now());
        let mut items: Vec<String> =
            rules::form::check(form, data, today).into_iter().map(|problem| problem.field).collect();
        if !self.view().case.has_consent(Purpose::Registration, today) {
            items.push("F12".to_owned());
        }
        items
    }

    /// The ground that the application speaks for.
    fn ground(&self) -> String {
        let text = |key: &str| self.known.latest(FormCode::F1).and_then(|data| data.get(key));
        let registered = text("in_severe_register").and_then(|value| value.as_str()) == Some("yes");
        let certified = text("has_certificate").and_then(serde_json::Value::as_bool) == Some(true);
        match (registered, certified) {
            (true, _) => "health_register".to_owned(),
            (false, true) => "disability_certificate".to_owned(),
            (false, false) => String::new(),
        }
    }

    fn given_purposes(&self) -> Vec<(String, String)> {
        let given = &self.view().case.consents;
        let valid =
            |purpose: &&Purpose| given.iter().any(|c| c.purpose == **purpose && c.withdrawn.is_none());
        let codes: Vec<String> = Purpose::ALL.iter().filter(valid).map(words::code).collect();
        codes.into_iter().map(|code| (code.clone(), self.language().code("purpose", &code))).collect()
    }

    /// The county of destination, found by name.
    fn county(&self) -> Control {
        let searched = self.value("county.q", "");
        let chosen = self.value("county", "");
        let options = crate::division::choices(self.app(), &searched, &chosen, None);
        let control =
            Control::new(self.language(), Kind::Division, "county", &self.label("county")).required();
        self.finish(control.options(options, &[&chosen]).with(searched))
    }

    /// Who signs for the person, beginning with who signed the last consent.
    fn signer(&self) -> Vec<Control> {
        let last = self.view().case.consents.last().map(|consent| &consent.signer);
        let capacity = last.map_or_else(|| "full".to_owned(), |signer| words::code(&signer.capacity));
        let guardian = last.and_then(|signer| signer.guardian).map(|basis| words::code(&basis));
        let capacities = words::options(self.app(), self.language(), FormCode::F12, "capacity");
        let bases = words::options(self.app(), self.language(), FormCode::F12, "guardian_basis");
        let mut basis = self.one("guardian", bases, &guardian.unwrap_or_default());
        basis.required = false;
        basis.kind = Kind::List;
        basis.condition = Some(("capacity".to_owned(), "limited none".to_owned()));
        let words_of_one = words::options(self.app(), self.language(), FormCode::F12, "own_word");
        let mut word = self.one("own_word", words_of_one, "");
        word.required = false;
        word.condition = Some(("capacity".to_owned(), "limited none".to_owned()));
        vec![self.one("capacity", capacities, &capacity), basis, word]
    }

    /// One answer for each service asked for.
    fn answers(&self) -> Vec<Group> {
        let today = china_date(self.app().now()).to_string();
        let group = |service: String| {
            let name = |part: &str| format!("answers.{service}.{part}");
            let label = |part: &str| self.language().code("field", part);
            let mut answer =
                self.one(&name("answer"), self.codes("answer", &["yes", "wait_list", "no"]), "yes");
            answer.label = label("answer");
            let mut from = self.day(&name("from"), &today);
            from.label = label("from");
            let mut position =
                Control::new(self.language(), Kind::Number, &name("position"), &label("position"))
                    .with(self.value(&name("position"), ""));
            position.range = ("1".to_owned(), "999".to_owned());
            let mut reason = self.one(&name("reason"), self.reasons(Category::Decline), "");
            reason.label = label("reason");
            reason.kind = Kind::List;
            for (control, when) in [(&mut from, "yes"), (&mut position, "wait_list"), (&mut reason, "no")] {
                control.required = false;
                control.condition = Some((name("answer"), when.to_owned()));
            }
            let controls = vec![answer, from, self.finish(position), reason];
            Group { legend: words::service(self.app(), self.language(), &service), controls }
        };
        self.view().case.filing.package.services().into_iter().map(group).collect()
    }
}

/// Tries to reach the person so far, for the page of the next one.
pub(crate) fn tries(contacts: &[ContactAttempt]) -> usize {
    contacts.iter().filter(|attempt| !attempt.reached).count()
}
