//! A small identity provider: configuration, keys, a page to agree on, tokens. It can answer wrongly in each way that must not
//! count. Its key is of these tests and belongs to nobody.
#![allow(dead_code)]

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64},
};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpListener, task::JoinHandle};

pub const CLIENT: &str = "xinqiao";
pub const SECRET: &str = "synthetic-client-secret";

/// How a token is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    Nonce,
    NoNonce,
    Audience,
    FurtherAudience,
    Issuer,
    Expired,
    Unsigned,
    SignedWithSecret,
    ForeignKey,
    AlteredClaims,
}

/// With what tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
}

struct Order {
    claims: Value,
    flaw: Flaw,
    nonce: String,
    challenge: String,
    redirect: String,
}

struct Key {
    name: String,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(name: &str) -> Key {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Key { name: name.to_owned(), pair }
    }

    fn published(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name, "x": x, "y": y})
    }
}

struct Inner {
    address: String,
    rsa: RsaKeyPair,
    elliptic: Key,
    algorithm: Algorithm,
    orders: HashMap<String, Order>,
    /// Whom the page signs in.
    person: Value,
    /// How often the keys were asked for.
    asked_for_keys: usize,
    made: usize,
}

/// A running provider; ends with the test.
#[derive(Clone)]
pub struct Issuer {
    pub address: String,
    inner: Arc<Mutex<Inner>>,
    task: Arc<JoinHandle<()>>,
}

fn rsa() -> RsaKeyPair {
    let text = include_str!("issuer_rsa.pem");
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap()
}

fn parts(uri: &Uri) -> HashMap<String, String> {
    Query::<HashMap<String, String>>::try_from_uri(uri).unwrap().0
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

impl Issuer {
    pub async fn start() -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            address: address.clone(),
            rsa: rsa(),
            elliptic: Key::new("first"),
            algorithm: Algorithm::Rs256,
            orders: HashMap::new(),
            person: json!({}),
            asked_for_keys: 0,
            made: 0,
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys))
            .route("/authorize", get(page))
            .route("/agree", get(agree))
            .route("/decline", get(decline))
            .route("/token", post(token))
            .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
            .with_state(Arc::clone(&inner));
        let task = Arc::new(tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        }));
        Issuer { address, inner, task }
    }

    /// Nobody listens any more.
    pub fn stop(&self) {
        self.task.abort();
    }

    pub fn sign_with(&self, algorithm: Algorithm) {
        self.inner.lock().unwrap().algorithm = algorithm;
    }

    /// Another key takes the place of the one that was published.
    pub fn renew_key(&self, name: &str) {
        self.inner.lock().unwrap().elliptic = Key::new(name);
    }

    pub fn asked_for_keys(&self) -> usize {
        self.inner.lock().unwrap().asked_for_keys
    }

    /// Whom the page signs in.
    pub fn person(&self, claims: Value) {
        self.inner.lock().unwrap().person = claims;
    }

    /// The person agrees on the page of this address: what comes back, as a path with code and state.
    pub fn agrees(&self, address: &str, claims: Value, flaw: Flaw) -> String {
        let uri: Uri = address.parse().unwrap();
        self.inner.lock().unwrap().order(&uri, claims, flaw)
    }
}

