//! `xinqiao synth --direct`: a whole country in a database, as the program would have written it over a year.

pub mod cast;
mod county;
mod divide;
pub mod people;

use super::{SynthArgs, chance::Topic};
use crate::demo::{Account, model::Model};
use anyhow::{Context, Result, bail};
use app::{
    App,
    account::{self, NewAccount},
    bulk,
    db::{Db, hide_password},
    id::Id,
    seal::Keys,
};
use cast::Cast;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp, civil::Date};
use people::{Made, Maker};
use rand::Rng;
use rules::account::Role;
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

/// Fills an empty database.
///
/// # Errors
/// The database is in use, gone or full.
pub async fn run(arguments: &SynthArgs, address: &str) -> Result<ExitCode> {
    let started = Instant::now();
    let until = match arguments.until {
        Some(day) => day,
        None => rules::clock::china_date(Timestamp::now()).yesterday()?,
    };
    let db = Db::open(address).await?;
    let app = App::new(db, Keys::open(&arguments.keys)?).await?;
    if !bulk::is_empty(&app).await? {
        bail!("{} holds data already; choose an empty database", hide_password(address));
    }
    let bar = progress(arguments.people);
    bar.set_message("model county");
    let model = Model::make(arguments.seed, evening(until)?).await?;
    let cast = Cast::cut(&model).await?;
    let password = password(&model);
    let hash = account::hash_of(&password).await?;
    let shares = divide::shares(&app.divisions, arguments.people)?;
    let folder = tempfile::Builder::new().prefix("xinqiao-synth-").tempdir_in(beside(address))?;
    let (filler, sorted) = bulk::Filler::new(&app, folder.path())?;
    let (model, cast) = (Arc::new(model), Arc::new(cast));
    let making = {
        let (app, model, cast, bar) = (app.clone(), Arc::clone(&model), Arc::clone(&cast), bar.clone());
        let cases = arguments.cases_in_100;
        std::thread::spawn(move || Maker::new(&app, &model, &cast, filler, &hash, cases)?.make(&shares, &bar))
    };
    let stored = bulk::store(&app, sorted, &|what, rows| bar.set_message(format!("{what} {rows}"))).await;
    let made = making.join().map_err(|_| anyhow::anyhow!("making rows broke"))?;
    let stored = stored.with_context(|| {
        format!("{} is only half filled: delete it before the next try", hide_password(address))
    })?;
    let made = made?;
    let accounts = accounts(&app, &model, &cast, &made, &password).await?;
    bar.finish_and_clear();
    let figures = json!({
        "people": arguments.people,
        "cases": made.cases,
        "events": stored.get("referral_event"),
        "counties": made.counties,
        "rows": stored.values().sum::<u64>(),
        "tables": stored,
        "seconds": started.elapsed().as_secs_f64(),
    });
    show(&accounts, &figures, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Where rows wait to be sorted: beside the database, where there is room for it.
fn beside(address: &str) -> std::path::PathBuf {
    let file = address.strip_prefix("sqlite:").map(Path::new).and_then(Path::parent);
    match file {
        Some(folder) if folder.as_os_str().is_empty() => ".".into(),
        Some(folder) => folder.to_owned(),
        None => std::env::temp_dir(),
    }
}

/// The last instant of a day's work, China time.
fn evening(day: Date) -> Result<Timestamp> {
    Ok(rules::clock::start_of(day).checked_add(SignedDuration::from_hours(20))?)
}

fn progress(people: u64) -> ProgressBar {
    let bar = super::progress(people);
    if let Ok(style) = ProgressStyle::with_template("{elapsed} {bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

/// One password for everybody; the seed's.
fn password(model: &Model) -> String {
    let chance = &mut model.population.seed().stream(Topic::Accounts, 2_000_000);
    format!("Xq-{:08x}", chance.random::<u32>())
}

/// The days that the tokens are valid.
const TOKEN_DAYS: i64 = 365;

/// Accounts of the whole country and of the province, and those of one county that are made known.
async fn accounts(
    app: &App,
    model: &Model,
    cast: &Cast,
    made: &Made,
    password: &str,
) -> Result<Vec<Account>> {
    let province = made.county / 10_000_000_000 * 10_000_000_000;
    let code = rules::division::DivisionCode::new(province)?;
    let above = app.divisions.get(code).map(|division| division.name).unwrap_or_default();
    let mut known: BTreeMap<usize, Id> = BTreeMap::new();
    for (number, (username, role, kind, name, division)) in [
        (
            "nation.supervisor",
            Role::Supervisor,
            "supervision",
            "全国社区康复监管办公室（合成）".to_owned(),
            0,
        ),
        (
            "nation.administrator",
            Role::Administrator,
            "platform",
            "全国转介平台运行单位（合成）".to_owned(),
            0,
        ),
        (
            "province.officer",
            Role::CivilAffairsOfficer,
            "civil_affairs",
            format!("{above}民政厅（合成）"),
            province,
        ),
        (
            "province.supervisor",
            Role::Supervisor,
            "supervision",
            format!("{above}社区康复监管办公室（合成）"),
            province,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut tx = app.db.begin().await?;
        let organisation = account::add_organisation(app, &mut tx, kind, &name, division).await?;
        let chance = &mut model.population.seed().stream(Topic::Accounts, 2_000_001 + u64::try_from(number)?);
        let new = NewAccount {
            username: username.to_owned(),
            name: model.population.names().draw(chance, rules::identity_number::Sex::Female, 0.2).whole(),
            password: password.to_owned(),
            role: role.code().to_owned(),
            organisation,
            division: Some(division),
            person: None,
        };
        known.insert(number, account::add(app, &mut tx, &new).await.map_err(crate::user::explained)?);
        tx.commit().await?;
    }
    let mut ids: Vec<Id> = known.into_values().collect();
    for member in model.staff.all().filter(|member| !member.scope.role.is_institution_staff()) {
        let place = cast.account(model, &member.account.username)?;
        let own = cast.ids.get(place).is_some_and(|(_, level)| *level != cast::Level::Neighbour);
        ids.extend(made.site.ids.get(place).filter(|_| own).map(|id| Id(*id)));
    }
    ids.extend(made.houses.iter().flat_map(|house| house.ids.iter().skip(1)).map(|id| Id(*id)));
    let mut accounts = Vec::new();
    for id in ids {
        let found = account::get(app, id).await?;
        accounts.push(Account {
            role: found.role.clone(),
            username: found.username.clone(),
            password: password.to_owned(),
            api_token: account::new_token(app, id, "demonstration", TOKEN_DAYS).await?,
            organisation: found.organisation.clone(),
            division: found.division.to_string(),
        });
    }
    Ok(accounts)
}

fn show(accounts: &[Account], figures: &serde_json::Value, as_json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        for account in accounts {
            writeln!(out, "{}", serde_json::to_string(account)?)?;
        }
        writeln!(out, "{figures}")?;
        return Ok(());
    }
    writeln!(out, "所有人员均为合成数据。All persons are synthetic; everybody knows this password.")?;
    for account in accounts {
        let Account { username, password, role, organisation, division, .. } = account;
        writeln!(out, "{username:<24}{password:<14}{role:<22}{division:<14}{organisation}")?;
    }
    for (what, number) in figures.as_object().into_iter().flatten().filter(|(_, n)| n.is_number()) {
        writeln!(out, "{what:<10}{number}")?;
    }
    Ok(())
}
