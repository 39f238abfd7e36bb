//! A result as it is stored, and whether it is what its answers amount to.

use super::{Given, Recorded, library::Definitions};
use crate::{App, db::Sql, error::Result, id::Id, p};
use jiff::Timestamp;
use rules::{
    identity_number::Sex,
    scale::{AnswerFault, Circumstances, CrisisRule, Figure, Outcome, Scale},
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

/// What was given, scored.
pub(super) fn scored<'a>(
    scale: &'a Scale,
    given: &Given,
    about: Circumstances,
) -> std::result::Result<Outcome<'a>, AnswerFault> {
    match given {
        Given::Answers(answers) => scale.score(answers, about),
        Given::Total(total) => scale.enter(*total, about),
        Given::Text(text) => scale.write(text),
    }
}

impl Content {
    /// What answers amount to.
    pub(super) fn compute(
        scale: &Scale,
        given: Given,
        about: Circumstances,
    ) -> std::result::Result<Content, AnswerFault> {
        let outcome = scored(scale, &given, about)?;
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

    /// What was answered.
    pub(super) fn given(&self) -> &Given {
        &self.given
    }

    /// What it was computed with beside the answers.
    fn about(&self) -> Circumstances {
        Circumstances { sex: self.sex, risk_grade: self.risk_grade }
    }

    /// What in it must not wait, the gravest first.
    pub(super) fn alarms(&self, scale: &Scale) -> Vec<CrisisRule> {
        let outcome = scored(scale, &self.given, self.about());
        outcome.map(|outcome| outcome.crisis.into_iter().cloned().collect()).unwrap_or_default()
    }

    /// Whether it is what its answers amount to by the definition of its version; nothing where that is not there any more.
    fn agrees(&self, scale: Option<&Scale>) -> Option<bool> {
        let again = Content::compute(scale?, self.given.clone(), self.about());
        Some(again.is_ok_and(|again| again == *self))
    }
}

/// That a result was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Voided {
    /// A code of `data/scale_schedule.toml`.
    pub reason: String,
    /// Why, in words.
    pub words: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How many columns of a row are the result's own.
pub(super) const COLUMNS: usize = 18;

/// A row.
pub(super) struct Stored {
    pub id: Id,
    referral: Id,
    scale: String,
    version: String,
    content: Vec<u8>,
    rater: String,
    mode: String,
    language: String,
    seconds: Option<i64>,
    account: Id,
    by: String,
    pub organisation: Id,
    pub at: Timestamp,
    occasion: Option<String>,
    void_reason: Option<String>,
    void_words: Option<Vec<u8>>,
    voided_by: Option<String>,
    voided_at: Option<Timestamp>,
}
crate::row!(Stored {
    id,
    referral,
    scale,
    version,
    content,
    rater,
    mode,
    language,
    seconds,
    account,
    by,
    organisation,
    at,
    occasion,
    void_reason,
    void_words,
    voided_by,
    voided_at
});

impl Stored {
    /// The definition that it names: scale and version.
    pub(super) fn definition(&self) -> (&str, &str) {
        (&self.scale, &self.version)
    }

    /// Opened, computed again and compared.
    pub(super) fn recorded(self, app: &App, definitions: &Definitions<'_>) -> Result<Recorded> {
        let content: Content = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        let agrees = content.agrees(definitions.get(&self.scale, &self.version));
        let voided = match (self.void_reason, self.void_words, self.voided_by, self.voided_at) {
            (Some(reason), Some(words), Some(by), Some(at)) => {
                Some(Voided { reason, words: app.keys.unseal(&words)?, by, at })
            }
            _ => None,
        };
        Ok(Recorded {
            about: content.about(),
            id: self.id,
            referral: self.referral,
            scale: self.scale,
            version: self.version,
            occasion: self.occasion,
            given: content.given,
            total: content.total,
            band: content.band,
            flags: content.flags,
            level: content.level,
            rater: serde_json::from_value(self.rater.into())?,
            mode: serde_json::from_value(self.mode.into())?,
            language: self.language,
            seconds: self.seconds,
            account: self.account,
            organisation: self.organisation,
            by: self.by,
            at: self.at,
            voided,
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

/// Computes results again and compares, at most so many, or all. One that was taken back is compared, too.
///
/// # Errors
/// The database is gone, or a result cannot be opened.
pub async fn drifts(app: &App, most: Option<u64>) -> Result<Drifts> {
    let mut found = Drifts::default();
    let mut after: Option<Id> = None;
    loop {
        let sql = Sql::new(
            "SELECT s.id, s.referral_id, s.scale, s.definition_version, s.content, s.rater, s.mode, s.language, s.seconds,
            s.recorded_by, s.recorded_by_name, s.organisation_id, s.at, s.occasion, v.reason, v.words, v.voided_by_name, v.at
            FROM scale_result s /* whole: every result is computed again */ LEFT JOIN scale_void v ON v.home = s.home AND v.id = s.id
            WHERE 1 = 1",
        );
        let sql = match after {
            Some(last) => sql.push(" AND (s.home, s.id) > ({}, {})", p![last.home_number(), last]),
            None => sql,
        };
        let page: Vec<Stored> = app.db.query(sql.push(" ORDER BY s.home, s.id LIMIT {}", p![PAGE])).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.id);
        let definitions = Definitions::of(app, page.iter().map(Stored::definition)).await?;
        for stored in page {
            if most.is_some_and(|most| found.computed + found.of_other_versions >= most) {
                return Ok(found);
            }
            let recorded = stored.recorded(app, &definitions)?;
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
