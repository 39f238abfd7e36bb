//! Who works in the demonstration: one account at least of every role.

use crate::synth::{Population, Seed, Topic};
use anyhow::{Context, Result};
use app::{
    App,
    account::{self, NewAccount},
    id::Id,
    scope::Scope,
};
use rand::Rng;
use rules::{account::Role, identity_number::Sex};
use serde::{Deserialize, Serialize};

/// An account of the demonstration, as it is printed and kept in its folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// Role code.
    pub role: String,
    /// Name for signing in.
    pub username: String,
    /// The same for the same seed.
    pub password: String,
    /// Bearer token.
    pub api_token: String,
    /// Name of the organisation.
    pub organisation: String,
    /// 12-digit division.
    pub division: String,
}

/// Somebody who acts in the demonstration.
#[derive(Debug, Clone)]
pub struct Member {
    /// What is printed.
    pub account: Account,
    /// What the account may see.
    pub scope: Scope,
}

impl Member {
    /// Name shown.
    pub fn name(&self) -> &str {
        &self.scope.name
    }

    /// The organisation.
    pub fn organisation(&self) -> Id {
        self.scope.organisation
    }
}

/// Everybody, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Staff(Vec<Member>);

impl Staff {
    /// The member of a username.
    ///
    /// # Errors
    /// There is none.
    pub fn of(&self, username: &str) -> Result<&Member> {
        self.0
            .iter()
            .find(|m| m.account.username == username)
            .with_context(|| format!("nobody is {username}"))
    }

    /// The member with a role at an organisation.
    ///
    /// # Errors
    /// There is none.
    pub fn at(&self, organisation: Id, role: Role) -> Result<&Member> {
        let found = self.0.iter().find(|m| m.organisation() == organisation && m.scope.role == role);
        found.with_context(|| format!("{} has no {}", organisation, role.code()))
    }

    /// Everybody.
    pub fn all(&self) -> impl Iterator<Item = &Member> {
        self.0.iter()
    }
}

/// Adds organisations and accounts at one instant.
pub struct Office<'a> {
    /// The installation at the instant of the beginning.
    pub app: App,
    /// For the tokens: the installation at present.
    pub present: &'a App,
    /// Names come from here.
    pub population: &'a Population,
    /// Everybody so far.
    pub staff: Staff,
}

/// The days that the tokens of the demonstration are valid.
const TOKEN_DAYS: i64 = 365;

