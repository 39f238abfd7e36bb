//! What is known of a case already, so that no form asks for it again.

use super::words;
use crate::{Site, division, session::Session};
use app::{
    App, Error,
    care::{self, Figures, PlanVersion},
    followup::ForCase,
    id::Id,
    referral::{CaseView, FormView},
};
use rules::{
    account::{Deed, Subject},
    care::{Measure, Period},
    clock::{Clock, china_date},
    form::FormCode,
    referral::{
        Case,
        disclosure::{Extent, Part},
    },
};
use serde_json::{Map, Value as Json, json};

/// What forms can be filled with.
pub(crate) struct Known<'a> {
    pub app: &'a App,
    pub session: &'a Session,
    pub view: &'a CaseView,
    /// The forms stored so far that the reader may open, latest first.
    pub forms: &'a [FormView],
    /// Name of the institution in charge.
    pub institution: String,
    /// Plan and sessions, where the reader sees them.
    pub care: Option<&'a CareKnown>,
    /// What the follow-up of severe mental disorders shares, where the reader learns of it.
    pub shared: ForCase,
}

/// What plan and sessions say, for forms that would ask for it again.
pub(crate) struct CareKnown {
    pub figures: Figures,
    /// The latest version of the plan.
    plan: Option<PlanVersion>,
}

impl CareKnown {
    /// Plan and sessions of a case; none for who does not read them.
    pub(crate) async fn of(site: &Site, session: &Session, id: Id) -> Result<Option<CareKnown>, Error> {
        if !session.scope.role.may(Deed::Read, Subject::Care) {
            return Ok(None);
        }
        let (plans, figures) = care::plans_and_figures(&site.app, &session.scope, id).await?;
        Ok(Some(CareKnown { figures, plan: plans.latest().cloned() }))
    }

    /// F5 as the plan says it. The form has no room for several sessions in one period, nor for the goal that a service serves.
    fn plan(&self) -> Option<Json> {
        let version = self.plan.as_ref().filter(|version| !version.from_form)?;
        let plan = &version.plan;
        let measure = |measure: &Measure| match measure {
            Measure::Scale { scale } => scale.clone(),
            Measure::Observation { what } => what.clone(),
        };
        let number = |figure: rules::scale::Figure| figure.to_string().parse::<f64>().unwrap_or_default();
        let goal = |goal: &rules::care::Goal| {
            json!({ "goal": goal.text, "measure": measure(&goal.measure), "baseline": number(goal.baseline),
                "target": number(goal.target), "due": goal.due })
        };
        let line = |line: &rules::care::Line| {
            let frequency = match line.per {
                Period::Week => "weekly",
                Period::Fortnight => "fortnightly",
                Period::Month => "monthly",
                Period::Quarter => "quarterly",
            };
            json!({ "service": line.service, "way": line.way, "frequency": frequency, "minutes": line.minutes,
                "provider": line.provider })
        };
        let goals: Vec<Json> = plan.goals.iter().map(goal).collect();
        let lines: Vec<Json> = plan.lines.iter().map(line).collect();
        Some(
            json!({ "version_number": version.number, "from": plan.from, "until": plan.until, "review_on": plan.review,
            "problems": plan.problems, "long_term_goal": plan.long_term_goal, "goals": goals, "services": lines,
            "family_role": plan.family, "crisis_plan": format!("{} {}", plan.crisis.signs, plan.crisis.helps).trim() }),
        )
    }
}

