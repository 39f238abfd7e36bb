//! The way out, to an identity provider and to a collector of traces: one request a connection, over TLS, bounded in time and
//! size. Redirects are not followed: a provider names its own addresses. Whoever is asked hears which trace it belongs to.

use crate::traces;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{fmt, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(10);
/// Bytes of an answer at most.
const MOST: usize = 1024 * 1024;

/// Why a request was not answered. Nothing of what the other side wrote is in it.
#[derive(Debug)]
pub(crate) struct Unreachable(&'static str);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unreachable {}

fn because<E>(reason: &'static str) -> impl FnOnce(E) -> Unreachable {
    move |_| Unreachable(reason)
}

/// What sends requests.
pub(crate) struct WayOut(TlsConnector);

impl WayOut {
    /// Trusts the authorities of a PEM text; without one, those that the machine trusts.
    pub(crate) fn new(authorities: Option<&[u8]>) -> Result<WayOut, String> {
        let mut roots = RootCertStore::empty();
        match authorities {
            Some(pem) => {
                for found in CertificateDer::pem_slice_iter(pem) {
                    let found = found.map_err(|error| format!("certificate_authority: {error}"))?;
                    roots.add(found).map_err(|error| format!("certificate_authority: {error}"))?;
                }
                if roots.is_empty() {
                    return Err("certificate_authority: the file has no certificate".to_owned());
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(WayOut(TlsConnector::from(Arc::new(config))))
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let sent = tokio::time::timeout(LONGEST, self.connect_and_send(request));
        sent.await.map_err(because("no answer in time"))?
    }

    async fn connect_and_send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let uri = request.uri().clone();
        let host = uri.host().ok_or(Unreachable("an address without a host"))?.to_owned();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_this_machine(&host) => false,
            _ => return Err(Unreachable("an address that is not https")),
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = TcpStream::connect((bare.as_str(), port)).await.map_err(because("no connection"))?;
        if !secure {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(bare).map_err(because("a host that is no name"))?;
        exchange(self.0.connect(name, stream).await.map_err(because("no TLS"))?, request).await
    }
}

/// Only on the way to this machine nobody listens; elsewhere codes and tokens go over TLS alone.
pub(crate) fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

async fn exchange<S>(stream: S, request: HttpRequest) -> Result<HttpResponse, Unreachable>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().ok_or(Unreachable("an address without a host"))?;
    let host = authority.as_str().parse().map_err(because("a host that is no name"))?;
    parts.headers.insert(hyper::header::HOST, host);
    if let Some(trace) = traces::passed_on() {
        parts.headers.insert(traces::PARENT, trace);
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse().map_err(because("an address without a path"))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(because("no connection"))?;
    let connection = tokio::spawn(connection);
    let request = hyper::Request::from_parts(parts, Full::new(Bytes::from(body)));
    let answer = sender.send_request(request).await.map_err(because("no answer"));
    let read = async {
        let (parts, body) = answer?.into_parts();
        let body = Limited::new(body, MOST).collect().await.map_err(because("an answer without an end"))?;
        Ok(hyper::Response::from_parts(parts, body.to_bytes().to_vec()))
    };
    let read = read.await;
    connection.abort();
    read
}

impl<'c> AsyncHttpClient<'c> for WayOut {
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreachable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests;
