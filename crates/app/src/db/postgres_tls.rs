//! TLS to a PostgreSQL server: `sslmode=verify-full` in its address, with `sslrootcert=FILE` or the authorities that the
//! machine trusts. The server's name is checked; weaker modes, which check nobody, are refused.

use super::{Error, Result};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, InvalidDnsNameError, ServerName, pem::PemObject},
};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Socket,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::{TlsConnector, client};

/// The address as the driver takes it, and TLS where it asks for it.
pub(super) fn asked(address: &str) -> Result<(String, Option<Tls>)> {
    let Some((base, query)) = address.split_once('?') else { return Ok((address.to_owned(), None)) };
    let (mut kept, mut mode, mut root) = (Vec::new(), None, None);
    for part in query.split('&') {
        match part.split_once('=') {
            Some(("sslmode", told)) => mode = Some(told),
            Some(("sslrootcert", told)) => root = Some(told.replace("%2F", "/")),
            _ => kept.push(part),
        }
    }
    let tls = match mode {
        Some("verify-full") => Some(Tls::new(root.as_deref())?),
        None | Some("disable" | "prefer") if root.is_none() => None,
        _ => {
            let told = "sslmode: verify-full checks whose server it is; other modes with TLS do not";
            return Err(Error::Address(told.to_owned()));
        }
    };
    kept.push(if tls.is_some() { "sslmode=require" } else { "sslmode=disable" });
    Ok((format!("{base}?{}", kept.join("&")), tls))
}

/// Makes connections over TLS.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    fn new(root: Option<&str>) -> Result<Tls> {
        let wrong = |path: &str, told: String| Error::Address(format!("sslrootcert {path}: {told}"));
        let mut roots = RootCertStore::empty();
        match root {
            Some(path) => {
                let found = CertificateDer::pem_file_iter(path).map_err(|e| wrong(path, e.to_string()))?;
                for certificate in found {
                    let certificate = certificate.map_err(|e| wrong(path, e.to_string()))?;
                    roots.add(certificate).map_err(|e| wrong(path, e.to_string()))?;
                }
                if roots.is_empty() {
                    return Err(wrong(path, "there is no certificate in it".to_owned()));
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::Address(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Tls(TlsConnector::from(Arc::new(config))))
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Secured;
    type TlsConnect = Connect;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> std::result::Result<Connect, InvalidDnsNameError> {
        Ok(Connect(self.0.clone(), ServerName::try_from(host.to_owned())?))
    }
}

/// One handshake.
pub(super) struct Connect(TlsConnector, ServerName<'static>);

impl TlsConnect<Socket> for Connect {
    type Stream = Secured;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secured>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move { self.0.connect(self.1, socket).await.map(Secured) })
    }
}

/// A connection over TLS.
pub(super) struct Secured(client::TlsStream<Socket>);

impl TlsStream for Secured {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
