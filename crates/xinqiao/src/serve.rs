//! `xinqiao serve`: pages, API and the background clock, until the process is told to stop.

mod presence;
mod systemd;

use crate::{
    backup::scheduled::BackupSettings,
    identity_provider::ProviderArgs,
    limits::LimitsArgs,
    open::{DatabaseArgs, ReplicaArgs, open},
    sign_in::SignInArgs,
    tls::{TlsFiles, TlsListener},
    traces::{TracesArgs, Tracing},
};
use anyhow::{Context, Result};
use app::App;
use axum::serve::{Listener, ListenerExt};
use clap::Args;
use jiff::SignedDuration;
use presence::Presence;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::watch};
use web::{Duty, Settings, Transport};

/// Arguments of `xinqiao serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where to listen.
    #[arg(long, env = "XINQIAO_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Browsers reach the site over TLS alone: the session's cookie is for TLS and this host, whatever a proxy says.
    #[arg(long, env = "XINQIAO_BEHIND_TLS")]
    behind_tls: bool,
    /// Address of a proxy whose X-Forwarded-Proto and X-Forwarded-For are believed; those on this machine are anyway.
    #[arg(long = "proxy", env = "XINQIAO_PROXIES", value_name = "ADDR", value_delimiter = ',')]
    proxies: Vec<IpAddr>,
    /// Whoever sends this bearer token may collect /metrics; without it, programs on this machine may.
    #[arg(long, env = "XINQIAO_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    metrics_token: Option<String>,
    /// Serve over TLS with the chain of this file (PEM, the own certificate first); renewed files are taken up within a
    /// minute.
    #[arg(long, env = "XINQIAO_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's key (PEM), which only its owner may read.
    #[arg(long, env = "XINQIAO_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Told to stop, go on answering for this long, such as 5s, while /readyz says that requests should be sent elsewhere.
    #[arg(long, env = "XINQIAO_DRAIN", value_name = "TIME", default_value = "0s")]
    drain: SignedDuration,
    #[command(flatten)]
    replicas: ReplicaArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(flatten)]
    limits: LimitsArgs,
    #[command(flatten)]
    backup: BackupSettings,
    #[command(flatten)]
    pub traces: TracesArgs,
    /// Print a JSON line that says where it listens.
    #[arg(long)]
    json: bool,
}

impl ServeArgs {
    fn settings(&self) -> Result<Settings> {
        let behind_tls = self.behind_tls || self.tls().is_some();
        let transport = Transport { behind_tls, proxies: self.proxies.clone() };
        let metrics_token = self.metrics_token.clone().filter(|token| !token.is_empty());
        let (provider, bounding) = (self.provider.provider()?, self.limits.bounding()?);
        Ok(Settings { transport, metrics_token, provider, bounding, duty: Duty::default(), traces: None })
    }

    fn tls(&self) -> Option<TlsFiles> {
        let (certificate, key) = (self.tls_certificate.clone()?, self.tls_key.clone()?);
        let named = !certificate.as_os_str().is_empty() && !key.as_os_str().is_empty();
        named.then_some(TlsFiles { certificate, key })
    }
}

/// Time between two turns of the background clock.
const TURN: Duration = Duration::from_secs(30);
/// Portions of jobs in one turn at most.
const PORTIONS: usize = 20;
/// How long jobs may take of one turn.
const LONGEST_TURN: Duration = Duration::from_secs(25);
/// Requests under way when the process is told to stop get this long.
const FAREWELL: Duration = Duration::from_secs(10);

