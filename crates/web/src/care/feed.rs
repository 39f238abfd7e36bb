//! `/feeds/{secret}`: a worker's calendar as a file, for whoever has its address. It names nobody and nothing: initials and a form of
//! meeting.

use crate::{Site, language::Language};
use app::{Error, care::feed};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};

/// Initials shown of a group.
const INITIALS: usize = 4;

/// Anyone who has the address.
pub(crate) async fn show(
    State(site): State<Site>,
    Path(secret): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, crate::failure::Failure> {
    let language = Language::of_request(&uri, &headers);
    let summary = |way: &str, initials: &[String], persons: i64| summary(language, way, initials, persons);
    // A calendar program asks for a file: its address may end so.
    let secret = secret.strip_suffix(".ics").unwrap_or(&secret);
    if secret.len() > 128 {
        return Err(Error::NotFound.into());
    }
    let happenings = feed::read(&site.app, secret, summary, &language.text("conference.calendar")).await?;
    let text = rules::care::calendar(&language.text("care.feed_name"), &happenings);
    let headers =
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}

/// What stands on the telephone: a meeting and initials.
fn summary(language: Language, way: &str, initials: &[String], persons: i64) -> String {
    let kind = match way {
        "W2" | "W6" => "care_feed.out",
        "W1" | "W3" | "W4" | "W5" | "W7" => "care_feed.group",
        "W9" => "care_feed.call",
        _ => "care_feed.meeting",
    };
    let dotted = |letters: &String| {
        letters.chars().flat_map(|letter| letter.to_uppercase().chain(['.'])).collect::<String>()
    };
    let shown: Vec<String> = initials.iter().take(INITIALS).map(dotted).collect();
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
    }
}
