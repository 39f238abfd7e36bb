//! `data/workforce.toml`: terms, posts and kinds.

use super::{staffing::StaffingTerms, supervision::SupervisionTerms};
use crate::{embedded::DataError, talent::Profession};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/workforce.toml";
const TEXT: &str = include_str!("../../../../data/workforce.toml");

/// Bounds of training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingTerms {
    /// Minutes of one person on one day at most.
    pub most_minutes_a_day: u32,
    /// Minutes of one entry at least.
    pub least_minutes: u32,
    /// Persons of one entry at most.
    pub most_persons: usize,
    /// So many calendar years back an entry may lie.
    pub years_back: i16,
    /// Days before the end of the year from which the work list tells who misses hours.
    pub tell_days_before_year_end: u16,
    /// Professions that are not in direct service where no post is recorded.
    pub not_direct: Vec<Profession>,
}

/// When it is told that a certificate runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateTerms {
    /// Days before, the earliest first.
    pub remind_days: Vec<u16>,
}

/// Bounds of contract hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmploymentTerms {
    /// Minutes of a full post in a week.
    pub full_week_minutes: u32,
    /// Minutes of the smallest post.
    pub least_week_minutes: u32,
    /// Minutes of the largest.
    pub most_week_minutes: u32,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Code.
    pub code: String,
    /// Service to clients, for which training is owed.
    pub direct: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A kind of training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkforceTable {
    /// First day in use.
    pub effective_from: Date,
    /// Version of the definition of SV13.
    pub definition: String,
    /// Training.
    pub training: TrainingTerms,
    /// Certificates.
    pub certificate: CertificateTerms,
    /// Employment.
    pub employment: EmploymentTerms,
    /// Staffing.
    pub staffing: StaffingTerms,
    /// Supervision.
    pub supervision: SupervisionTerms,
    /// Posts.
    #[serde(rename = "post")]
    pub posts: Vec<Post>,
    /// Kinds of training.
    #[serde(rename = "kind")]
    pub kinds: Vec<Kind>,
}

impl WorkforceTable {
    /// The file that is part of the programme.
    ///
    /// # Errors
    /// It is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// A post by its code.
    #[must_use]
    pub fn post(&self, code: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.code == code)
    }

    /// A kind of training by its code.
    #[must_use]
    pub fn kind(&self, code: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// Whether somebody is in direct service: by the post where one is recorded, otherwise by the profession.
    #[must_use]
    pub fn in_direct_service(&self, post: Option<&str>, profession: Profession) -> bool {
        match post.and_then(|code| self.post(code)) {
            Some(post) => post.direct,
            None => !self.training.not_direct.contains(&profession),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_file_is_sound() {
        let table = WorkforceTable::embedded().unwrap();
        let codes: BTreeSet<&str> = table.posts.iter().map(|post| post.code.as_str()).collect();
        assert_eq!(codes.len(), table.posts.len());
        assert!(table.certificate.remind_days.is_sorted_by(|a, b| a > b));
        let terms = &table.staffing;
        assert!(
            [&terms.case_post, &terms.day_post, &terms.medical_post]
                .iter()
                .all(|code| table.post(code).is_some())
        );
        assert!(terms.clients_per_post < terms.warn_clients_per_post);
        let employment = &table.employment;
        assert!(
            (employment.least_week_minutes..=employment.most_week_minutes)
                .contains(&employment.full_week_minutes)
        );
    }

    #[test]
    fn who_is_in_direct_service() {
        let table = WorkforceTable::embedded().unwrap();
        for (post, profession, direct) in [
            (Some("case_work"), Profession::Other, true),
            (Some("office"), Profession::SocialWorker, false),
            (None, Profession::SocialWorker, true),
            (None, Profession::Volunteer, false),
            (Some("unknown"), Profession::Nurse, true),
        ] {
            assert_eq!(table.in_direct_service(post, profession), direct, "{post:?} {profession:?}");
        }
    }
}
