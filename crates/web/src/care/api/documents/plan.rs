//! Plans, what was measured of their goals, and signatures.

use crate::care::plan_entry::Reading;
use app::care::{self, NewPlan, NewValue, Plans, Typed};
use jiff::{Timestamp, civil::Date};
use rules::{
    care::{CrisisPlan, Goal, Line, Measure, NearOne, Period, Plan, Signature, SignedBy, SigningWay},
    scale::Figure,
};
use serde::{Deserialize, Serialize};

/// A short-term goal.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanGoal {
    /// Name that stays the same in later versions: `g1`, `g2` …
    key: String,
    /// What is to be reached.
    text: String,
    /// Id of the scale by whose total it is measured; absent where something is counted.
    scale: Option<String>,
    /// What is counted.
    what: Option<String>,
    /// Where it stood: a whole number, or a decimal in quotes.
    #[schema(value_type = String)]
    baseline: Figure,
    /// Where it shall stand.
    #[schema(value_type = String)]
    target: Figure,
    /// By when.
    #[schema(value_type = String, format = Date)]
    due: Date,
}

/// A service that the plan arranges.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanLine {
    /// Service S1–S16.
    service: String,
    /// Form of service W1–W11.
    way: String,
    /// So many sessions …
    times: u32,
    /// … in each `week`, `fortnight`, `month` or `quarter`.
    per: String,
    /// Minutes of each.
    minutes: u32,
    /// Key of the goal that it serves.
    goal: String,
    /// Who gives it.
    #[serde(default)]
    provider: String,
}

/// Somebody to call.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCall {
    /// Name or relation.
    name: String,
    /// Telephone number.
    phone: String,
}

/// What to do when things get worse; it names no illness.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCrisis {
    /// First signs.
    signs: String,
    /// What helps.
    helps: String,
    /// What others should do.
    #[serde(default)]
    others: String,
    /// Whom to call.
    #[serde(default)]
    call: Vec<PlanCall>,
}

/// A plan.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanEntry {
    /// Number of the latest version that the sender knows; 0 where there is none.
    pub(crate) seen: i64,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Day on which it is looked at again.
    #[schema(value_type = String, format = Date)]
    review: Date,
    /// What is difficult.
    problems: String,
    /// Where it shall lead.
    long_term_goal: String,
    /// One to five short-term goals.
    goals: Vec<PlanGoal>,
    /// Services, each serving a goal.
    lines: Vec<PlanLine>,
    /// The family's part.
    #[serde(default)]
    family: String,
    /// When things get worse.
    crisis: PlanCrisis,
    /// Why it is changed; needed from the second version.
    #[serde(default)]
    change: String,
}

impl PlanEntry {
    pub(crate) fn plan(&self) -> NewPlan {
        let mut reading = Reading::default();
        let goal = |goal: &PlanGoal| Goal {
            key: goal.key.clone(),
            text: goal.text.clone(),
            measure: match &goal.scale {
                Some(scale) => Measure::Scale { scale: scale.clone() },
                None => Measure::Observation { what: goal.what.clone().unwrap_or_default() },
            },
            baseline: goal.baseline,
            target: goal.target,
            due: goal.due,
        };
        let mut lines = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let per = Period::of_code(&line.per);
            lines.push(Line {
                service: line.service.clone(),
                way: line.way.clone(),
                times: line.times,
                per: reading.choice(&format!("lines.{at}.per"), per, Period::Month),
                minutes: line.minutes,
                goal: line.goal.clone(),
                provider: line.provider.clone(),
            });
        }
        let near = |call: &PlanCall| NearOne { name: call.name.clone(), phone: call.phone.clone() };
        reading.finish(Plan {
            from: self.from,
            until: self.until,
            review: self.review,
            problems: self.problems.clone(),
            long_term_goal: self.long_term_goal.clone(),
            goals: self.goals.iter().map(goal).collect(),
            lines,
            family: self.family.clone(),
            crisis: CrisisPlan {
                signs: self.crisis.signs.clone(),
                helps: self.crisis.helps.clone(),
                others: self.crisis.others.clone(),
                call: self.crisis.call.iter().map(near).collect(),
            },
            change: self.change.clone(),
        })
    }

    fn of(number: i64, plan: Plan) -> PlanEntry {
        let goal = |goal: Goal| {
            let (scale, what) = match goal.measure {
                Measure::Scale { scale } => (Some(scale), None),
                Measure::Observation { what } => (None, Some(what)),
            };
            let Goal { key, text, baseline, target, due, .. } = goal;
            PlanGoal { key, text, scale, what, baseline, target, due }
        };
        let line = |line: Line| PlanLine {
            service: line.service,
            way: line.way,
            times: line.times,
            per: line.per.code().to_owned(),
            minutes: line.minutes,
            goal: line.goal,
            provider: line.provider,
        };
        PlanEntry {
            seen: number - 1,
            from: plan.from,
            until: plan.until,
            review: plan.review,
            problems: plan.problems,
            long_term_goal: plan.long_term_goal,
            goals: plan.goals.into_iter().map(goal).collect(),
            lines: plan.lines.into_iter().map(line).collect(),
            family: plan.family,
            crisis: PlanCrisis {
                signs: plan.crisis.signs,
                helps: plan.crisis.helps,
                others: plan.crisis.others,
                call: plan
                    .crisis
                    .call
                    .into_iter()
                    .map(|near| PlanCall { name: near.name, phone: near.phone })
                    .collect(),
            },
            change: plan.change,
        }
    }
}

