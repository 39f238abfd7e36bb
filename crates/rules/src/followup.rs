//! Follow-up of severe mental disorders (严重精神障碍): risk, class, next visit, the record of a visit, the register,
//! emergencies, subsidies and indicators.
//!
//! The six disorders, the forms and the flow stand in the Work Norm for Management and Treatment of Severe Mental Disorders
//! (严重精神障碍管理治疗工作规范, 2018), classes and visits in the National Basic Public Health Service Norms (third edition,
//! 2017), reports in the Measures for Reporting (2013). Terms are data: `data/followup.toml`. The rules record and remind;
//! the doctor decides.

pub mod case_management;
mod class;
mod coded;
pub mod desk;
pub mod emergency;
pub mod examination;
pub mod group;
pub mod guardianship;
pub mod hospital_word;
pub mod implied;
pub mod indicator;
pub mod list;
pub mod lost;
pub mod next_visit;
pub mod owed;
pub mod paper;
pub mod register;
pub mod rehabilitation;
pub mod report;
mod risk;
pub mod stays;
pub mod subsidy;
pub mod support;
mod table;
#[cfg(test)]
mod tests;
pub mod visit;

pub use class::{
    AdverseReaction, Class, Classification, Findings, Function, Incomplete, Insight, Physical, Rule,
    Symptoms, classify, decide,
};
pub use coded::NoSuchAnswer;
pub use risk::{Incident, RiskGrade, Smashing, assess, grade, settle};
pub use table::{Entry, FollowupRules, FollowupTable, Interval, Limits, Terms};