impl Office<'_> {
    /// Adds an organisation.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn organisation(&self, kind: &str, name: &str, division: i64) -> Result<Id> {
        let mut tx = self.app.db.begin().await?;
        let id = account::add_organisation(&self.app, &mut tx, kind, name, division).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Adds an account with a name by chance and the password of the seed.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn member(&mut self, username: &str, role: Role, organisation: Id) -> Result<()> {
        self.client(username, role, organisation, None).await
    }

    /// The same for a client, whose account belongs to a person of the register.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn client(
        &mut self,
        username: &str,
        role: Role,
        organisation: Id,
        person: Option<Id>,
    ) -> Result<()> {
        let number = u64::try_from(self.staff.0.len())?;
        let chance = &mut self.population.seed().stream(Topic::Accounts, number);
        let sex = if chance.random_bool(0.5) { Sex::Male } else { Sex::Female };
        let password = password(self.population.seed(), number);
        let new = NewAccount {
            username: username.to_owned(),
            name: self.population.names().draw(chance, sex, 0.2).whole(),
            password: password.clone(),
            role: role.code().to_owned(),
            organisation,
            division: None,
            person,
        };
        let mut tx = self.app.db.begin().await?;
        let id = account::add(&self.app, &mut tx, &new).await?;
        tx.commit().await?;
        let found = account::get(&self.app, id).await?;
        let token = account::new_token(self.present, id, "demonstration", TOKEN_DAYS).await?;
        let account = Account {
            role: new.role,
            username: new.username,
            password,
            api_token: token,
            organisation: found.organisation.clone(),
            division: found.division.to_string(),
        };
        self.staff.0.push(Member { account, scope: found.scope()? });
        Ok(())
    }

    /// Departments, hospitals, committees, supervision and platform of the county.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn departments(&mut self) -> Result<()> {
        let county = &self.population.county;
        let (place, above) = (county.name.clone(), county.prefecture_name.clone());
        let (code, prefecture) = (county.code, county.prefecture);
        let town = county.village(0).clone();
        let committees: Vec<_> = committees(self.population).cloned().collect();
        let offices = [
            (
                "civil_affairs",
                format!("{place}民政局"),
                code,
                &[
                    ("civil.affairs", Role::CivilAffairsOfficer),
                    ("civil.affairs2", Role::CivilAffairsOfficer),
                ][..],
            ),
            ("health", format!("{place}卫生健康局"), code, &[("health", Role::HealthOfficer)]),
            ("dpf", format!("{place}残疾人联合会"), code, &[("dpf", Role::DpfOfficer)]),
            (
                "civil_affairs",
                format!("{place}精神障碍康复转介中心"),
                code,
                &[("referral", Role::ReferralWorker), ("referral2", Role::ReferralWorker)],
            ),
            ("hospital", format!("{place}精神专科医院"), code, &[("doctor", Role::Doctor)]),
            (
                "primary_care",
                format!("{}卫生院", town.town),
                town.town_code,
                &[("town.doctor", Role::Doctor)],
            ),
            ("assisting", format!("{place}社会工作服务中心"), code, &[("assisting", Role::AssistingSubject)]),
            ("supervision", format!("{above}民政局"), prefecture, &[("supervisor", Role::Supervisor)]),
            (
                "civil_affairs",
                "邻县精神障碍康复转介中心".to_owned(),
                neighbour(county),
                &[("referral.city", Role::ReferralWorker)],
            ),
            (
                "platform",
                format!("{above}转介平台运行单位"),
                prefecture,
                &[("administrator", Role::Administrator), ("security", Role::SecurityAdministrator)],
            ),
            ("supervision", format!("{place}网络安全审计处"), code, &[("auditor", Role::Auditor)]),
        ];
        for (kind, name, division, members) in offices {
            let organisation = self.organisation(kind, &format!("{name}（合成）"), division).await?;
            for (username, role) in members {
                self.member(username, *role, organisation).await?;
            }
        }
        for (number, village) in (1..).zip(committees) {
            let name = format!("{}{}（合成）", village.town, village.name);
            let organisation = self.organisation("committee", &name, village.code).await?;
            self.member(&committee(number), Role::Committee, organisation).await?;
        }
        Ok(())
    }

    /// A second township, to which people under follow-up move, and a village of the first. Of the demonstration alone:
    /// a made-up nation is cut from one township. Added last, so that passwords stay the same.
    ///
    /// # Errors
    /// As [`Office::departments`].
    pub async fn followup(&mut self) -> Result<()> {
        let county = &self.population.county;
        let town = county.village(0).clone();
        let towns = county.towns();
        let (other, other_name) = towns.get(1).cloned().unwrap_or((town.town_code, town.town.clone()));
        let village = town.code;
        for (username, name, division) in [
            ("town.doctor2", format!("{other_name}卫生院"), other),
            ("village.doctor", format!("{}{}卫生室", town.town, town.name), village),
        ] {
            let organisation =
                self.organisation("primary_care", &format!("{name}（合成）"), division).await?;
            self.member(username, Role::Doctor, organisation).await?;
        }
        Ok(())
    }
}

/// Another county of the prefecture, where one case is transferred to.
pub fn neighbour(county: &crate::synth::County) -> i64 {
    let width = 1_000_000;
    if county.code - county.prefecture > width { county.code - width } else { county.code + width }
}

/// Committees with an account.
pub const COMMITTEES: usize = 3;

/// Username of a committee, counted from 1.
pub fn committee(number: usize) -> String {
    if number == 1 { "committee".to_owned() } else { format!("committee{number}") }
}

/// The villages whose committees have an account: spread over the county.
pub fn committees(population: &Population) -> impl Iterator<Item = &crate::synth::Village> {
    let villages = &population.county.villages;
    let step = villages.len().div_ceil(COMMITTEES).max(1);
    villages.iter().step_by(step).take(COMMITTEES)
}

/// A password of four kinds of characters that depends on nothing but seed and account.
fn password(seed: &Seed, number: u64) -> String {
    let chance = &mut seed.stream(Topic::Accounts, 1_000_000 + number);
    format!("Xq-{:08x}", chance.random::<u32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_depends_on_seed_and_account() {
        let of = |seed, number| password(&Seed::new(seed), number);
        assert_eq!(of(1, 4), of(1, 4));
        assert_ne!(of(1, 4), of(2, 4));
        assert_ne!(of(1, 4), of(1, 5));
        assert_eq!(of(1, 4).len(), 11);
    }
}
