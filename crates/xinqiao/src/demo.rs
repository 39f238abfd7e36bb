//! `xinqiao demo`: a synthetic county with its lists, libraries, staff and cases, made by the same actions as users
//! take, and served on this machine.

mod care;
mod conference;
mod device;
mod files;
mod followup;
mod followup_money;
mod followup_paper;
mod forms;
mod lists;
pub(crate) mod model;
mod outreach;
mod play;
mod question;
mod research;
mod scale;
mod script;
mod share;
mod staff;
mod supervision;
mod supply;
mod workforce;

use crate::{
    identity_provider::ProviderArgs,
    limits::LimitsArgs,
    serve,
    sign_in::{SignInArgs, of_this_machine},
    synth::{self, Encoding, Errors, Files, Person, Population},
};
use anyhow::{Context, Result, bail};
use app::{App, db::Db, id::Id, seal::Keys};
use clap::Args;
use jiff::ToSpan;
use rules::account::Role;
use script::Age;
use staff::Office;
pub(crate) use staff::{Account, Staff};
use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Arguments of `xinqiao demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Persons on the lists together.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    people: u64,
    /// The same seed makes the same county and the same passwords.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Keep the demonstration in this folder and use it again; without it a temporary folder is removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the data in this empty database instead of a file of the folder: `postgres://…`.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The county (12 digits).
    #[arg(long, value_name = "CODE")]
    division: Option<i64>,
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Listen on an address that other machines reach, although the passwords are known to everybody.
    #[arg(long)]
    allow_network: bool,
    #[command(flatten)]
    sign_in: SignInArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(flatten)]
    limits: LimitsArgs,
    /// Print one JSON line for each account, then where it listens.
    #[arg(long)]
    json: bool,
    /// Make the demonstration and end.
    #[arg(long)]
    no_serve: bool,
}

/// The play begins so many days before the present.
const DAYS: i64 = 365;
const DATABASE: &str = "xinqiao.sqlite";
const KEYS: &str = "xinqiao.keys";
/// Written last: a folder with it holds a whole demonstration.
const ACCOUNTS: &str = "demo-accounts.json";

/// Runs `xinqiao demo`.
///
/// # Errors
/// The address is not of this machine alone, the folder holds something else, or the set-up fails.
pub async fn run(arguments: &DemoArgs) -> Result<ExitCode> {
    if !arguments.listen.ip().is_loopback() && !arguments.allow_network {
        bail!(
            "{} can be reached by other machines, and everybody knows the passwords of a demonstration; \
             --allow-network does it all the same",
            arguments.listen
        );
    }
    let settings = web::Settings {
        provider: arguments.provider.provider()?,
        bounding: arguments.limits.bounding()?,
        ..web::Settings::default()
    };
    // Before the set-up, so that an address in use is told at once.
    let listener = serve::bind(arguments.listen).await?;
    let temporary = match &arguments.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("xinqiao-demo-").tempdir()?),
    };
    let folder = match (&arguments.data, &temporary) {
        (Some(folder), _) => folder.as_path(),
        (None, Some(temporary)) => temporary.path(),
        (None, None) => bail!("no folder"),
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (app, accounts) = prepare(arguments, folder).await?;
    show(&accounts, folder, arguments)?;
    if arguments.no_serve {
        return Ok(ExitCode::SUCCESS);
    }
    serve::announce("http", listener.local_addr()?, arguments.json)?;
    let app = arguments.sign_in.applied(&app, of_this_machine(listener.local_addr()?))?;
    serve::serve(app, listener, settings, std::time::Duration::ZERO).await?;
    Ok(ExitCode::SUCCESS)
}

/// The demonstration of the folder, made now where there is none.
async fn prepare(arguments: &DemoArgs, folder: &Path) -> Result<(App, Vec<Account>)> {
    let (database, accounts) = (folder.join(DATABASE), folder.join(ACCOUNTS));
    let address = arguments.database.clone().unwrap_or_else(|| format!("sqlite:{}", database.display()));
    if accounts.exists() {
        let text = std::fs::read_to_string(&accounts)?;
        let accounts = serde_json::from_str(&text).with_context(|| accounts.display().to_string())?;
        let app = App::new(Db::open(&address).await?, Keys::open(&folder.join(KEYS))?).await?;
        return Ok((app, accounts));
    }
    if database.exists() {
        bail!(
            "{} holds a database but no whole demonstration; choose an empty folder, or empty this one",
            folder.display()
        );
    }
    let db = Db::open(&address).await?;
    // Until the accounts are written nobody takes it for whole.
    db.hasten(true).await?;
    let app = App::new(db, Keys::open(&folder.join(KEYS))?).await?;
    if app.db.opt::<(Id,)>("SELECT id FROM organisation LIMIT 1", Vec::new()).await?.is_some() {
        bail!("{} holds data already; choose an empty database", app::db::hide_password(&address));
    }
    let made = make(&app, arguments, folder).await?;
    app.db.hasten(false).await?;
    write_accounts(&accounts, &made)?;
    Ok((app, made))
}

