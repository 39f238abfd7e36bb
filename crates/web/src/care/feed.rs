//! `/feeds/{secret}`: the calendar of a worker, a doctor or a house as a file, for whoever has its address. It names nobody and nothing:
//! initials and a form of meeting. The addresses of the own calendar, as the pages of a worker and a doctor show them.

use crate::{Site, due::minute, failure::Failure, language::Language, session::Session};
use app::{
    App, Error,
    care::feed::{self, Shown},
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use rules::followup::owed::What;

/// Initials shown of a group.
const INITIALS: usize = 4;

/// An address that is in force.
pub(crate) struct FeedLine {
    pub id: String,
    pub made: String,
    pub read: String,
    /// It shows the house.
    pub house: bool,
}

/// The addresses of the own calendar, as a page shows them.
pub(crate) struct Feeds {
    /// Where they are made and ended.
    pub to: &'static str,
    /// The reader may have the own days.
    pub own: bool,
    /// The reader may have those of the house.
    pub house: bool,
    /// What stands in the calendar.
    pub about: String,
    pub lines: Vec<FeedLine>,
    /// The address that was made just now; shown once.
    pub made: String,
}

/// The addresses of the own calendar, with the key of the text that says what stands in it.
pub(crate) async fn feeds(
    app: &App,
    session: &Session,
    (to, about): (&'static str, &str),
) -> Result<Feeds, Failure> {
    let line = |one: &feed::Feed| FeedLine {
        id: one.id.to_string(),
        made: minute(one.made_at),
        read: one.read_at.map(minute).unwrap_or_default(),
        house: one.house,
    };
    Ok(Feeds {
        to,
        own: feed::offered(&session.scope),
        house: feed::house_offered(&session.scope),
        about: session.language.text(about).into_owned(),
        lines: feed::feeds(app, &session.scope).await?.iter().map(line).collect(),
        made: String::new(),
    })
}

/// The address of a secret, as a telephone takes it.
pub(crate) fn address(headers: &HeaderMap, secret: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("webcal://{host}/feeds/{secret}")
}

/// Anyone who has the address.
pub(crate) async fn show(
    State(site): State<Site>,
    Path(secret): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let language = Language::of_request(&uri, &headers);
    // A calendar program asks for a file: its address may end so.
    let secret = secret.strip_suffix(".ics").unwrap_or(&secret);
    if secret.len() > 128 {
        return Err(Error::NotFound.into());
    }
    let calendar = feed::read(&site.app, secret, |shown| words(language, shown)).await?;
    let name =
        if calendar.house { language.text("care.feed_house") } else { language.text("care.feed_name") };
    let text = rules::care::calendar(&name, &calendar.happenings);
    let headers =
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}

/// What stands on the telephone: a meeting and initials.
fn words(language: Language, shown: Shown<'_>) -> String {
    let one =
        |key: &str, letters: &str| format!("{} {}", language.text(key), dotted(letters)).trim().to_owned();
    match shown {
        Shown::Session(way, initials, persons) => summary(language, way, initials, persons),
        Shown::Due(What::FirstVisit | What::Visit | What::Retry, letters) => one("care_feed.out", letters),
        Shown::Due(What::Examination, letters) => one("care_feed.meeting", letters),
        Shown::Due(_, letters) => one("care_feed.task", letters),
        Shown::Emergency(letters) => one("care_feed.soon", letters),
        Shown::Conference => language.text("conference.calendar").into_owned(),
    }
}

fn dotted(letters: &str) -> String {
    letters.chars().flat_map(|letter| letter.to_uppercase().chain(['.'])).collect()
}

fn summary(language: Language, way: &str, initials: &[String], persons: i64) -> String {
    let kind = match way {
        "W2" | "W6" => "care_feed.out",
        "W1" | "W3" | "W4" | "W5" | "W7" => "care_feed.group",
        "W9" => "care_feed.call",
        _ => "care_feed.meeting",
    };
    let shown: Vec<String> = initials.iter().take(INITIALS).map(|letters| dotted(letters)).collect();
    let more = usize::try_from(persons).unwrap_or(0).saturating_sub(shown.len());
    let mut parts = shown;
    parts.extend((more > 0).then(|| format!("+{more}")));
    format!("{} {}", language.text(kind), parts.join(" ")).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_shows_initials_and_nothing_else() {
        let initials = |letters: &[&str]| letters.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let english = Language::English;
        assert_eq!(summary(english, "W2", &initials(&["zs"]), 1), "Out Z.S.");
        assert_eq!(
            summary(english, "W3", &initials(&["zs", "ls", "ww", "zl", "qb"]), 12),
            "Group Z.S. L.S. W.W. Z.L. +8"
        );
        assert_eq!(summary(english, "W10", &[], 1), "Appointment +1");
        for (shown, text) in [
            (Shown::Due(What::Visit, "zs"), "Out Z.S."),
            (Shown::Due(What::Examination, "zs"), "Appointment Z.S."),
            (Shown::Due(What::Slip, "zs"), "To do Z.S."),
            (Shown::Emergency("zs"), "Without delay Z.S."),
            (Shown::Due(What::Retry, ""), "Out"),
        ] {
            assert_eq!(words(english, shown), text, "{shown:?}");
        }
    }
}