impl Known<'_> {
    fn case(&self) -> &Case {
        &self.view.case
    }

    /// The latest stored form of a code.
    pub(crate) fn latest(&self, form: FormCode) -> Option<&Map<String, Json>> {
        let code = words::code(&form);
        self.forms.iter().find(|stored| stored.code == code).map(|stored| &stored.data)
    }

    fn text(&self, form: FormCode, key: &str) -> String {
        let value = self.latest(form).and_then(|data| data.get(key));
        value.and_then(Json::as_str).unwrap_or_default().to_owned()
    }

    /// What a new form of this code begins with. A form that goes on from an earlier one of its kind begins with
    /// that one; signatures are always given anew.
    pub(crate) fn beginning(&self, form: FormCode) -> Map<String, Json> {
        let today = china_date(self.app.now()).to_string();
        let me = self.session.account.name.clone();
        let own = match form {
            FormCode::F1 | FormCode::F2 | FormCode::F12 | FormCode::F13 => json!({}),
            FormCode::F3 => self.slip(&today),
            FormCode::F4 => {
                json!({ "kind": if self.latest(FormCode::F4).is_some() { "stage" } else { "baseline" },
                "risk_grade": self.shared_risk().or_else(|| self.risk()) })
            }
            FormCode::F5 => self
                .care
                .and_then(CareKnown::plan)
                .unwrap_or_else(|| json!({ "version_number": self.next_version(), "from": today })),
            FormCode::F6 => json!({ "institution": self.institution, "client_name": self.view.row.name,
                "services": self.case().filing.package.services(), "from": today,
                "emergency_contact": self.text(FormCode::F1, "guardian_name"),
                "emergency_phone": self.text(FormCode::F1, "guardian_phone") }),
            FormCode::F7 => json!({ "place": "institution" }),
            FormCode::F8 => {
                let figures = self.care.map(|care| &care.figures);
                let version = figures.and_then(|figures| figures.version).unwrap_or(self.next_version() - 1);
                json!({ "kind": "stage", "plan_version": version,
                    "goals_attained": figures.and_then(|figures| figures.attained) })
            }
            FormCode::F9 => self.two_way(),
            FormCode::F10 => json!({ "from": self.case().service_since, "until": today,
                "sessions": self.care.map(|care| care.figures.came),
                "goals_attained": self.care.and_then(|care| care.figures.attained),
                "reason": self.case().closure.as_ref().map(|closure| closure.reason.clone()) }),
            FormCode::F11 => json!({ "visitor": me }),
        };
        let goes_on = matches!(form, FormCode::F1 | FormCode::F5 | FormCode::F10 | FormCode::F12);
        let mut data = if goes_on { self.latest(form).cloned().unwrap_or_default() } else { Map::new() };
        if let Ok(definition) = self.app.tables.form(form) {
            for signed in definition.fields().filter(|field| field.signatory.is_some()) {
                // What another signed on the same paper stays; the plan of a new version is signed anew.
                if form != FormCode::F10 {
                    data.remove(&signed.key);
                }
            }
        }
        if form == FormCode::F10 {
            data.entry("on".to_owned()).or_insert_with(|| today.clone().into());
        } else {
            data.insert("on".to_owned(), today.clone().into());
        }
        for (key, value) in own.as_object().into_iter().flatten() {
            let empty =
                value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
            if !empty {
                data.insert(key.clone(), value.clone());
            }
        }
        self.fitting(form, data)
    }

    /// Only what the form has a field for.
    fn fitting(&self, form: FormCode, mut data: Map<String, Json>) -> Map<String, Json> {
        if let Ok(definition) = self.app.tables.form(form) {
            data.retain(|key, _| definition.fields().any(|field| field.key == *key));
        }
        data
    }

    fn risk(&self) -> Option<String> {
        self.case().risk_grade.map(|grade| grade.to_string())
    }

    /// The grade of the follow-up, which an assessment begins with.
    fn shared_risk(&self) -> Option<String> {
        self.shared.risk.map(|shared| shared.risk.to_string())
    }

    fn next_version(&self) -> i64 {
        let last =
            self.latest(FormCode::F5).and_then(|plan| plan.get("version_number")).and_then(Json::as_i64);
        last.unwrap_or(0) + 1
    }

    /// The referral slip tells the institution no more than it needs to answer.
    fn slip(&self, today: &str) -> Json {
        let case = self.case();
        let number = self.view.row.number.clone().unwrap_or_default();
        let group = self.text(FormCode::F1, "disorder_group");
        let rules = self.app.tables.clocks.in_force(china_date(self.app.now()));
        let answer = rules.rule(Clock::K3).limit;
        let until = self.app.tables.calendar.after_working_days(china_date(self.app.now()), answer).date;
        let consent =
            case.consents.iter().rev().find(|given| given.withdrawn.is_none()).map(|given| given.on);
        json!({ "number": number, "on": today, "from_organisation": self.session.account.organisation,
            "client_reference": number, "age_band": self.age_band(), "disorder_group": group,
            "risk_grade": self.risk(), "services": case.filing.package.services(), "valid_until": until,
            "consent_reference": consent.map(|on| format!("F12 {on}")) })
    }

    /// Ten years wide: enough for an institution to answer, too little to know somebody by.
    fn age_band(&self) -> Option<String> {
        let age = china_date(self.app.now()).year() - self.view.row.born?;
        let (from, to) = rules::referral::disclosure::age_band(u8::try_from(age.max(0)).ok()?);
        Some(format!("{from}–{to}"))
    }

    fn two_way(&self) -> Json {
        let up = self.session.scope.role != rules::account::Role::Doctor;
        let group = self.text(FormCode::F1, "disorder_group");
        let diagnosis = self.text(FormCode::F1, "diagnosis");
        let named = words::option(self.app, self.session.language, FormCode::F1, "disorder_group", &group);
        json!({ "part": if up { "sent" } else { "returned" },
            "direction": if up { "to_hospital" } else { "to_community" },
            "from_unit": self.session.account.organisation,
            "to_unit": if up { String::new() } else { self.institution.clone() },
            "client_name": self.view.row.name, "identity_number": self.text(FormCode::F1, "identity_number"),
            "diagnosis": if diagnosis.is_empty() { named } else { diagnosis },
            "risk_grade": self.risk(), "contact": self.text(FormCode::F1, "guardian_name"),
            "contact_phone": self.text(FormCode::F1, "guardian_phone") })
    }

    /// The identity card of the case page: label key and value, as far as the reader may see it.
    pub(crate) fn person(&self) -> Vec<(&'static str, String)> {
        let (app, language) = (self.app, self.session.language);
        let number = self.text(FormCode::F1, "identity_number");
        let group = self.text(FormCode::F1, "disorder_group");
        let guardian = [self.text(FormCode::F1, "guardian_name"), self.text(FormCode::F1, "guardian_phone")];
        let grade = self.case().risk_grade;
        let health = self.session.scope.role.sight(rules::account::Content::Health);
        let told = self.view.extent(&self.session.scope, Part::Health) == Extent::All;
        let safety = self.view.safety.iter().map(|sign| language.code("safety", &words::code(sign)));
        let channel = words::channel(language, &self.view.row);
        let rows = [
            ("person.about", words::about(app, language, &self.view.row)),
            ("person.identity_number", rules::identity_number::mask(&number)),
            ("person.phone", self.text(FormCode::F1, "phone")),
            ("person.residence", words::place(app, &self.view.row, division::path)),
            ("person.address", self.text(FormCode::F1, "address")),
            ("person.disorder_group", words::option(app, language, FormCode::F1, "disorder_group", &group)),
            ("person.guardian", guardian.join(" ").trim().to_owned()),
            (
                "person.risk_grade",
                grade
                    .filter(|_| health == rules::account::Sight::Scope && told)
                    .map(|grade| language.with("person.grade", &[("grade", &grade.to_string())]))
                    .unwrap_or_default(),
            ),
            ("person.safety", safety.collect::<Vec<_>>().join(" · ")),
            ("person.channel", channel),
        ];
        rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}
