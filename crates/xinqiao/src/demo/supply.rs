//! The two libraries of the demonstration: institutions and talents go through the real procedure.

use super::staff::Office;
use crate::synth::{Institution, Talent};
use anyhow::{Context, Result};
use app::{
    App,
    id::Id,
    institution::{self, Action, ImportRow, ProfileEntry},
    scope::Scope,
    talent::{self, TalentEntry},
};
use jiff::{ToSpan, civil::Date};
use rules::account::Role;

/// How far an institution of the demonstration is in the procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    CountyReview,
    CityConfirm,
    Listed,
}

/// The last two institutions are still under review, so that reviewers find work.
fn reach(place: usize, count: usize) -> Reach {
    match count - place {
        1 => Reach::CountyReview,
        2 => Reach::CityConfirm,
        _ => Reach::Listed,
    }
}

impl Office<'_> {
    /// Adds institutions with their staff and talents; returns their identifiers in the order of the lists.
    ///
    /// # Errors
    /// The database is gone, or a rule refuses: then the demonstration and the rules do not fit together.
    pub async fn libraries(&mut self) -> Result<Vec<Id>> {
        let institutions = self.population.institutions();
        let officer = self.staff.of("civil.affairs")?.scope.clone();
        let supervisor = self.staff.of("supervisor")?.scope.clone();
        let mut ids = Vec::new();
        for (place, one) in institutions.iter().enumerate() {
            let id = add(&self.app, &officer, one).await.with_context(|| one.name.clone())?;
            let number = place + 1;
            self.member(&format!("manager{number}"), Role::InstitutionManager, id).await?;
            self.member(&format!("case.manager{number}"), Role::CaseManager, id).await?;
            self.member(&format!("assessor{number}"), Role::Assessor, id).await?;
            let manager = self.staff.at(id, Role::InstitutionManager)?.scope.clone();
            let desk = Desk { app: &self.app, manager: &manager, officer: &officer, supervisor: &supervisor };
            desk.review_institution(id, reach(place, institutions.len())).await?;
            ids.push(id);
        }
        for (place, one) in self.population.talents(institutions.len()).into_iter().enumerate() {
            let (Some(id), Some(home)) = (ids.get(one.institution), institutions.get(one.institution)) else {
                continue;
            };
            let manager = self.staff.at(*id, Role::InstitutionManager)?.scope.clone();
            let desk = Desk { app: &self.app, manager: &manager, officer: &officer, supervisor: &supervisor };
            let until = self.certificate_until(place);
            desk.talent(&one, *id, (home.division, until))
                .await
                .with_context(|| one.certificate_number.clone())?;
        }
        Ok(ids)
    }

    /// Most certificates have no end; a few run out soon after the present, and one ran out.
    fn certificate_until(&self, place: usize) -> Option<Date> {
        let days: i32 = match place {
            1 => 19,
            4 => 71,
            6 => -12,
            place if place % 5 == 2 => 600,
            _ => return None,
        };
        Some(rules::clock::china_date(self.present.now()).saturating_add(days.days()))
    }
}

async fn add(app: &App, officer: &Scope, one: &Institution) -> Result<Id> {
    let areas: Vec<String> = one.areas.iter().map(i64::to_string).collect();
    let profile = ProfileEntry {
        name: one.name.clone(),
        credit_code: one.credit_code.clone(),
        kind: "social_service".to_owned(),
        level: if one.is_centre { "county_centre" } else { "town_station" }.to_owned(),
        division: one.division.to_string(),
        address: one.address.clone(),
        contact: one.contact.clone(),
        phone: one.phone.clone(),
        floor_area: one.floor_area.to_string(),
        hours: "周一至周五 8:30-16:30".to_owned(),
        promise_on: one.promise_on.to_string(),
        lowest_age: one.ages.0.to_string(),
        highest_age: one.ages.1.to_string(),
        disorder_groups: one.disorder_groups.clone(),
        services: one.services.clone(),
        areas: areas.join(" "),
        ..ProfileEntry::default()
    };
    let row = ImportRow { profile, contracted: one.places.to_string() };
    let mut tx = app.db.begin().await?;
    let imported =
        institution::import_row(app, &mut tx, officer, &row).await.map_err(crate::user::explained)?;
    tx.commit().await?;
    Ok(imported.id())
}

/// Those who decide on an entry of a library.
struct Desk<'a> {
    app: &'a App,
    manager: &'a Scope,
    officer: &'a Scope,
    supervisor: &'a Scope,
}

impl Desk<'_> {
    async fn review_institution(&self, id: Id, reach: Reach) -> Result<()> {
        for (scope, action) in self.procedure(reach) {
            let version = institution::get(self.app, scope, id).await?.version;
            institution::act(self.app, scope, id, version, &action).await.map_err(crate::user::explained)?;
        }
        Ok(())
    }

    fn procedure(&self, reach: Reach) -> Vec<(&Scope, Action)> {
        let mut steps = vec![(self.manager, Action::Submit)];
        if reach != Reach::CountyReview {
            steps.push((self.officer, Action::ApproveCounty));
        }
        if reach == Reach::Listed {
            steps.push((self.supervisor, Action::Confirm));
        }
        steps
    }

    async fn talent(
        &self,
        one: &Talent,
        institution: Id,
        (division, until): (i64, Option<Date>),
    ) -> Result<()> {
        let entry = TalentEntry {
            name: one.name.clone(),
            identity_number: one.identity_number.clone(),
            profession: one.profession_code.to_owned(),
            certificate: one.certificate.to_owned(),
            certificate_number: one.certificate_number.clone(),
            certificate_on: one.certificate_on.to_string(),
            certificate_until: until.map(|day| day.to_string()).unwrap_or_default(),
            institution: institution.to_string(),
            division: division.to_string(),
            services: led_by(one.profession_code)?,
            pledge_on: one.pledge_on.to_string(),
        };
        let explained = crate::user::explained;
        let id = talent::begin(self.app, self.manager, &entry).await.map_err(explained)?;
        let mut steps = self.procedure(Reach::Listed);
        steps.insert(1, (self.officer, Action::Verify { verified: true }));
        for (scope, action) in steps {
            let version = talent::get(self.app, scope, id).await?.version;
            talent::act(self.app, scope, id, version, &action).await.map_err(explained)?;
        }
        Ok(())
    }
}

/// The services that a profession may lead, by the catalogue.
fn led_by(profession: &str) -> Result<Vec<String>> {
    let table = rules::service::ServiceTable::embedded()?;
    let profession = rules::talent::Profession::of_code(profession);
    let led = table.services.iter().filter(|service| profession.is_some_and(|p| service.may_be_led_by(p)));
    Ok(led.map(|service| service.code.clone()).collect())
}