impl Inner {
    fn order(&mut self, uri: &Uri, claims: Value, flaw: Flaw) -> String {
        let asked = parts(uri);
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{}", asked["scope"]);
        self.made += 1;
        let code = format!("code-{}", self.made);
        let order = Order {
            claims,
            flaw,
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        self.orders.insert(code.clone(), order);
        let path = asked["redirect_uri"].parse::<Uri>().unwrap().path().to_owned();
        format!("{path}?code={code}&state={}", encoded(&asked["state"]))
    }

    fn token(&self, order: &Order) -> String {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let mut claims = json!({
            "iss": self.address, "aud": CLIENT, "sub": "nobody", "nonce": order.nonce, "iat": now, "exp": now + 300,
        });
        for (name, value) in order.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        match order.flaw {
            Flaw::Nonce => claims["nonce"] = json!("of another sign-in"),
            Flaw::NoNonce => drop(claims.as_object_mut().unwrap().remove("nonce")),
            Flaw::Audience => claims["aud"] = json!("another client"),
            Flaw::FurtherAudience => claims["aud"] = json!([CLIENT, "another client"]),
            Flaw::Issuer => claims["iss"] = json!("https://another.example"),
            Flaw::Expired => claims["exp"] = json!(now - 1),
            _ => {}
        }
        let (algorithm, kid) = match (order.flaw, self.algorithm) {
            (Flaw::Unsigned, _) => ("none", "rsa"),
            (Flaw::SignedWithSecret, _) => ("HS256", "rsa"),
            (_, Algorithm::Rs256) => ("RS256", "rsa"),
            (_, Algorithm::Es256) => ("ES256", self.elliptic.name.as_str()),
        };
        let head = json!({"alg": algorithm, "typ": "JWT", "kid": kid});
        let signed = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.signature(order.flaw, signed.as_bytes());
        if order.flaw == Flaw::AlteredClaims {
            claims["sub"] = json!("somebody else");
            let altered = BASE64.encode(claims.to_string());
            return format!("{}.{altered}.{}", BASE64.encode(head.to_string()), BASE64.encode(signature));
        }
        format!("{signed}.{}", BASE64.encode(signature))
    }

    fn signature(&self, flaw: Flaw, signed: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let elliptic = |key: &Key| key.pair.sign(&random, signed).unwrap().as_ref().to_vec();
        match (flaw, self.algorithm) {
            (Flaw::Unsigned, _) => Vec::new(),
            (Flaw::SignedWithSecret, _) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), signed).as_ref().to_vec()
            }
            (Flaw::ForeignKey, _) => elliptic(&Key::new("foreign")),
            (_, Algorithm::Es256) => elliptic(&self.elliptic),
            (_, Algorithm::Rs256) => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature).unwrap();
                signature
            }
        }
    }
}

type Held = State<Arc<Mutex<Inner>>>;

async fn configuration(State(inner): Held) -> Json<Value> {
    let address = inner.lock().unwrap().address.clone();
    Json(json!({
        "issuer": address,
        "authorization_endpoint": format!("{address}/authorize"),
        "token_endpoint": format!("{address}/token"),
        "jwks_uri": format!("{address}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // Also what must not count, as a provider may name it.
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
    }))
}

async fn keys(State(inner): Held) -> Json<Value> {
    let mut inner = inner.lock().unwrap();
    inner.asked_for_keys += 1;
    let rsa = PublicKeyComponents::<Vec<u8>>::from(inner.rsa.public());
    let (n, e) = (BASE64.encode(rsa.n), BASE64.encode(rsa.e));
    let rsa = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": n, "e": e});
    Json(json!({"keys": [rsa, inner.elliptic.published()]}))
}

/// The page of the provider, for a browser.
async fn page(uri: Uri) -> Html<String> {
    let query = uri.query().unwrap_or_default().replace('&', "&amp;");
    Html(format!(
        "<!doctype html><html lang=en><title>Provider</title><h1>Provider</h1>
        <p><a id=agree href=\"/agree?{query}\">Agree</a> <a id=decline href=\"/decline?{query}\">Decline</a></p></html>"
    ))
}

async fn agree(State(inner): Held, uri: Uri) -> Redirect {
    let redirect = parts(&uri)["redirect_uri"].parse::<Uri>().unwrap();
    let mut inner = inner.lock().unwrap();
    let person = inner.person.clone();
    let path = inner.order(&uri, person, Flaw::None);
    Redirect::to(&format!("http://{}{path}", redirect.authority().unwrap()))
}

async fn decline(uri: Uri) -> Redirect {
    let asked = parts(&uri);
    let (to, state) = (&asked["redirect_uri"], encoded(&asked["state"]));
    Redirect::to(&format!("{to}?error=access_denied&error_description=%3Cb%3Eraw%3C%2Fb%3E&state={state}"))
}

fn refused() -> Response {
    let told = json!({"error": "invalid_grant", "error_description": "raw words of the provider"});
    (StatusCode::BAD_REQUEST, Json(told)).into_response()
}

async fn token(
    State(inner): Held,
    headers: HeaderMap,
    Form(sent): Form<HashMap<String, String>>,
) -> Response {
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    if headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()) != Some(expected.as_str()) {
        return refused();
    }
    let mut inner = inner.lock().unwrap();
    let Some(order) = inner.orders.remove(&sent["code"]) else { return refused() };
    let challenge = BASE64.encode(Sha256::digest(sent["code_verifier"].as_bytes()));
    if sent["grant_type"] != "authorization_code"
        || challenge != order.challenge
        || sent["redirect_uri"] != order.redirect
    {
        return refused();
    }
    let token = inner.token(&order);
    Json(json!({"access_token": "unused", "token_type": "Bearer", "expires_in": 300, "id_token": token}))
        .into_response()
}
