//! The frame around every page: title, language, and for those signed in navigation, scope and search.

use crate::{language::Language, session::Session};
use app::referral::works_on_cases;
use rules::account::Role;

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
}

/// Path, icon, key of the name, who sees it.
type Place = (&'static str, &'static str, &'static str, fn(Role) -> bool);

/// Navigation by job; each role sees only its own.
const NAVIGATION: [Place; 10] = [
    ("/work-list", "list-check", "navigation.work_list", |r| !matches!(r, Role::Auditor)),
    ("/people", "users", "navigation.people", sees_register),
    ("/cases", "arrows-exchange", "navigation.referrals", works_on_cases),
    ("/institutions", "building-community", "navigation.institutions", sees_libraries),
    ("/need", "chart-bar", "navigation.need", counts),
    ("/imports", "file-import", "navigation.imports", sees_register),
    ("/review", "git-merge", "navigation.review", reviews),
    ("/audit", "history", "navigation.audit", |r| matches!(r, Role::Auditor)),
    ("/audit", "history", "navigation.own_log", |r| matches!(r, Role::Client)),
    ("/administration", "settings", "navigation.administration", |r| matches!(r, Role::Administrator)),
];

/// Whether the role may open the register.
pub(crate) fn sees_register(role: Role) -> bool {
    role.is_county_staff()
}
fn reviews(role: Role) -> bool {
    matches!(role, Role::ReferralWorker | Role::CivilAffairsOfficer)
}
fn counts(role: Role) -> bool {
    role.is_county_staff() || matches!(role, Role::Supervisor)
}
fn sees_libraries(role: Role) -> bool {
    role.is_county_staff() || role.is_institution_staff() || matches!(role, Role::Supervisor | Role::Doctor)
}

impl Shell {
    pub(crate) fn new(session: &Session, title: &str) -> Shell {
        let language = session.language;
        let role = session.scope.role;
        let at = session.path.split('?').next().unwrap_or_default();
        let entries = NAVIGATION
            .iter()
            .filter(|(_, _, _, sees)| sees(role))
            .map(|(path, icon, name, _)| Entry { path, icon, name, here: at.starts_with(path) })
            .collect();
        Shell {
            frame: Frame::new(language, &session.path, title),
            entries,
            name: session.account.name.clone(),
            role: language.code("role", role.code()),
            organisation: session.account.organisation.clone(),
            area: session.area_name.clone(),
            searches: sees_register(role) || works_on_cases(role),
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
