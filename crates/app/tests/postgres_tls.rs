//! PostgreSQL over TLS: before the test's own server stands one that answers the wish for TLS as a server does and passes on what
//! it hears.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use app::{db::Db, p};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// The wish for TLS (PostgreSQL frontend/backend protocol, SSLRequest).
const WISH: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A server with a certificate for `localhost`, or one that has no TLS; its port and the certificate.
async fn before(server: String, with_tls: bool) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                let mut wish = [0; 8];
                stream.read_exact(&mut wish).await.unwrap();
                assert_eq!(wish, WISH, "nothing is said before TLS");
                if !with_tls {
                    stream.write_all(b"N").await.unwrap();
                    return;
                }
                stream.write_all(b"S").await.unwrap();
                let Ok(mut secured) = acceptor.accept(stream).await else { return };
                let mut behind = TcpStream::connect(server).await.unwrap();
                drop(copy_bidirectional(&mut secured, &mut behind).await);
            });
        }
    });
    (port, made.cert.pem())
}

/// What is told where no connection is made.
async fn told(address: &str) -> String {
    match Db::open(address).await {
        Ok(_) => String::new(),
        Err(error) => {
            let mut told = error.to_string();
            let mut inner = std::error::Error::source(&error);
            while let Some(error) = inner {
                told = format!("{told}: {error}");
                inner = error.source();
            }
            told
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_reached_over_tls_only_with_its_own_certificate_and_name() {
    let Ok(server) = std::env::var("XINQIAO_TEST_POSTGRES") else { return };
    let (login, place) = server.trim_start_matches("postgres://").split_once('@').unwrap();
    let (host, name) = place.split_once('/').unwrap();
    let (port, certificate) = before(host.to_owned(), true).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (own, other) = (
        file("own.pem", &certificate),
        file("other.pem", &rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem()),
    );
    let address = |host: &str, root: &str| {
        format!("postgres://{login}@{host}:{port}/{name}?sslmode=verify-full&sslrootcert={root}")
    };
    let db = Db::open(&address("localhost", &own)).await.unwrap();
    let one: Option<(i64,)> = db.opt("SELECT CAST(1 AS bigint)", p![]).await.unwrap();
    assert_eq!(one, Some((1,)));
    assert!(told(&address("localhost", &other)).await.contains("certificate"), "of another authority");
    assert!(told(&address("127.0.0.1", &own)).await.contains("certificate"), "under another name");
    let machine = format!("postgres://{login}@localhost:{port}/{name}?sslmode=verify-full");
    assert!(told(&machine).await.contains("certificate"), "the machine does not trust it");
    let (plain, _) = before(host.to_owned(), false).await;
    let address =
        format!("postgres://{login}@localhost:{plain}/{name}?sslmode=verify-full&sslrootcert={own}");
    assert!(!told(&address).await.is_empty(), "never without TLS");
}

#[tokio::test]
async fn modes_that_check_nobody_and_files_without_certificates_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let empty = empty.display();
    for (query, named) in [
        ("sslmode=require".to_owned(), "verify-full"),
        ("sslmode=verify-ca".to_owned(), "verify-full"),
        (format!("sslrootcert={empty}"), "verify-full"),
        (format!("sslmode=verify-full&sslrootcert={empty}"), "sslrootcert"),
        ("sslmode=verify-full&sslrootcert=/nowhere.pem".to_owned(), "/nowhere.pem"),
    ] {
        let told = told(&format!("postgres://nobody@127.0.0.1:1/none?{query}")).await;
        assert!(told.contains(named), "{query}: {told}");
    }
}
