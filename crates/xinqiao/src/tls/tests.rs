use super::*;
use axum::{Router, extract::ConnectInfo, routing::get, serve::ListenerExt};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, pki_types::ServerName, version};
use std::os::unix::fs::PermissionsExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};
use tokio_rustls::{TlsConnector, client};

/// Certificate and key in a folder.
struct Files {
    _folder: tempfile::TempDir,
    files: TlsFiles,
}

/// A certificate of its own authority, and its key, as PEM.
fn made() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

impl Files {
    fn new((certificate, key): &(String, String)) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let files =
            TlsFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
        let files = Files { _folder: folder, files };
        files.write(certificate, key);
        files
    }

    fn write(&self, certificate: &str, key: &str) {
        std::fs::write(&self.files.certificate, certificate).unwrap();
        std::fs::write(&self.files.key, key).unwrap();
        self.mode(0o600);
    }

    fn mode(&self, mode: u32) {
        std::fs::set_permissions(&self.files.key, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

async fn who(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    peer.ip().to_string()
}

/// A site that tells who asks; ends with the test.
async fn site(files: &Files) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = TlsListener::looking(listener, files.files.clone(), Duration::from_millis(20)).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(who)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener.tap_io(|_| {}), router).await });
    address
}

fn trusting(certificate: &str, versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// A connection over TLS from an address of this machine, if there is one.
async fn secured(
    connector: &TlsConnector,
    from: &str,
    to: SocketAddr,
) -> io::Result<client::TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    let made = connector.connect(name, connect(from, to).await);
    tokio::time::timeout(Duration::from_secs(5), made).await.expect("a handshake in time")
}

async fn asked(stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin)) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // A server may close without a word of farewell.
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const BOTH: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

#[tokio::test]
async fn requests_come_over_tls_1_2_and_1_3_with_their_address() {
    let pair = made();
    let site = site(&Files::new(&pair)).await;
    for protocol in BOTH {
        let connector = trusting(&pair.0, &[protocol]);
        let mut stream = secured(&connector, "127.0.0.1", site).await.unwrap();
        let answer = asked(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
    }
}

#[tokio::test]
async fn plain_http_is_not_answered() {
    let site = site(&Files::new(&made())).await;
    let answer = asked(&mut connect("127.0.0.1", site).await).await;
    assert!(!answer.contains("HTTP/"), "{answer}");
}

/// The first message of a client that speaks TLS 1.1 at most (RFC 4346).
fn hello_of_tls_1_1() -> Vec<u8> {
    let mut hello = vec![0x03, 0x02];
    hello.extend([7; 32]);
    hello.push(0);
    // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_128_CBC_SHA; no compression.
    hello.extend([0, 4, 0xc0, 0x13, 0x00, 0x2f, 1, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![0x16, 0x03, 0x01, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    record
}

#[tokio::test]
async fn tls_1_1_is_refused() {
    let site = site(&Files::new(&made())).await;
    let mut stream = connect("127.0.0.1", site).await;
    stream.write_all(&hello_of_tls_1_1()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap();
    // An alert (21), fatal (2): protocol_version (70) or handshake_failure (40).
    assert_eq!(answer.first(), Some(&21), "{answer:?}");
    assert!(matches!(answer[5..], [2, 70 | 40]), "{answer:?}");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_half_a_one_is_not() {
    let (first, second) = (made(), made());
    let files = Files::new(&first);
    let site = site(&files).await;
    let (old, new) = (trusting(&first.0, &BOTH), trusting(&second.0, &BOTH));
    assert!(secured(&old, "127.0.0.1", site).await.is_ok());
    // The certificate is there and its key is not: the old one goes on.
    files.write(&second.0, &first.1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(secured(&old, "127.0.0.1", site).await.is_ok());
    assert!(secured(&new, "127.0.0.1", site).await.is_err());
    files.write(&second.0, &second.1);
    for _ in 0..100 {
        if secured(&new, "127.0.0.1", site).await.is_ok() {
            assert!(secured(&old, "127.0.0.1", site).await.is_err());
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the renewed certificate is not shown");
}

#[tokio::test]
async fn handshakes_that_never_end_hold_up_nobody() {
    let pair = made();
    let site = site(&Files::new(&pair)).await;
    let connector = trusting(&pair.0, &BOTH);
    let mut silent = Vec::new();
    for _ in 0..MOST_OF_ONE - 1 {
        silent.push(connect("127.0.0.1", site).await);
    }
    let mut stream = secured(&connector, "127.0.0.1", site).await.unwrap();
    assert!(asked(&mut stream).await.starts_with("HTTP/1.1 200"), "beside those that say nothing");
    silent.push(connect("127.0.0.1", site).await);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(secured(&connector, "127.0.0.1", site).await.is_err(), "one address has its places taken");
    let mut stream = secured(&connector, "127.0.0.2", site).await.unwrap();
    assert!(asked(&mut stream).await.ends_with("127.0.0.2"), "another address has its own");
    drop(silent);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(secured(&connector, "127.0.0.1", site).await.is_ok(), "places come back");
}

#[tokio::test]
async fn files_that_do_not_fit_are_named() {
    let (pair, other) = (made(), made());
    let told = async |files: &Files| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        match TlsListener::new(listener, files.files.clone()) {
            Ok(_) => String::new(),
            Err(error) => format!("{error:#}"),
        }
    };
    let files = Files::new(&pair);
    assert_eq!(told(&files).await, "");
    files.mode(0o640);
    assert!(told(&files).await.contains("chmod 600"));
    files.write(&pair.0, &other.1);
    assert!(told(&files).await.contains("is not the key"));
    files.write("", &pair.1);
    assert!(told(&files).await.contains("--tls-certificate"));
    files.write(&pair.0, "none");
    assert!(told(&files).await.contains("--tls-key"));
}
