//! Readers of what comes from outside, one function each, to be tried with anything.
//!
//! Each takes any bytes and holds the reader to more than not to fail: what is accepted, written in its normal form, is
//! read as itself; a normal form is its own; nothing comes out that did not go in. `fuzz/` drives the same functions with
//! libFuzzer; the tests of this crate drive them over the seeds of `fuzz/seeds` and over generated input. How to add one:
//! docs/fuzzing.md.

mod address;
mod attachment;
mod file;
mod form;
mod link;
mod list;
mod number;
mod visit;

/// The day of all checks: a reader knows no clock.
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 21);

/// One reader.
pub struct Reader {
    /// Its name: of the target in `fuzz/fuzz_targets` and of the folder in `fuzz/seeds`.
    pub name: &'static str,
    /// Tries it; a broken promise is a panic.
    pub attempt: fn(&[u8]),
}

macro_rules! readers { ($($name:ident $attempt:path;)*) => {
    /// Every reader.
    pub const READERS: &[Reader] = &[$(Reader { name: stringify!($name), attempt: $attempt }),*];
    $(
        /// Tries this reader.
        pub fn $name(bytes: &[u8]) {
            $attempt(bytes);
        }
    )*
} }

readers! {
    identity_number        number::identity;
    disability_certificate number::certificate;
    credit_code            number::credit_code;
    division_code          number::division;
    phone                  number::phone;
    day                    number::day;
    one_time_code          number::one_time_code;
    personal_name          number::name;
    list_row               list::row;
    list_file              list::file;
    visit_list             visit::list;
    spreadsheet            list::spreadsheet;
    division_search        list::division_search;
    form_data              form::data;
    posted_form            form::posted;
    command                form::command;
    event                  form::event;
    request_body           form::body;
    scale_definition       form::scale;
    place_in_list          address::place;
    filter                 address::filter;
    next_page              address::next_page;
    register_search        address::register_search;
    request_head           address::head;
    upload                 address::upload;
    attachment             attachment::file;
    key_file               file::keys;
    sealed_file            file::sealed;
    backup_key             file::backup_key;
    checkpoint             file::checkpoint;
    division_edition       file::edition;
    division_list          file::division_list;
    holidays               file::holidays;
    linkage_settings       link::settings;
    linkage_list           link::list;
    linkage_model          link::model;
}

/// Text of bytes; what is no text becomes a replacement character, as a browser would send it.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Holds a reader to this: what it accepts, written in its normal form, is read as the same.
fn reads_itself<T: std::fmt::Debug + PartialEq>(
    text: &str,
    read: impl Fn(&str) -> Option<T>,
    written: impl Fn(&T) -> String,
) {
    if let Some(first) = read(text) {
        let normal = written(&first);
        assert_eq!(read(&normal).as_ref(), Some(&first), "{text:?} was accepted as {normal:?}");
    }
}
