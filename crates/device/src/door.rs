//! What a browser calls: it asks for room, writes its question there, and reads the answer in its place. One question at a time.

use crate::answer;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a question at most: a record of a visit has a few thousand.
const MOST: usize = 1 << 20;

/// Question and answer lie here, one after the other.
static DESK: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn desk() -> MutexGuard<'static, Vec<u8>> {
    DESK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for a question of so many bytes; returns where it lies, or 0 where it is too long.
fn make_room(bytes: usize) -> usize {
    if bytes > MOST {
        return 0;
    }
    let mut desk = desk();
    desk.clear();
    desk.resize(bytes.max(1), 0);
    desk.as_ptr().expose_provenance()
}

/// Answers the first bytes of what lies there; returns how many bytes the answer has.
fn answer_it(bytes: usize) -> usize {
    let mut desk = desk();
    let text = desk.get(..bytes).map(String::from_utf8_lossy).unwrap_or_default();
    let told = answer(&text).into_bytes();
    *desk = told;
    desk.len()
}

/// Where the answer lies.
fn place_of_it() -> usize {
    desk().as_ptr().expose_provenance()
}

/// The functions by their names. They take and return numbers only; all work is done by the safe functions above.
#[expect(unsafe_code, reason = "a name that the browser finds counts as unsafe")]
mod named {
    /// See [`super::make_room`].
    #[unsafe(no_mangle)]
    extern "C" fn room(bytes: usize) -> usize {
        super::make_room(bytes)
    }

    /// See [`super::answer_it`].
    #[unsafe(no_mangle)]
    extern "C" fn ask(bytes: usize) -> usize {
        super::answer_it(bytes)
    }

    /// See [`super::place_of_it`].
    #[unsafe(no_mangle)]
    extern "C" fn place() -> usize {
        super::place_of_it()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_a_question_gets_no_room_and_none_is_answered() {
        assert_eq!(make_room(MOST + 1), 0);
        assert_ne!(make_room(0), 0);
        assert!(answer_it(usize::MAX) > 0);
        assert!(String::from_utf8_lossy(&desk()).contains("error"));
        assert_ne!(place_of_it(), 0);
    }
}
