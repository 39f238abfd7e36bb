//! Messages to people who do not read here: on the case page, who is to be told and who was; noted with the way and the
//! day, and taken back there.

use super::contact::Card;
use crate::{Site, address::parsed, answer::Page, due, language::Language, session::Session};
use app::{
    Error,
    id::Id,
    referral::telling::{self, Outside},
};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    referral::Way,
};
use serde::Deserialize;

/// A message as a line of the case page.
pub(super) struct Telling {
    pub id: String,
    /// What was written, and for whom.
    pub text: String,
    /// When it was written.
    pub at: String,
    /// The first day on which anybody could be told.
    pub from: String,
    /// How, when and by whom the person was told; empty while nobody did.
    pub told: String,
    /// The person read it here before anybody told.
    pub read: bool,
    /// What was wrong with what was noted of it.
    pub problem: String,
}

/// What the case page shows of them.
#[derive(Default)]
pub(super) struct Tellings {
    pub lines: Vec<Telling>,
    /// Code and name of each way.
    pub ways: Vec<(&'static str, String)>,
    pub today: String,
    /// All that a text message may say.
    pub notice: String,
}

impl Tellings {
    /// Those of a case; none for who tells nobody.
    pub(super) async fn of(
        site: &Site,
        session: &Session,
        case: Id,
        wrong: &Wrong,
        contact: Option<&Card>,
    ) -> Result<Tellings, Error> {
        if !session.scope.role.may(Deed::Read, Subject::Telling) {
            return Ok(Tellings::default());
        }
        let language = session.language;
        let found = telling::of_case(&site.app, &session.scope, case).await?;
        Ok(Tellings {
            lines: found.iter().map(|message| line(language, message, wrong)).collect(),
            ways: Way::ALL
                .iter()
                .filter(|way| contact.is_none_or(|card| card.is_safe(way.reaches())))
                .map(|way| (way.code(), language.code("told_way", way.code())))
                .collect(),
            notice: format!("{}{}", language.text("notice.only"), notice(language)),
            today: china_date(site.app.now()).to_string(),
        })
    }
}

/// What a text message or messenger says, whatever it is about: that there is a notice, and nothing of what it is.
pub(crate) fn notice(language: Language) -> String {
    language.text("notice.outside").into_owned()
}

/// What was written and whom to tell.
pub(crate) fn text(language: Language, message: &Outside) -> String {
    format!("{} · {}", language.code("message", &message.kind), language.code("task_party", &message.party))
}

/// What the page is told of a note that could not be taken: the message, and the code of the problem.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wrong {
    message: String,
    problem: String,
}

fn line(language: Language, message: &Outside, wrong: &Wrong) -> Telling {
    let told = message.told_on.map(|on| {
        let way = language.code("told_way", message.told_way.as_deref().unwrap_or_default());
        let by = message.told_by.as_deref().unwrap_or_default();
        language.with("telling.told", &[("on", &on.to_string()), ("way", &way), ("by", by)])
    });
    let id = message.id.to_string();
    let known = ["date_invalid", "date_future", "date_before_message", "unknown_choice"];
    let problem = known.into_iter().find(|code| wrong.message == id && wrong.problem == *code);
    Telling {
        problem: problem.map(|code| language.code("form_problem", code)).unwrap_or_default(),
        id,
        text: text(language, message),
        at: due::minute(message.created_at),
        from: china_date(message.created_at).to_string(),
        told: told.unwrap_or_default(),
        read: ["read", "answered"].contains(&message.delivery.as_str()),
    }
}

/// How and on which day somebody was told.
#[derive(Deserialize)]
pub(crate) struct Entry {
    /// The case on whose page it was noted.
    #[serde(default)]
    case: String,
    #[serde(default)]
    way: String,
    #[serde(default)]
    on: String,
}

fn back(case: Id) -> Page {
    Ok(Redirect::to(&format!("/cases/{case}#to-tell")).into_response())
}

/// Case manager, referral worker, civil affairs: notes that somebody outside was told.
pub(crate) async fn tell(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Page {
    let (message, case) = (parsed(&id)?, parsed(&entry.case));
    let on = entry.on.parse::<Date>().map_err(|_| Error::invalid("on", "date_invalid"));
    let noted = match on {
        Ok(on) => telling::tell(&site.app, &session.scope, message, &entry.way, on).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(noted) => back(noted.referral),
        Err(Error::Invalid(problems)) => {
            let code = problems.first().map(|problem| problem.code.as_str()).unwrap_or_default();
            let to = format!("/cases/{}?message={message}&problem={code}#to-tell", case?);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Case manager, referral worker, civil affairs: takes that note back.
pub(crate) async fn untell(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    back(telling::untell(&site.app, &session.scope, parsed(&id)?).await?.referral)
}