/// A version of a plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanDocument {
    /// Its number, from 1.
    number: i64,
    /// What it says.
    plan: PlanEntry,
    /// It was read out of the form F5.
    from_form: bool,
    /// Who wrote it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who signed: `client` or `guardian`; absent while nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    /// The day of the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    signed_on: Option<Date>,
    /// How: `paper`, `screen` or `mark`.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_way: Option<String>,
}

/// Where a goal stood.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ValueDocument {
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Key of the goal.
    goal: String,
    /// The value.
    value: String,
    /// What was seen.
    note: String,
}

/// A case's plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanList {
    /// Versions, the latest first.
    versions: Vec<PlanDocument>,
    /// What was measured, the latest first.
    values: Vec<ValueDocument>,
}

impl PlanList {
    pub(crate) fn new(plans: Plans) -> PlanList {
        let version = |version: care::PlanVersion| {
            let signature = version.signed.map(|signed| signed.signature);
            PlanDocument {
                number: version.number,
                plan: PlanEntry::of(version.number, version.plan),
                from_form: version.from_form,
                by: version.by,
                at: version.at,
                signed_by: signature.as_ref().map(|one| one.by.code().to_owned()),
                signed_on: signature.as_ref().map(|one| one.on),
                signed_way: signature.as_ref().map(|one| one.way.code().to_owned()),
            }
        };
        let value = |value: care::Value| ValueDocument {
            on: value.on,
            goal: value.goal,
            value: value.value.to_string(),
            note: value.note,
        };
        PlanList {
            versions: plans.versions.into_iter().map(version).collect(),
            values: plans.values.into_iter().map(value).collect(),
        }
    }
}

/// A signature.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignEntry {
    /// Number of the version.
    pub(crate) number: i64,
    /// `client` or `guardian`.
    by: String,
    /// The name under it.
    name: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// `paper`, `screen` or `mark`.
    way: String,
    /// The witness of a mark.
    #[serde(default)]
    witness: String,
}

impl SignEntry {
    pub(crate) fn signature(&self) -> Typed<Signature> {
        let mut reading = Reading::default();
        let signature = Signature {
            by: reading.choice("by", SignedBy::of_code(&self.by), SignedBy::Client),
            name: self.name.clone(),
            on: self.on,
            way: reading.choice("way", SigningWay::of_code(&self.way), SigningWay::Paper),
            witness: self.witness.clone(),
        };
        reading.finish(signature)
    }
}

/// Where a goal stands.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoalEntry {
    /// Key of the goal.
    goal: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// The value: a whole number, or a decimal in quotes.
    #[schema(value_type = String)]
    value: Figure,
    /// What was seen.
    #[serde(default)]
    note: String,
}

impl GoalEntry {
    pub(crate) fn value(self) -> Typed<NewValue> {
        Ok(NewValue { goal: self.goal, on: self.on, value: self.value, note: self.note })
    }
}
