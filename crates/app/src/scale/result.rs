//! A result as it is stored, and whether it is what its answers amount to.

use super::{Given, Recorded};
use crate::{App, db::Sql, error::Result, id::Id, p};
use jiff::Timestamp;
use rules::{
    identity_number::Sex,
    scale::{AnswerFault, Circumstances, Figure, Scale},
};
use serde::{Deserialize, Serialize};

/// What is sealed: everything that says something of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    given: Given,
    sex: Option<Sex>,
    risk_grade: Option<u8>,
    total: Option<Figure>,
    band: Option<String>,
    flags: Vec<String>,
    level: Option<u8>,
}

impl Content {
    /// What answers amount to.
    pub(super) fn compute(
        scale: &Scale,
        given: Given,
        about: Circumstances,
    ) -> std::result::Result<Content, AnswerFault> {
        let outcome = match &given {
            Given::Answers(answers) => scale.score(answers, about),
            Given::Total(total) => scale.enter(*total, about),
        }?;
        Ok(Content {
            sex: about.sex,
            risk_grade: about.risk_grade,
            total: outcome.total,
            band: outcome.band.map(|band| band.code.clone()),
            flags: outcome.flags().into_iter().map(str::to_owned).collect(),
            level: outcome.level(),
            given,
        })
    }

    /// Whether it is what its answers amount to by the definition of its version; nothing where that is not there any more.
    fn agrees(&self, app: &App, scale: &str, version: &str) -> Option<bool> {
        let scale = app.tables.scale(scale).filter(|scale| scale.definition().version == version)?;
        let about = Circumstances { sex: self.sex, risk_grade: self.risk_grade };
        Some(Content::compute(scale, self.given.clone(), about).is_ok_and(|again| again == *self))
    }
}

/// A row.
pub(super) struct Stored {
    pub id: Id,
    pub referral: Id,
    pub scale: String,
    pub version: String,
    pub content: Vec<u8>,
    pub by: String,
    pub organisation: Id,
    pub at: Timestamp,
}
crate::row!(Stored { id, referral, scale, version, content, by, organisation, at });

impl Stored {
    /// Opened, computed again and compared.
    pub(super) fn recorded(self, app: &App) -> Result<Recorded> {
        let content: Content = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        let agrees = content.agrees(app, &self.scale, &self.version);
        Ok(Recorded {
            id: self.id,
            referral: self.referral,
            scale: self.scale,
            version: self.version,
            given: content.given,
            total: content.total,
            band: content.band,
            flags: content.flags,
            level: content.level,
            by: self.by,
            at: self.at,
            agrees,
        })
    }
}

/// A stored result that is not what its answers amount to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The result.
    pub result: Id,
    /// Its scale.
    pub scale: String,
}

/// What computing all results again found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drifts {
    /// Results computed again.
    pub computed: u64,
    /// Results of definitions that are not there any more.
    pub of_other_versions: u64,
    /// Those that are not what their answers amount to.
    pub drifted: Vec<Drift>,
}

/// Results read at once.
const PAGE: i64 = 500;

/// Computes results again and compares, at most so many, or all.
///
/// # Errors
/// The database is gone, or a result cannot be opened.
pub async fn drifts(app: &App, most: Option<u64>) -> Result<Drifts> {
    let mut found = Drifts::default();
    let mut after: Option<Id> = None;
    loop {
        let sql = Sql::new(
            "SELECT id, referral_id, scale, definition_version, content, recorded_by_name, organisation_id, at
            FROM scale_result /* whole: every result is computed again */ WHERE 1 = 1",
        );
        let sql = match after {
            Some(last) => sql.push(" AND (home, id) > ({}, {})", p![last.home_number(), last]),
            None => sql,
        };
        let page: Vec<Stored> = app.db.query(sql.push(" ORDER BY home, id LIMIT {}", p![PAGE])).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.id);
        for stored in page {
            if most.is_some_and(|most| found.computed + found.of_other_versions >= most) {
                return Ok(found);
            }
            let recorded = stored.recorded(app)?;
            match recorded.agrees {
                None => found.of_other_versions += 1,
                Some(agrees) => {
                    found.computed += 1;
                    let drift = Drift { result: recorded.id, scale: recorded.scale };
                    found.drifted.extend((!agrees).then_some(drift));
                }
            }
        }
    }
}
