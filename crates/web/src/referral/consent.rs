//! `/cases/{id}/consent`: what the person agreed to, to whom, when and to which version; what was given to others and on which
//! basis; what goes on by law; and how to take a consent back.

use super::{page, words};
use crate::{Site, address::parsed, answer::Page, due, language::Language, session::Session, shell::Shell};
use app::referral::{
    self as cases, Shared,
    consent_sheet::{self, Line, Standing},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::referral::CommandName;
use serde::Deserialize;

/// One purpose.
struct Purpose {
    name: String,
    to: String,
    text: String,
    without: String,
    standing: String,
    tone: (&'static str, &'static str),
    /// When it was given, until when it holds, to which version, by whom.
    facts: Vec<(String, String)>,
    essential: bool,
}

/// Something that was given to others.
struct Given {
    at: String,
    what: String,
    to: String,
    basis: String,
}

/// What goes on by law.
struct Duty {
    what: String,
    law: String,
}

#[derive(Template)]
#[template(path = "referral/consent.html")]
struct ConsentPage {
    shell: Shell,
    id: String,
    who: String,
    number: String,
    done: String,
    purposes: Vec<Purpose>,
    given: Vec<Given>,
    duties: Vec<Duty>,
    /// How the person decides, and on what that rests.
    group: String,
    finding: String,
    /// Where consent is taken back, given, and a finding recorded; empty where the reader may not now.
    take_back: String,
    record: String,
    capacity: String,
    /// Whether something was taken back: then it says what remains.
    taken_back: bool,
}

/// What the page is told by the one before.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// The person, the case manager in charge, and the county's desk: the consents of a case.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let id = parsed(&id)?;
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let sheet = consent_sheet::sheet(app, scope, id).await?;
    let offers = cases::actions(app, scope, id).await?;
    let way = |name: CommandName| {
        let offered = offers.iter().find(|offer| offer.command == name && offer.allowed);
        offered.map(|_| page::path(id, name)).unwrap_or_default()
    };
    let finding = sheet.finding.as_ref().map(|finding| {
        let source = app.tables.capacity.source(&finding.source);
        let source = source.map(|source| language.of(&source.zh, &source.en)).unwrap_or_default();
        let until = finding.until.map(|day| day.to_string());
        let values = [
            ("source", source.as_str()),
            ("assessor", finding.assessor.as_str()),
            ("on", &finding.on.to_string()),
            ("until", until.as_deref().unwrap_or("—")),
        ];
        language.with("consent.finding", &values)
    });
    crate::answer::page(&ConsentPage {
        shell: session.shell(&language.text("consent.title")),
        id: id.to_string(),
        who: words::who(language, &sheet.view.row),
        number: sheet.view.row.number.clone().unwrap_or_default(),
        done: page::done(language, &asked.done),
        taken_back: sheet.lines.iter().any(|line| line.standing == Standing::TakenBack),
        purposes: sheet.lines.iter().map(|line| purpose(language, line)).collect(),
        given: sheet.shared.iter().map(|shared| given(app, language, shared)).collect(),
        duties: sheet
            .duties
            .iter()
            .map(|duty| Duty {
                what: language.of(&duty.zh, &duty.en),
                law: language.of(&duty.law_zh, &duty.law_en),
            })
            .collect(),
        group: language.code("capacity_group", &words::code(&sheet.group)),
        finding: finding.unwrap_or_default(),
        take_back: way(CommandName::WithdrawConsent),
        record: way(CommandName::RecordConsent),
        capacity: way(CommandName::RecordCapacity),
    })
}

fn purpose(language: Language, line: &Line) -> Purpose {
    let text = line.text.as_ref();
    let of = |zh: Option<&String>, en: Option<&String>| match (zh, en) {
        (Some(zh), Some(en)) => language.of(zh, en),
        _ => String::new(),
    };
    let tone = match line.standing {
        Standing::Valid => ("good", "check"),
        Standing::AskAgain => ("soon", "hourglass"),
        Standing::RunOut | Standing::TakenBack => ("late", "x"),
        Standing::NotGiven => ("quiet", "x"),
    };
    let mut facts = Vec::new();
    let mut fact = |key: &str, value: String| facts.push((language.text(key).into_owned(), value));
    if let Some(given) = &line.given {
        fact("consent.on", given.on.to_string());
        if let Some(until) = given.until {
            fact("consent.until", until.to_string());
        }
        if let Some(day) = given.withdrawn {
            fact("consent.withdrawn", day.to_string());
        }
        let version = given.version.to_string();
        let digest = text.map(|text| text.digest.get(..12).unwrap_or_default()).unwrap_or_default();
        fact("consent.version", format!("{version} · {digest}"));
        let signer = &given.signer;
        let by = match signer.guardian {
            None => language.text("consent.by_person").into_owned(),
            Some(_) => language.text("consent.by_guardian").into_owned(),
        };
        let word = signer.own_word.map(|word| language.code("own_word", &words::code(&word)));
        fact("consent.by", [Some(by), word].into_iter().flatten().collect::<Vec<_>>().join(" · "));
    }
    Purpose {
        name: language.code("purpose", &words::code(&line.purpose)),
        to: of(text.map(|t| &t.to_zh), text.map(|t| &t.to_en)),
        text: of(text.map(|t| &t.zh), text.map(|t| &t.en)),
        without: of(text.map(|t| &t.without_zh), text.map(|t| &t.without_en)),
        standing: language.code("consent_standing", &words::code(&line.standing)),
        tone,
        facts,
        essential: line.essential,
    }
}

fn given(app: &app::App, language: Language, shared: &Shared) -> Given {
    let party = language.code("sharing_party", &shared.party);
    let to = shared.organisation.as_ref().map_or(party.clone(), |name| format!("{party} · {name}"));
    let purpose = shared.purpose.as_deref().map(|code| language.code("purpose", code));
    let version = shared.version.map(|version| version.to_string());
    let mut basis = language.code("sharing_basis", &shared.basis);
    if let (Some(purpose), Some(version)) = (purpose, version) {
        basis = language.with("consent.basis_version", &[("purpose", &purpose), ("version", &version)]);
    }
    if let Some(law) = shared.law.as_deref() {
        let duty = app.tables.shares.basis(law);
        let named = duty.map(|duty| language.of(&duty.law_zh, &duty.law_en));
        let named = named.unwrap_or_else(|| language.text("consent.deletion_law").into_owned());
        basis = language.with("consent.duty", &[("law", &named)]);
    }
    Given { at: due::minute(shared.at), what: language.code("sharing_act", &shared.act), to, basis }
}
