//! While it serves, a server says that it is there and which steps of the schema it knows, and runs those that waited until
//! older servers were gone.

use app::{db::Db, migrate, server};
use std::time::Duration;
use tokio::sync::watch;
use web::Duty;

/// How often it gives a sign of life; without one for two minutes it is gone.
const SIGN: Duration = Duration::from_secs(20);

/// A server that others on the same database know of.
pub struct Presence {
    db: Db,
    own: server::Server,
    duty: Duty,
}

impl Presence {
    /// Says that it is there.
    ///
    /// # Errors
    /// The database has a step that this program cannot work with, or is gone.
    pub async fn begin(db: &Db, duty: &Duty) -> app::Result<Presence> {
        let own = server::begins(env!("CARGO_PKG_VERSION"), place());
        server::announce(db, &own).await?;
        Ok(Presence { db: db.clone(), own, duty: duty.clone() })
    }

    /// Goes on saying so until it is time to stop.
    pub async fn keep(self, stopped: watch::Receiver<bool>) {
        let mut told = std::pin::pin!(super::told(stopped));
        // A step may take or wait for many minutes, in which the signs of life go on.
        let mut steps = tokio::spawn(async {});
        loop {
            tokio::select! {
                () = tokio::time::sleep(SIGN) => {
                    if self.sign().await && steps.is_finished() {
                        steps = tokio::spawn(wait_for_older(self.db.clone()));
                    }
                }
                () = &mut told => break,
            }
        }
        // What it has begun is rolled back, and is begun anew by whoever starts next.
        steps.abort();
        if let Err(error) = server::leave(&self.db, &self.own).await {
            tracing::warn!(error = %error, "others will know after two minutes that this server has ended");
        }
    }

    /// Gives a sign of life. False where the schema has gone beyond this program.
    async fn sign(&self) -> bool {
        match server::seen(&self.db, &self.own).await {
            Ok(()) => self.duty.outgrown(false),
            // Then the database says what is wrong, by itself.
            Err(error) if error.is_outage() || error.is_conflict() => {}
            Err(error) => {
                tracing::error!(error = %error, "this server cannot work with the schema");
                self.duty.outgrown(true);
                return false;
            }
        }
        true
    }
}

/// Runs what waited for older servers, and says so.
async fn wait_for_older(db: Db) {
    match waited(&db).await {
        Ok(steps) if steps.is_empty() => {}
        Ok(steps) => tracing::info!(steps = steps.join(", "), "steps that waited for older servers ran"),
        Err(error) => tracing::error!(error = %error, "steps that wait"),
    }
}

/// Runs what waited, where nobody is left that it waits for.
async fn waited(db: &Db) -> app::Result<Vec<&'static str>> {
    if migrate::outstanding(db).await?.is_empty() {
        return Ok(Vec::new());
    }
    migrate::run(db).await
}

/// Machine and process.
fn place() -> String {
    let name = rustix::system::uname();
    format!("{}, process {}", name.nodename().to_string_lossy(), std::process::id())
}
