//! What is written of one person at a session: how it went, and values of fields. Both are sealed together beside the person, so that they
//! go where the person's case goes.

use super::Values;
use crate::{App, error::Result};
use serde::{Deserialize, Serialize};

/// A note with values of fields, as it is stored. A note without values is stored as it was written, as all notes were before there were
/// values.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    note: String,
    fields: Values,
}

/// The sealed note; nothing where nothing is written.
pub(super) fn seal(app: &App, note: &str, fields: &Values) -> Result<Option<Vec<u8>>> {
    let text = text(note.trim(), fields)?;
    if text.is_empty() { Ok(None) } else { Ok(Some(app.keys.seal(&text)?)) }
}

/// What is written in a sealed note.
pub(in super::super) fn open(app: &App, sealed: &[u8]) -> Result<(String, Values)> {
    Ok(read(app.keys.unseal(sealed)?))
}

fn text(note: &str, fields: &Values) -> Result<String> {
    let plain = fields.is_empty() && serde_json::from_str::<Written>(note).is_err();
    if plain {
        return Ok(note.to_owned());
    }
    let written = Written { note: note.to_owned(), fields: fields.clone() };
    Ok(serde_json::to_string(&written)?)
}

fn read(text: String) -> (String, Values) {
    match serde_json::from_str::<Written>(&text) {
        Ok(Written { note, fields }) => (note, fields),
        Err(_) => (text, Values::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_comes_back_with_its_values_and_older_notes_as_they_were() {
        let none = Values::new();
        let some = Values::from([("weight".to_owned(), "61".to_owned())]);
        // A note that looks like what is stored is one nevertheless.
        let odd = r#"{"note":"x","fields":{}}"#;
        for (note, fields) in
            [("", &none), ("好", &none), ("好", &some), ("", &some), (odd, &none), (odd, &some)]
        {
            let stored = text(note, fields).unwrap();
            assert_eq!(read(stored), (note.to_owned(), fields.clone()));
        }
        assert_eq!(text("好", &none).unwrap(), "好");
        for older in ["主动帮助新成员。", "{", "{}", r#"{"note":"x"}"#, "12"] {
            assert_eq!(read(older.to_owned()), (older.to_owned(), Values::new()));
        }
    }
}
