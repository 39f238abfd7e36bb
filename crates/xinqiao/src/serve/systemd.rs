//! What a service manager hears and gives: that the server is ready, that it lives, that it ends (`sd_notify`), and the
//! socket that was opened for it (`LISTEN_FDS`). Without a service manager nothing is said and nothing taken.

use anyhow::{Context, Result};
use std::{env, ffi::OsStr, io, os::unix::net::UnixDatagram, time::Duration};

/// While the schema is brought up to date, the manager is asked for this long at a time, before it is over.
const MORE: Duration = Duration::from_secs(60);

/// Says something to the service manager; whoever has none is told nothing.
pub fn tell(what: &str) {
    let Some(place) = env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&place, what) {
        tracing::warn!(error = %error, "the service manager could not be told: {what}");
    }
}

fn send(place: &OsStr, what: &str) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let socket = UnixDatagram::unbound()?;
    match place.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => {
            use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};
            socket.send_to_addr(what.as_bytes(), &SocketAddr::from_abstract_name(name)?)?;
        }
        _ => {
            socket.send_to(what.as_bytes(), place)?;
        }
    }
    Ok(())
}

/// Until it is dropped, asks the service manager not to lose patience: a step of the schema may take minutes.
pub struct Patience(tokio::task::JoinHandle<()>);

impl Patience {
    /// Begins to ask.
    pub fn asked() -> Patience {
        Patience(tokio::spawn(async {
            loop {
                tell(&format!("EXTEND_TIMEOUT_USEC={}", MORE.as_micros()));
                tokio::time::sleep(MORE / 3).await;
            }
        }))
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Says that it lives as often as the manager asks for, if it does. It is a task like those that answer requests: where they
/// no longer get a turn, nor does it.
pub fn watched() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let own = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let Some(within) = number("WATCHDOG_USEC").filter(|within| own && *within > 0) else { return };
    tokio::spawn(async move {
        loop {
            tell("WATCHDOG=1");
            tokio::time::sleep(Duration::from_micros(within / 3)).await;
        }
    });
}

/// The socket that the service manager opened, where it did: it stays open while one program ends and the next begins.
///
/// # Errors
/// What was given is no listening socket.
pub fn socket() -> Result<Option<tokio::net::TcpListener>> {
    let given = listenfd::ListenFd::from_env().take_tcp_listener(0).context("the socket of LISTEN_FDS")?;
    let Some(listener) = given else { return Ok(None) };
    listener.set_nonblocking(true)?;
    Ok(Some(tokio::net::TcpListener::from_std(listener)?))
}
