//! In which language the commands speak to whoever sits at the terminal.

/// Whether the terminal is set to Chinese.
pub(crate) fn speaks_chinese() -> bool {
    let wished = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    wished
        .into_iter()
        .find(|language| !language.is_empty())
        .is_some_and(|language| language.starts_with("zh"))
}

/// What is wrong with an entry, by its code, in the language of the terminal.
pub(crate) fn problem(code: &str, values: &[String]) -> String {
    web::problem(code, values, speaks_chinese())
}
