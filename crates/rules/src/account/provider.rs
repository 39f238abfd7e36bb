//! Signing in by another identity provider, such as a ministry's or a province's: what its claims mean here. Claims decide
//! which of the posts that the operator wrote down somebody holds, and never more: a value that stands in no table gives
//! nothing, and none of the three powers (see [`super::Power`]) is given that is not named for it.

use super::{Role, Standing, powers_stay_apart};
use crate::{Refusal, division::DivisionCode};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What happens with somebody whom the provider knows and the installation does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPerson {
    /// Must be known before, and linked.
    #[default]
    Refuse,
    /// Gets an account at the first sign-in, from the claims.
    Provision,
}

/// What the operator wrote down about the claims of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The role for each value of the claim. Where the table is empty roles are kept here and the provider says only who it is.
    pub roles: BTreeMap<String, Role>,
    /// The powers that claims may give at all.
    pub powers: Vec<Role>,
    /// What happens with an unknown person.
    pub unknown: UnknownPerson,
    /// Values of `acr` and `amr` that count as a second factor.
    pub second_factor: Vec<String>,
}

/// Where somebody works, as far as the claims say it and the installation knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workplace {
    /// No claim is asked for it.
    NotAsked,
    /// The claim is missing, or names no organisation that is here.
    Unknown,
    /// An organisation and its division.
    Found(Uuid, i64),
}

/// What the claims say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Values of the claim about roles.
    pub roles: Vec<String>,
    /// Where they work.
    pub workplace: Workplace,
    /// The area whose data they may see: a part of the organisation's.
    pub division: Option<i64>,
    /// Values of `acr` and `amr`: how they showed to the provider who they are.
    pub shown: Vec<String>,
}

/// Role, organisation and area of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// The role.
    pub role: Role,
    /// Where.
    pub organisation: Uuid,
    /// The area.
    pub division: i64,
}

fn no(code: &str) -> Refusal {
    Refusal::new("account", code)
}

/// The post that the claims give; `present` is what the account is so far, nothing where there is none.
///
/// # Errors
/// The claims give no role, or several; one of the powers that is not named; two powers in one hand; an organisation that is
/// not here; an area outside it.
pub fn post(mapping: &Mapping, claimed: &Claimed, present: Option<Post>) -> Result<Post, Refusal> {
    let role = role(mapping, claimed, present.map(|post| post.role))?;
    let (organisation, own) = match (claimed.workplace, present) {
        (Workplace::Found(organisation, division), _) => (organisation, Some(division)),
        (Workplace::NotAsked, Some(present)) => (present.organisation, None),
        (Workplace::NotAsked, None) | (Workplace::Unknown, _) => return Err(no("provider_no_organisation")),
    };
    let stays =
        present.filter(|present| present.organisation == organisation).map(|present| present.division);
    let division = match (claimed.division, own) {
        (Some(claimed), Some(own)) if !lies_in(claimed, own) => return Err(no("provider_area")),
        (Some(claimed), Some(_)) => claimed,
        // An area without the organisation that it belongs to says nothing.
        (_, own) => stays.or(own).ok_or_else(|| no("provider_no_organisation"))?,
    };
    Ok(Post { role, organisation, division })
}

fn role(mapping: &Mapping, claimed: &Claimed, present: Option<Role>) -> Result<Role, Refusal> {
    if mapping.roles.is_empty() {
        return present.ok_or_else(|| no("provider_no_role"));
    }
    let mut given = claimed.roles.iter().filter_map(|value| mapping.roles.get(value)).copied();
    let role = given.next().ok_or_else(|| no("provider_no_role"))?;
    if given.any(|other| other != role) {
        return Err(no("provider_roles_contradict"));
    }
    // Clients come in by the counter, and the clock is nobody.
    if matches!(role, Role::Client | Role::System) {
        return Err(no("provider_no_role"));
    }
    if present.is_some_and(|present| !powers_stay_apart(&[present], role)) {
        return Err(no("powers_apart"));
    }
    if role.power().is_some() && present != Some(role) && !mapping.powers.contains(&role) {
        return Err(no("provider_power"));
    }
    Ok(role)
}

/// Whether a division is a part of another, or the same; all are part of the nation (0).
fn lies_in(inner: i64, outer: i64) -> bool {
    match (DivisionCode::new(inner), DivisionCode::new(outer)) {
        (Ok(inner), Ok(outer)) => outer.contains(inner),
        (Ok(_), Err(_)) => outer == 0,
        _ => inner == outer,
    }
}

/// Whether what somebody showed to the provider counts as a second factor here.
#[must_use]
pub fn counts_as_factor(mapping: &Mapping, claimed: &Claimed) -> bool {
    claimed.shown.iter().any(|shown| mapping.second_factor.contains(shown))
}

/// How an account stands that came by the provider: its password was not used and is not due; a second factor that was shown
/// there and counts here needs no other one.
#[must_use]
pub fn by_provider(standing: Standing, factor_counts: bool) -> Standing {
    Standing {
        password_due: false,
        factor_shown: standing.factor_shown || factor_counts,
        factor_required: standing.factor_required && !factor_counts,
        ..standing
    }
}

#[cfg(test)]
mod tests;