/// Runs `xinqiao serve`.
///
/// # Errors
/// The database or the address cannot be opened.
pub async fn run(arguments: &ServeArgs, tracing: Option<Tracing>) -> Result<ExitCode> {
    let policy = arguments.sign_in.policy();
    if !policy.second_factor {
        tracing::warn!(
            "a password alone opens every account; --require-second-factor asks for a second factor"
        );
    }
    let mut settings = arguments.settings()?;
    let patience = systemd::Patience::asked();
    let mut app = arguments.sign_in.applied(&open(&arguments.database).await?, None)?;
    app.db = arguments.replicas.with(&app.db).await?;
    for replica in app.db.replicas().iter().filter(|replica| !replica.used) {
        tracing::warn!(replica = replica.address, why = replica.trouble, "replica left out");
    }
    drop(patience);
    // The first request shall not wait for them.
    app.divisions.ready()?;
    for role in app::account::admin::vacant_powers(&app).await? {
        tracing::warn!(role = role.code(), "nobody holds this power; `xinqiao user add` adds somebody");
    }
    let schedule = arguments.backup.schedule(&arguments.database.keys)?;
    let listener = match systemd::socket()? {
        Some(given) => {
            tracing::info!("the service manager's socket is used instead of --listen");
            given
        }
        None => bind(arguments.listen).await?,
    };
    let presence = Presence::begin(&app.db, &settings.duty).await?;
    let (stop, stopped) = watch::channel(false);
    let presence = tokio::spawn(presence.keep(stopped.clone()));
    let exporter = tracing.map(|tracing| {
        settings.traces = Some(tracing.traces);
        tokio::spawn(tracing.exporter.run(stopped))
    });
    // One that is under way when the program ends is taken anew a quarter of an hour later, when its turn is over.
    let backups = schedule.map(|schedule| tokio::spawn(schedule.run(app.clone())));
    let drain = arguments.drain.unsigned_abs();
    match arguments.tls() {
        Some(files) => {
            let listener = TlsListener::new(listener, files)?;
            announce("https", listener.local_addr()?, arguments.json)?;
            serve(app, listener, settings, drain).await?;
        }
        None => {
            announce("http", listener.local_addr()?, arguments.json)?;
            serve(app, listener, settings, drain).await?;
        }
    }
    if let Some(backups) = backups {
        backups.abort();
    }
    stop.send_replace(true);
    presence.await.context("the word that this server has ended")?;
    if let Some(exporter) = exporter {
        exporter.await.context("the last traces")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the address.
///
/// # Errors
/// Another program has it, or it is not of this machine.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Says on standard output where the site is.
///
/// # Errors
/// Standard output is closed.
pub fn announce(scheme: &str, address: SocketAddr, json: bool) -> Result<()> {
    use std::io::Write;
    let address = format!("{scheme}://{address}");
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::json!({ "listening": address }))?;
    } else {
        writeln!(out, "{address}")?;
    }
    Ok(out.flush()?)
}

/// Serves until the process is told to stop (SIGTERM or Ctrl-C). For `drain` others are told to send nothing more, and what
/// comes is still answered; then requests under way are finished.
///
/// # Errors
/// The imports that were cut off cannot be taken back, or the listener fails.
pub async fn serve<L>(app: App, listener: L, settings: Settings, drain: Duration) -> Result<()>
where
    L: Listener<Addr = SocketAddr>,
{
    recover_imports(&app).await?;
    let mut signals = Signals::listen();
    let (stop, stopped) = watch::channel(false);
    let mut clock = tokio::spawn(turn_clock(app.clone(), stopped.clone()));
    let (closing, duty) = (app.clone(), settings.duty.clone());
    let site = web::site_with(app, settings).into_make_service_with_connect_info::<SocketAddr>();
    // Any listener tells its addresses once something is tapped.
    let listener = listener.tap_io(|_| {});
    let server = axum::serve(listener, site).with_graceful_shutdown(told(stopped));
    let mut server = std::pin::pin!(server.into_future());
    systemd::tell("READY=1");
    systemd::watched();
    tokio::select! {
        ended = &mut server => ended?,
        () = signals.next() => {
            tracing::info!(seconds = drain.as_secs(), "told to stop");
            systemd::tell("STOPPING=1");
            duty.drain();
            let ended = tokio::select! {
                ended = &mut server => Some(ended),
                () = signals.next() => None,
                () = tokio::time::sleep(drain) => None,
            };
            stop.send_replace(true);
            match ended {
                Some(ended) => ended?,
                // Streams of live updates never end by themselves.
                None => if let Ok(ended) = tokio::time::timeout(FAREWELL, &mut server).await {
                    ended?;
                },
            }
        }
    }
    stop.send_replace(true);
    // A turn that goes on is cut off as by a crash: what it had begun is taken back, and another server does it.
    match tokio::time::timeout(FAREWELL, &mut clock).await {
        Ok(ended) => ended.context("the background clock")?,
        Err(_) => clock.abort(),
    }
    // What was done until now can no longer be rewritten unnoticed while the program is down.
    if let Err(error) = app::audit::checkpoint(&closing).await {
        tracing::error!(error = %error, "checkpoint of the log");
    }
    Ok(())
}

