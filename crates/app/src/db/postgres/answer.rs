//! A server that no longer answers. One whose machine is frozen, or whose network swallows everything, cuts no connection:
//! whoever waits for it would wait for ever. A statement that takes long asks on another connection whether the server is
//! still there, so that long work may last and a silent server is soon known.

use super::{Error, Result};
use deadpool_postgres::{Object, Pool};
use std::time::Duration;
use tokio_postgres::Config;

/// After so long without an answer the server is asked whether it is still there, and has as long to say so.
pub(super) const SILENCE: Duration = Duration::from_secs(4);

/// How long to wait for one host before the next of the address is tried.
const REACHED: Duration = Duration::from_secs(3);
/// How long what was sent may stay without a receipt, and an idle connection without a sign of life.
const RECEIVED: Duration = Duration::from_secs(10);
/// How often a sign of life is asked for then, and how often in vain.
const SIGNS: (Duration, u32) = (Duration::from_secs(3), 3);

/// Lets the operating system notice a machine that is gone, where the address does not say how.
pub(super) fn watch_over(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(REACHED);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(RECEIVED);
    }
    if config.get_keepalives_interval().is_none() && config.get_keepalives_retries().is_none() {
        config.keepalives_idle(RECEIVED).keepalives_interval(SIGNS.0).keepalives_retries(SIGNS.1);
    }
}

/// Waits for what is done on a connection, however long it takes, as long as the server is there.
pub(in crate::db) async fn answered<T>(
    connection: &Object,
    work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            outcome = &mut work => return Ok(outcome?),
            there = still_there(connection) => if !there { return Err(Error::Silent) },
        }
    }
}

/// Says after a while whether the server is there.
async fn still_there(connection: &Object) -> bool {
    tokio::time::sleep(SILENCE).await;
    match Object::pool(connection) {
        Some(pool) => answers(&pool).await,
        None => true,
    }
}

/// Whether the server takes a further connection, or refuses it.
async fn answers(pool: &Pool) -> bool {
    use deadpool::managed::Manager;
    match tokio::time::timeout(SILENCE, pool.manager().create()).await {
        Ok(Ok(_)) => true,
        // 57P: it comes up again, and knows nothing of who was connected before.
        Ok(Err(error)) => error.code().is_some_and(|code| !code.code().starts_with("57P")),
        Err(_) => false,
    }
}
