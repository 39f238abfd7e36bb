//! Files that an operator gives.

use crate::text;
use divisions::{Divisions, read_list};
use rules::calendar::Calendar;

/// A key file; its text is secret and never part of a message.
pub(crate) fn keys(bytes: &[u8]) {
    if let Some(written) = app::outside::key_file(bytes) {
        assert_eq!(app::outside::key_file(written.as_bytes()), Some(written));
    }
}

/// A backup before it is decrypted: only what was sealed with the key opens.
pub(crate) fn sealed(bytes: &[u8]) {
    let Some((content, last)) = app::outside::sealed_file(bytes) else { return };
    let again = app::outside::seal_file(&content, &last).and_then(|file| app::outside::sealed_file(&file));
    assert_eq!(again, Some((content, last)));
}

/// The key of a backup's recipient.
pub(crate) fn backup_key(bytes: &[u8]) {
    if let Some(written) = app::outside::backup_key(&text(bytes)) {
        assert_eq!(app::outside::backup_key(&written), Some(written));
    }
}

pub(crate) fn checkpoint(bytes: &[u8]) {
    let Some((checkpoint, points)) = app::outside::checkpoint(bytes) else { return };
    let stored = serde_json::to_vec(&checkpoint).unwrap_or_default();
    let again = app::outside::checkpoint(&stored)
        .map(|(again, points)| (serde_json::to_vec(&again).unwrap_or_default(), points));
    assert_eq!(again, Some((stored, points.clone())));
    // Anything may be written into a file; only who has the key can sign it.
    if checkpoint.is_signed() {
        assert!(points.is_some() || checkpoint.heads.len() < 4_096);
    }
}

pub(crate) fn edition(bytes: &[u8]) {
    let Ok(read) = Divisions::unpack(bytes) else { return };
    let letters: usize = read.iter().map(|(_, name)| name.len()).sum();
    assert!(letters <= bytes.len().saturating_mul(8192), "names come out of the file");
}

pub(crate) fn division_list(bytes: &[u8]) {
    let written = text(bytes);
    let Ok(found) = read_list(&written) else { return };
    let row = |(code, name): (&_, &String)| format!("{code},\"{}\"\n", name.replace('"', "\"\""));
    let again: String = found.iter().map(row).collect();
    assert_eq!(read_list(&format!("code,name\n{again}")).ok(), Some(found), "{written:?}");
}

pub(crate) fn holidays(bytes: &[u8]) {
    let written = text(bytes);
    let Ok(calendar) = Calendar::embedded().with_extra(&written) else { return };
    let start = jiff::civil::date(2026, 2, 10);
    let due = calendar.after_working_days(start, 3).date;
    assert!(due >= start);
    let (heading, days) = written.split_once('\n').unwrap_or((&written, ""));
    let turned: Vec<&str> = days.lines().rev().collect();
    let turned = Calendar::embedded().with_extra(&format!("{heading}\n{}", turned.join("\n")));
    let turned = turned.map(|calendar| calendar.after_working_days(start, 3).date);
    assert_eq!(turned, Ok(due), "the order of lines says nothing");
}
