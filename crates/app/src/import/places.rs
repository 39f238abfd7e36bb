//! Divisions that a sender writes by name, looked up once for each way of writing.

use crate::{division::Divisions, scope::Area};
use rules::{
    division::{DivisionCode, Level},
    import::{Gazetteer, Unplaced},
};
use std::{cell::RefCell, collections::HashMap};

/// Candidates that are named where a name is ambiguous.
const NAMED: usize = 5;

/// The nation's names, as seen from the area of a sender.
pub(super) struct Places<'a> {
    divisions: &'a Divisions,
    area: Area,
    known: RefCell<HashMap<(String, bool), Result<DivisionCode, Unplaced>>>,
}

impl std::fmt::Debug for Places<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Places({:?})", self.area)
    }
}

impl<'a> Places<'a> {
    pub(super) fn new(divisions: &'a Divisions, area: Area) -> Places<'a> {
        Places { divisions, area, known: RefCell::default() }
    }

    fn look_up(&self, name: &str, within_area: bool) -> Result<DivisionCode, Unplaced> {
        let within = within_area.then_some(self.area.from..=self.area.to);
        let level = within_area.then_some(Level::Village);
        let found = self.divisions.named(name, within, level);
        match found.as_slice() {
            [] => Err(Unplaced::Unknown),
            [one] => Ok(one.code),
            several => {
                let paths = several.iter().take(NAMED).map(|d| self.divisions.path_or_code(d.code));
                Err(Unplaced::Ambiguous(paths.collect()))
            }
        }
    }
}

impl Gazetteer for Places<'_> {
    fn find(&self, name: &str, within_area: bool) -> Result<DivisionCode, Unplaced> {
        let key = (name.to_owned(), within_area);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found = self.look_up(name, within_area);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }
}