/// Makes the county: lists, departments, libraries, register, cases.
async fn make(app: &App, arguments: &DemoArgs, folder: &Path) -> Result<Vec<Account>> {
    let (now, as_of) = (app.now(), beginning(app)?.1);
    let population = synth::population(arguments.people, arguments.seed, arguments.division, Some(as_of))?;
    let errors = Errors::embedded()?;
    let files = Files {
        folder: &folder.join("lists"),
        encoding: Encoding::Gb18030,
        spreadsheet: true,
        errors: &errors,
    };
    let mut office = set_up(app, &population, &files).await?;
    office.followup().await?;
    let client = client(&mut office, &population).await?;
    let staff = office.staff;
    let stage = play::Stage {
        app: &app.at(now),
        population: &population,
        staff: &staff,
        client,
        rests: &[],
        care: true,
    };
    let cases = play::play(&stage).await?;
    let results = scale::results(stage.app, &staff, &cases).await?;
    tracing::info!(cases = cases.len(), results, "cases played");
    let records = followup::register(stage.app, &population, &staff).await?;
    tracing::info!(records, "records of the follow-up played");
    outreach::lately(stage.app, &staff).await?;
    files::papers(stage.app, &staff).await?;
    share::shares(stage.app, &staff).await?;
    research::project(stage.app, &staff).await?;
    device::phones(stage.app, &staff).await?;
    let reminded = app::reminder::tell_all(stage.app).await.map_err(crate::user::explained)?;
    tracing::info!(reminded, "workers reminded of what is due");
    let sessions = supervision::sessions(stage.app, &staff).await?;
    tracing::info!(sessions, "sessions of supervision");
    let questions = question::desk(stage.app, &staff).await?;
    let conferences = conference::conferences(stage.app, &staff).await?;
    tracing::info!(questions, conferences, "questions asked, conferences held");
    let trainings = workforce::work(stage.app, &staff).await?;
    tracing::info!(trainings, "staff employed and trained");
    Ok(staff.all().map(|member| member.account.clone()).collect())
}

/// When the play begins, and the day before it, on which the lists are dated.
fn beginning(app: &App) -> Result<(jiff::Timestamp, jiff::civil::Date)> {
    let beginning = app.now() - jiff::SignedDuration::from_hours(24 * DAYS);
    Ok((beginning, rules::clock::china_date(beginning).checked_sub(1.days())?))
}

/// A county before its first case: departments, libraries, and the lists taken in.
async fn set_up<'a>(app: &'a App, population: &'a Population, files: &Files<'_>) -> Result<Office<'a>> {
    std::fs::create_dir_all(files.folder)?;
    synth::write(population, files, &|_| ())?;
    let mut office =
        Office { app: app.at(beginning(app)?.0), present: app, population, staff: Staff::default() };
    office.departments().await?;
    office.libraries().await?;
    let dpf = if files.spreadsheet { "synthetic-dpf.xlsx" } else { "synthetic-dpf.csv" };
    for (sender, kind, file) in [("health", "smd", "synthetic-health.csv"), ("dpf", "dpf", dpf)] {
        let sender = office.staff.of(sender)?;
        let summary = lists::take_in(&office.app, sender, kind, &files.folder.join(file)).await?;
        tracing::info!(
            kind,
            rows = summary.rows,
            new = summary.new,
            linked = summary.linked,
            "list taken in"
        );
    }
    Ok(office)
}

/// An account for the first person of working age that the register knows by number.
async fn client(office: &mut Office<'_>, population: &Population) -> Result<Option<(Person, Id)>> {
    let organisation = office.organisation("assisting", "个人用户（合成）", population.county.code).await?;
    let officer = office.staff.of("civil.affairs")?.scope.clone();
    let mut found = None;
    let as_of = population.settings().as_of;
    for person in (0..population.people).map(|number| population.person(number)) {
        if !play::age_fits(Age::Working, &person, as_of) {
            continue;
        }
        let record = app::person::search::by_number(&office.app, &officer, &person.identity_number).await?;
        if let Some(record) = record {
            found = Some((person, record.id));
            break;
        }
    }
    let record = found.as_ref().map(|(_, record)| *record);
    office.client("client", Role::Client, organisation, record).await?;
    Ok(found)
}

fn write_accounts(path: &Path, accounts: &[Account]) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(serde_json::to_string_pretty(accounts)?.as_bytes())?;
    Ok(file.sync_all()?)
}

fn show(accounts: &[Account], folder: &Path, arguments: &DemoArgs) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        for account in accounts {
            writeln!(out, "{}", serde_json::to_string(account)?)?;
        }
        return Ok(out.flush()?);
    }
    writeln!(out, "演示系统：所有人员均为合成数据。This is a demonstration; all persons are synthetic.")?;
    writeln!(out, "不要录入真实信息。Do not enter real data: the passwords below are known to everybody.")?;
    writeln!(out, "{}\n", folder.display())?;
    for account in accounts {
        let Account { username, password, role, organisation, division, .. } = account;
        writeln!(out, "{username:<16}{password:<14}{role:<22}{division}  {organisation}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}
