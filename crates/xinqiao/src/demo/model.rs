//! A county in which every course of the demonstration is taken at many of its ages, by the same actions as users take:
//! what the cases of a whole country are stamped out of.

use super::{play, set_up, staff::Staff};
use crate::synth::{County, Encoding, Errors, Files, Person, Population, Seed, Settings, Village};
use anyhow::Result;
use app::{App, db::Db, division::Divisions, seal::Keys};
use jiff::Timestamp;

/// Persons of the model: enough for every case, and for institutions to fill the shortlist.
const PEOPLE: u64 = 1500;
/// Further days of rest.
const RESTS: [i64; 4] = [6, 18, 40, 100];
/// Places of each institution, which none fills.
pub const PLACES: u32 = 4_700;

/// The model county.
pub struct Model {
    /// Its installation at the present.
    pub app: App,
    /// Its persons.
    pub population: Population,
    /// Who acts there.
    pub staff: Staff,
    /// When its history begins.
    pub begins: Timestamp,
    /// Whom the cases are about.
    pub clients: Vec<Person>,
    _folder: tempfile::TempDir,
}

impl Model {
    /// Makes the model of a seed with its last instant.
    ///
    /// # Errors
    /// A rule refuses: then the demonstration and the rules do not fit together.
    pub async fn make(seed: u64, now: Timestamp) -> Result<Model> {
        let folder = tempfile::Builder::new().prefix("xinqiao-model-").tempdir()?;
        let database = format!("sqlite:{}", folder.path().join("model.sqlite").display());
        let keys = Keys::open(&folder.path().join("model.keys"))?;
        let app = App::new(Db::open(&database).await?, keys).await?.at(now);
        // Nobody misses it where it is cut off.
        app.db.fill(true).await?;
        let mut settings = Settings::embedded()?;
        settings.as_of = super::beginning(&app)?.1;
        settings.supply.county_wide = Some(PLACES);
        settings.supply.talents_per_institution = 0;
        let county = County::of(&Divisions::embedded()?, settings.county)?;
        let population = Population::new(settings, Seed::new(seed), county, PEOPLE)?;
        let (lists, errors) = (folder.path().join("lists"), Errors::none());
        let files = Files { folder: &lists, encoding: Encoding::Utf8, spreadsheet: false, errors: &errors };
        let staff = set_up(&app, &population, &files).await?.staff;
        let stage = play::Stage {
            app: &app,
            population: &population,
            staff: &staff,
            client: None,
            rests: &RESTS,
            care: false,
        };
        let clients = play::play(&stage).await?;
        tracing::info!(cases = clients.len(), "the model county is played");
        let begins = super::beginning(&app)?.0;
        Ok(Model { app, begins, population, staff, clients, _folder: folder })
    }
}

/// Committees with an account.
pub use super::staff::COMMITTEES;

/// The villages whose committees have an account.
pub fn committees(population: &Population) -> Vec<Village> {
    super::staff::committees(population).cloned().collect()
}

/// Where one case of the model is transferred to.
pub fn neighbour(county: &County) -> i64 {
    super::staff::neighbour(county)
}
