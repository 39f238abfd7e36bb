//! How many probable doubles a list would put before the clerks, told before it is taken in.

use super::prepare::Prepared;
use crate::{
    App,
    error::Result,
    id::Id,
    link::{
        candidate::{self, Newcomer},
        model,
    },
};
use std::collections::BTreeMap;

/// Rows that are compared; the figure of a longer list is projected from them.
const COMPARED: usize = 2_000;

/// New persons of a list, of which a few are kept for comparing. Which ones, their keyed digests decide: that is as
/// good as chance, and the same at every check.
#[derive(Default)]
pub(super) struct Sample {
    kept: BTreeMap<Vec<u8>, rules::import::Row>,
    seen: usize,
}

impl Sample {
    /// A row whose person is not in the register.
    pub(super) fn add(&mut self, row: &Prepared) {
        self.seen += 1;
        let full = self.kept.len() >= COMPARED;
        if full && self.kept.last_key_value().is_some_and(|(last, _)| *last < row.digest) {
            return;
        }
        self.kept.insert(row.digest.clone(), row.row.clone());
        if self.kept.len() > COMPARED {
            self.kept.pop_last();
        }
    }

    /// Probable pairs of the whole list: counted where all of it is kept, otherwise projected.
    pub(super) async fn pairs(self, app: &App) -> Result<u64> {
        if self.kept.is_empty() {
            return Ok(0);
        }
        let (kept, model) = (self.kept.len(), model::in_force(app).await?);
        let newcomer = |row: &rules::import::Row| Newcomer {
            id: Id::in_division(row.division, app.now()),
            keys: candidate::keys(app, &row.name, row.born_on, row.phone.as_deref()),
        };
        let rows: Vec<_> =
            self.kept.values().map(|row| (newcomer(row), model::record_of_row(&model, row))).collect();
        let found = candidate::foreseen(app, &model, &rows).await?;
        let (seen, kept) = (u64::try_from(self.seen).unwrap_or(u64::MAX), u64::try_from(kept).unwrap_or(1));
        Ok(found.saturating_mul(seen).div_ceil(kept))
    }
}
