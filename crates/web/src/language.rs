//! In which language to answer: `?lang=`, then the cookie, then the browser's wish, then Chinese.

use axum::http::{HeaderMap, Uri, header};
use std::borrow::Cow;

/// Name of the cookie.
pub(crate) const COOKIE: &str = "lang";

/// Simplified Chinese or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Chinese,
    English,
}

impl Language {
    /// As in `lang="…"`, in `?lang=` and in the catalogue.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// The other one, for the switch in the header.
    pub(crate) fn other(self) -> Language {
        match self {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        }
    }

    /// What the switch to this language says.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Language::Chinese => "中文",
            Language::English => "EN",
        }
    }

    /// What stands between the parts of a list.
    pub(crate) fn comma(self) -> &'static str {
        if self == Language::Chinese { "、" } else { ", " }
    }

    fn of_tag(tag: &str) -> Option<Language> {
        let tag = tag.trim().to_ascii_lowercase();
        if tag.starts_with("zh") {
            Some(Language::Chinese)
        } else if tag.starts_with("en") {
            Some(Language::English)
        } else {
            None
        }
    }

    /// The language asked for in the address itself.
    pub(crate) fn asked(uri: &Uri) -> Option<Language> {
        let pairs = uri.query()?.split('&');
        pairs.filter_map(|p| p.strip_prefix("lang=")).find_map(Language::of_tag)
    }

    /// The language of a request.
    pub(crate) fn of_request(uri: &Uri, headers: &HeaderMap) -> Language {
        let wished = || {
            let list = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            list.split(',').find_map(|t| Language::of_tag(t.split(';').next().unwrap_or_default()))
        };
        Language::asked(uri)
            .or_else(|| cookie(headers, COOKIE).and_then(|t| Language::of_tag(&t)))
            .or_else(wished)
            .unwrap_or(Language::Chinese)
    }

    /// The text of a key; the key itself where the catalogue has none (a test finds those).
    pub(crate) fn text<'k>(self, key: &'k str) -> Cow<'k, str> {
        crate::_rust_i18n_translate(self.tag(), key)
    }

    /// The text of a key with values put in for `%{name}`.
    pub(crate) fn with(self, key: &str, values: &[(&str, &str)]) -> String {
        let text = self.text(key).into_owned();
        values.iter().fold(text, |text, (name, value)| text.replace(&format!("%{{{name}}}"), value))
    }

    /// The text in this language of a name that the data files have in both. English names stand there in lower
    /// case, as inside a sentence; on a page they begin with a capital.
    pub(crate) fn of(self, chinese: &str, english: &str) -> String {
        if self == Language::Chinese {
            return chinese.to_owned();
        }
        let mut letters = english.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// The text of a code of some kind, such as `role.client`; the code itself where there is none.
    pub(crate) fn code(self, kind: &str, code: &str) -> String {
        let key = format!("{kind}.{code}");
        crate::_rust_i18n_try_translate(self.tag(), &key).map_or_else(|| code.to_owned(), Cow::into_owned)
    }

    /// Something and what is said of it, as `Phone: too short` or `电话：过短`; what names its subject is said alone.
    pub(crate) fn pair(self, what: &str, said: &str) -> String {
        if said.starts_with(what) {
            return said.to_owned();
        }
        let colon = if self == Language::Chinese { "：" } else { ": " };
        format!("{what}{colon}{said}")
    }

    /// What is wrong with an entry. Its values stand at `%{0}`, `%{1}` …; a count over many rows has no values, and
    /// then dots stand there.
    pub(crate) fn problem(self, code: &str, values: &[String]) -> String {
        let text = self.code("problem", code);
        if values.is_empty() {
            return text.replace("%{0}", "…");
        }
        let numbered = values.iter().enumerate();
        numbered.fold(text, |text, (at, value)| text.replace(&format!("%{{{at}}}"), value))
    }

    /// A refusal in the words of its subject (`case_refusal`, `library_refusal`) where the catalogue has some and
    /// all values for them are known, otherwise in the words for every subject.
    pub(crate) fn refusal(self, subject: &str, code: &str, values: &[(&str, &str)]) -> String {
        let key = format!("{subject}.{code}");
        let own = crate::_rust_i18n_try_translate(self.tag(), &key).map(|_| self.with(&key, values));
        own.filter(|text| !text.contains("%{"))
            .unwrap_or_else(|| self.with(&format!("refusal.{code}"), values))
    }

    /// A refusal in the words for every subject.
    pub(crate) fn refused(self, refusal: &rules::Refusal) -> String {
        let values: Vec<(&str, &str)> =
            refusal.values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.with(&format!("refusal.{}", refusal.code), &values)
    }
}

/// One cookie of a request.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_names_its_subject_once() {
        assert_eq!(Language::Chinese.pair("电话", "过短"), "电话：过短");
        assert_eq!(Language::Chinese.pair("电话", "电话过短"), "电话过短");
        assert_eq!(Language::English.pair("Phone", "too short"), "Phone: too short");
    }

    #[test]
    fn the_address_wins_over_cookie_and_browser() {
        for (uri, cookie, browser, language) in [
            ("/?lang=en", "lang=zh-CN", "zh-CN", Language::English),
            ("/", "a=b; lang=en", "zh-CN", Language::English),
            ("/", "", "en-GB,en;q=0.9", Language::English),
            ("/", "", "fr,zh;q=0.5", Language::Chinese),
            ("/", "", "", Language::Chinese),
            ("/?lang=xx", "", "en", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, browser.parse().unwrap());
            assert_eq!(
                Language::of_request(&uri.parse().unwrap(), &headers),
                language,
                "{uri} {cookie} {browser}"
            );
        }
    }
}
