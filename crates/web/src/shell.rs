//! The frame around every page: title, language, and for those signed in navigation, scope and search.

use crate::{emergency_access::Bar, language::Language, session::Session};
use rules::account::{Deed, Role, Subject};

/// The frame of pages outside the signed-in part.
pub(crate) struct Frame {
    pub language: Language,
    pub title: String,
    /// This page in the other language.
    pub other_language: String,
}

impl Frame {
    pub(crate) fn new(language: Language, path: &str, title: &str) -> Frame {
        Frame { language, title: title.to_owned(), other_language: in_language(path, language.other()) }
    }

    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> String {
        self.language.text(key).into_owned()
    }

    /// Where a style sheet or a script is found, in the version of this program.
    pub(crate) fn asset(&self, path: &str) -> String {
        crate::assets::address(path)
    }
}

fn in_language(path: &str, language: Language) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=")).collect();
    let own = format!("lang={}", language.tag());
    let query = kept.into_iter().chain([own.as_str()]).collect::<Vec<_>>().join("&");
    format!("{path}?{query}")
}

/// One entry of the navigation.
pub(crate) struct Entry {
    pub path: &'static str,
    pub icon: &'static str,
    /// Key of its name.
    pub name: &'static str,
    pub here: bool,
}

/// The frame of the signed-in part.
pub(crate) struct Shell {
    pub frame: Frame,
    pub entries: Vec<Entry>,
    pub name: String,
    pub role: String,
    pub organisation: String,
    pub area: String,
    pub searches: bool,
    /// Something to be told on every page; empty most of the time.
    pub notice: String,
    /// Records that are open in an emergency, with the time that is left.
    pub open: Vec<Bar>,
    /// That openings wait for the reader's judgement; empty where none does.
    pub to_judge: String,
}

/// Path, icon, key of the name, what is looked at there.
type Place = (&'static str, &'static str, &'static str, Subject);

/// Navigation by job; each role sees only its own.
const NAVIGATION: [Place; 21] = [
    ("/work-list", "list-check", "navigation.work_list", Subject::WorkList),
    ("/people", "users", "navigation.people", Subject::Person),
    ("/cases", "arrows-exchange", "navigation.referrals", Subject::Case),
    ("/outreach", "phone", "navigation.outreach", Subject::Lead),
    ("/care", "heart-handshake", "navigation.care", Subject::Agenda),
    ("/followup", "stethoscope", "navigation.followup", Subject::FollowUp),
    ("/institutions", "building-community", "navigation.institutions", Subject::Institution),
    ("/workforce", "user-check", "navigation.workforce", Subject::Workforce),
    ("/supervision", "message-circle", "navigation.supervision", Subject::Supervision),
    ("/conferences", "users", "navigation.conferences", Subject::Conference),
    ("/questions", "stethoscope", "navigation.questions", Subject::Question),
    ("/need", "chart-bar", "navigation.need", Subject::Need),
    ("/imports", "file-import", "navigation.imports", Subject::Import),
    ("/review", "git-merge", "navigation.review", Subject::Pair),
    ("/exports", "download", "navigation.exports", Subject::ExportOrder),
    ("/shares", "link", "navigation.shares", Subject::Share),
    ("/research", "school", "navigation.research", Subject::Research),
    ("/rights", "shield-check", "navigation.rights", Subject::Right),
    ("/audit", "history", "navigation.audit", Subject::Log),
    ("/emergency-access", "lock", "navigation.emergency_access", Subject::EmergencyAccess),
    ("/administration", "settings", "navigation.administration", Subject::Organisation),
];

impl Shell {
    pub(crate) fn new(session: &Session, title: &str) -> Shell {
        let language = session.language;
        let role = session.scope.role;
        let at = session.path.split('?').next().unwrap_or_default();
        let entries = NAVIGATION
            .iter()
            .filter(|(_, _, _, subject)| role.may(Deed::Read, *subject))
            .map(|(path, icon, name, subject)| {
                let own = *subject == Subject::Log && role == Role::Client;
                let name = if own { "navigation.own_log" } else { name };
                Entry { path, icon, name, here: at.starts_with(path) }
            })
            .collect();
        Shell {
            frame: Frame::new(language, &session.path, title),
            entries,
            name: session.account.name.clone(),
            role: language.code("role", role.code()),
            organisation: session.account.organisation.clone(),
            area: session.area_name.clone(),
            notice: session.password_days.map_or_else(String::new, |days| {
                language.with("shell.password_days", &[("days", &days.to_string())])
            }),
            open: session.emergency.open.iter().map(|open| Bar::new(language, session.now, open)).collect(),
            to_judge: match session.emergency.to_judge {
                0 => String::new(),
                count => language.with("emergency.waiting", &[("count", &count.to_string())]),
            },
            searches: role.may(Deed::Read, Subject::Person) || role.may(Deed::Read, Subject::Case),
        }
    }

    /// Whether the navigation leads the reader to a page: links elsewhere go by it, too.
    pub(crate) fn leads_to(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| entry.path == path)
    }

    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> String {
        self.frame.text(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_language_keeps_the_rest_of_the_address() {
        assert_eq!(in_language("/people?q=zs&lang=zh-CN", Language::English), "/people?q=zs&lang=en");
        assert_eq!(in_language("/", Language::Chinese), "/?lang=zh-CN");
    }
}