/// Takes back the imports of programs that were killed.
async fn recover_imports(app: &App) -> app::Result<()> {
    let taken_back = app::import::recover(app).await?;
    if !taken_back.is_empty() {
        tracing::warn!(imports = taken_back.len(), "imports that were cut off were taken back");
    }
    Ok(())
}

/// Returns when it is time to stop, or when nobody can say so any more.
async fn told(mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        if stopped.changed().await.is_err() {
            return;
        }
    }
}

async fn turn_clock(app: App, stopped: watch::Receiver<bool>) {
    let mut told = std::pin::pin!(told(stopped.clone()));
    let mut turns = tokio::time::interval(TURN);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {
                if let Err(error) = app::institution::forget_old_answers(&app).await {
                    tracing::error!(error = %error, "answers of the year before");
                }
                if let Err(error) = recover_imports(&app).await {
                    tracing::error!(error = %error, "imports that were cut off");
                }
                if let Err(error) = app::import::forget_unfinished(&app).await {
                    tracing::error!(error = %error, "lists that never came whole");
                }
                match app::referral::tick(&app).await {
                    Ok(ticked) => tracing::debug!(commands = ticked.commands, told = ticked.told, placed = ticked.placed, "clock"),
                    Err(error) => tracing::error!(error = %error, "clock"),
                }
                match app::question::turn(&app).await {
                    Ok(turned) => tracing::debug!(late = turned.late, closed = turned.closed, "question desk"),
                    Err(error) => tracing::error!(error = %error, "question desk"),
                }
                if let Err(error) = app.keys.refresh(&app.db).await {
                    tracing::error!(error = %error, "data keys");
                }
                turn_jobs(&app, &stopped).await;
                if let Err(error) = app::audit::checkpoint_when_due(&app).await {
                    tracing::error!(error = %error, "checkpoint of the log");
                }
            }
            () = &mut told => return,
        }
    }
}

/// Work that was put off, in portions; what is left waits for the next turn. Sealing anew with a new key takes thousands
/// of short portions: it goes on for most of the turn and leaves the database to others for as long as it took.
async fn turn_jobs(app: &App, stopped: &watch::Receiver<bool>) {
    let (turn, mut portions) = (Instant::now(), 0);
    while portions < PORTIONS && turn.elapsed() < LONGEST_TURN && !*stopped.borrow() {
        let portion = Instant::now();
        match app::job::turn(app).await {
            Ok(None) => return,
            Ok(Some(turned)) => {
                tracing::debug!(kind = turned.kind, done = turned.done, finished = turned.finished, "job");
                if turned.kind == app::seal::JOB {
                    tokio::time::sleep(portion.elapsed()).await;
                    continue;
                }
            }
            Err(error) => tracing::error!(error = %error, "job"),
        }
        portions += 1;
    }
}

/// What tells the process to stop, heard from the moment this is made: a signal that comes before anybody waits is not lost, and
/// does not end the process at once.
struct Signals {
    #[cfg(unix)]
    heard: Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
}

impl Signals {
    fn listen() -> Signals {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            // Without a handler the signal ends the process at once, which is also safe.
            let both = signal(SignalKind::interrupt()).ok().zip(signal(SignalKind::terminate()).ok());
            Signals { heard: both }
        }
        #[cfg(not(unix))]
        Signals {}
    }

    /// Returns when the process is told to stop, once for each time.
    async fn next(&mut self) {
        #[cfg(unix)]
        match &mut self.heard {
            Some((interrupt, terminate)) => tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            },
            None => std::future::pending().await,
        }
        #[cfg(not(unix))]
        drop(tokio::signal::ctrl_c().await);
    }
}
