use super::*;
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

fn asked(address: &str) -> HttpRequest {
    openidconnect::http::Request::get(address).body(Vec::new()).unwrap()
}

/// Answers each connection with these bytes, over TLS where there is a certificate; its port.
async fn answering(answer: Vec<u8>, acceptor: Option<TlsAcceptor>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            if let Some(acceptor) = &acceptor {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            } else {
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(&answer).await;
            }
        }
    });
    port
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn nothing_leaves_without_tls_but_to_this_machine() {
    let way_out = WayOut::new(None).unwrap();
    for address in ["http://id.example/token", "http://10.0.0.1/token", "ftp://127.0.0.1/token"] {
        let told = way_out.send(asked(address)).await.unwrap_err().to_string();
        assert_eq!(told, "an address that is not https", "{address}");
    }
    let port = answering(ok(b"here"), None).await;
    let answer = way_out.send(asked(&format!("http://127.0.0.1:{port}/path?query"))).await.unwrap();
    assert_eq!(answer.body(), b"here");
}

#[tokio::test]
async fn redirects_and_endless_answers_are_not_followed() {
    let way_out = WayOut::new(None).unwrap();
    let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    let port = answering(moved, None).await;
    let answer = way_out.send(asked(&format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!(answer.status().as_u16(), 302);
    let port = answering(ok(&vec![b'x'; MOST + 1]), None).await;
    let told = way_out.send(asked(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err().to_string();
    assert_eq!(told, "an answer without an end");
    let port = answering(ok(&vec![b'x'; MOST]), None).await;
    assert!(way_out.send(asked(&format!("http://127.0.0.1:{port}/"))).await.is_ok());
}

#[tokio::test]
async fn only_a_trusted_certificate_of_that_name_counts() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let port = answering(ok(b"here"), Some(TlsAcceptor::from(Arc::new(config)))).await;
    let trusting = WayOut::new(Some(made.cert.pem().as_bytes())).unwrap();
    let by_name = format!("https://localhost:{port}/");
    assert_eq!(trusting.send(asked(&by_name)).await.unwrap().body(), b"here");
    let told = trusting.send(asked(&format!("https://127.0.0.1:{port}/"))).await.unwrap_err().to_string();
    assert_eq!(told, "no TLS", "another name");
    assert_eq!(WayOut::new(None).unwrap().send(asked(&by_name)).await.unwrap_err().to_string(), "no TLS");
    for wrong in ["", "no certificate"] {
        assert!(WayOut::new(Some(wrong.as_bytes())).is_err(), "{wrong}");
    }
}
