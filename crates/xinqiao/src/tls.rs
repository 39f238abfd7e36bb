//! TLS of the program's own listener: certificate and key from files, looked at again once a minute. Handshakes are made beside
//! each other and bounded in time and number, so that whoever begins one and goes no further holds up nobody.

use crate::private_file;
use anyhow::{Context, Result, bail};
use axum::serve::Listener;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
    time::{Duration, SystemTime},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How long a handshake may take.
const LONGEST: Duration = Duration::from_secs(10);
/// Handshakes under way at most; what comes on top is sent away at once.
const MOST: usize = 1024;
/// Of them for one address: an office behind one address opens its pages at the same minute.
const MOST_OF_ONE: usize = 64;
/// How often the files are looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// Rest after an error of the listener, such as too many open files.
const REST: Duration = Duration::from_millis(200);

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, the own certificate first (PEM).
    pub certificate: PathBuf,
    /// Its key (PEM), which only its owner may read.
    pub key: PathBuf,
}

impl TlsFiles {
    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey> {
        let shown = self.certificate.display();
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .with_context(|| format!("--tls-certificate {shown}"))?;
        if chain.is_empty() {
            bail!("--tls-certificate {shown}: there is no certificate in it");
        }
        let shown = self.key.display();
        let pem = private_file::read(&self.key).with_context(|| format!("--tls-key {shown}"))?;
        let key =
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).with_context(|| format!("--tls-key {shown}"))?;
        CertifiedKey::from_der(chain, key, provider)
            .with_context(|| format!("--tls-key {shown} is not the key of the certificate"))
    }

    /// What changes when a file is written anew or another one takes its place.
    fn marks(&self) -> Option<[(SystemTime, u64); 2]> {
        let mark = |path: &Path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        Some([mark(&self.certificate)?, mark(&self.key)?])
    }
}

/// The certificate that is shown now.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().ok().map(|shown| Arc::clone(&shown))
    }
}

/// A listener that speaks TLS 1.2 and 1.3.
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl TlsListener {
    /// Puts TLS around a listener.
    ///
    /// # Errors
    /// A file cannot be read, others may read the key, or the key is not the certificate's.
    pub fn new(listener: TcpListener, files: TlsFiles) -> Result<TlsListener> {
        TlsListener::looking(listener, files, LOOK_AGAIN)
    }

    /// The same, looking at the files as often as that.
    fn looking(listener: TcpListener, files: TlsFiles, often: Duration) -> Result<TlsListener> {
        let provider = Arc::new(ring::default_provider());
        let marks = files.marks();
        let shown = Arc::new(Shown(RwLock::new(Arc::new(files.read(&provider)?))));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Shown>::clone(&shown));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let address = listener.local_addr()?;
        let (send, ready) = mpsc::channel(MOST);
        let door = Door {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            room: Arc::new(Semaphore::new(MOST)),
            of_one: Arc::default(),
            send,
        };
        let tasks =
            [tokio::spawn(door.open(listener)), tokio::spawn(renew(shown, files, marks, often, provider))];
        Ok(TlsListener { address, ready, tasks })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The task that accepts has ended, which it does with this listener alone.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Shows a renewed certificate once its files are whole; until then the old one.
async fn renew(
    shown: Arc<Shown>,
    files: TlsFiles,
    mut marks: Option<[(SystemTime, u64); 2]>,
    often: Duration,
    provider: Arc<CryptoProvider>,
) {
    loop {
        tokio::time::sleep(often).await;
        let now = files.marks();
        if now == marks {
            continue;
        }
        match files.read(&provider) {
            Ok(read) => {
                if let Ok(mut shown) = shown.0.write() {
                    *shown = Arc::new(read);
                }
                // What is looked at next time is what was there before it was read: a file that changed meanwhile is read again.
                marks = now;
                tracing::info!("a renewed certificate is shown");
            }
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the certificate was not renewed; the old one is shown"
                );
            }
        }
    }
}

/// Handshakes under way, by address.
type OfOne = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// What makes connections of what knocks.
struct Door {
    acceptor: TlsAcceptor,
    room: Arc<Semaphore>,
    of_one: OfOne,
    send: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
}

/// A handshake's place among the others, given back when it ends.
struct Place {
    address: IpAddr,
    of_one: OfOne,
    _room: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(mut of_one) = self.of_one.lock() else { return };
        if let Some(count) = of_one.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                of_one.remove(&self.address);
            }
        }
    }
}

impl Door {
    async fn open(self, listener: TcpListener) {
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(error = %error, "a connection was not accepted");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let Some(place) = self.place(peer.ip()) else { continue };
            let (acceptor, send) = (self.acceptor.clone(), self.send.clone());
            tokio::spawn(async move {
                let handshake = tokio::time::timeout(LONGEST, acceptor.accept(stream));
                let made = handshake.await;
                drop(place);
                match made {
                    // The listener ended meanwhile: the connection ends with it.
                    Ok(Ok(stream)) => drop(send.send((stream, peer)).await),
                    Ok(Err(error)) => tracing::debug!(error = %error, "a handshake failed"),
                    Err(_) => tracing::debug!("a handshake took too long"),
                }
            });
        }
    }

    /// A place for one more handshake, if there is one.
    fn place(&self, address: IpAddr) -> Option<Place> {
        let room = Arc::clone(&self.room).try_acquire_owned().ok()?;
        let mut of_one = self.of_one.lock().ok()?;
        let count = of_one.entry(address).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place { address, of_one: Arc::clone(&self.of_one), _room: room })
    }
}

#[cfg(test)]
mod tests;
