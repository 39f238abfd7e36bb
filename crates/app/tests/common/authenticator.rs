//! A device with passkeys, as far as a test needs one: ES256 keys, a count, what its holder confirms, and the browser in
//! front of it.
#![allow(clippy::as_conversions)]

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The address of the site in the tests.
pub const ORIGIN: &str = "https://xinqiao.example.cn";

const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn written(bytes: &[u8]) -> String {
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let mut whole = [0; 3];
        whole[..piece.len()].copy_from_slice(piece);
        let number = u32::from_be_bytes([0, whole[0], whole[1], whole[2]]);
        let sign = |at: usize| char::from(SIGNS[(number >> (18 - 6 * at)) as usize & 63]);
        text.extend((0..=piece.len()).map(sign));
    }
    text
}

fn bytes(text: &str) -> Vec<u8> {
    let place = |sign: u8| SIGNS.iter().position(|known| *known == sign).unwrap() as u32;
    let mut found = Vec::new();
    for piece in text.as_bytes().chunks(4) {
        let number =
            piece.iter().fold(0, |number, sign| number << 6 | place(*sign)) << (6 * (4 - piece.len()));
        found.extend(&number.to_be_bytes()[1..piece.len()]);
    }
    found
}

/// A key pair in the device.
#[derive(Clone)]
struct Key {
    id: Vec<u8>,
    secret: SigningKey,
}

/// A device with a browser in front of it.
#[derive(Clone)]
pub struct Authenticator {
    name: String,
    keys: Vec<Key>,
    /// What it counts up at each use; nothing where it keeps no count, as synchronised ones do.
    pub count: Option<u32>,
    /// Its holder is looked at, by finger, face or number.
    pub verifies: bool,
    /// The address that the browser shows.
    pub origin: String,
}

impl Authenticator {
    pub fn new(name: &str) -> Authenticator {
        let origin = ORIGIN.to_owned();
        Authenticator { name: name.to_owned(), keys: Vec::new(), count: Some(0), verifies: true, origin }
    }

    /// The data that are signed: whose site, what the holder did, the count.
    fn data(&mut self, party: &str, more: u8) -> Vec<u8> {
        self.count = self.count.map(|count| count + 1);
        let flags = 1 | u8::from(self.verifies) << 2 | more;
        let count = self.count.unwrap_or(0).to_be_bytes();
        [&Sha256::digest(party.as_bytes())[..], &[flags], &count].concat()
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let (challenge, origin) = (&options["challenge"], &self.origin);
        json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
            .to_string()
            .into()
    }

    /// Makes a passkey as the options ask, and gives the browser's answer.
    pub fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let seed = Sha256::digest(format!("{} {}", self.name, self.keys.len()));
        let key = Key { id: seed[..16].to_vec(), secret: SigningKey::from_slice(&seed).unwrap() };
        let point = key.secret.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), 0x40);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&key.id);
        data.extend(
            [&[0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20], &x[..], &[0x22, 0x58, 0x20], &y[..]].concat(),
        );
        let length = u8::try_from(data.len()).unwrap();
        let statement = [&b"\xA3cfmtdnonegattStmt\xA0hauthData\x58"[..], &[length], &data[..]].concat();
        let id = written(&key.id);
        let response = json!({
            "clientDataJSON": written(&self.client("webauthn.create", &options)),
            "attestationObject": written(&statement),
            "transports": ["internal", "something-new"],
        });
        self.keys.push(key);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }

    /// Shows the first of its passkeys that the options name, or its first one at all.
    pub fn show(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let named: Vec<Vec<u8>> = options["allowCredentials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| bytes(one["id"].as_str().unwrap()))
            .collect();
        let held = self.keys.iter().find(|key| named.contains(&key.id)).or(self.keys.first());
        let key = held.unwrap().clone();
        let client = self.client("webauthn.get", &options);
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature: Signature = key.secret.sign(&signed);
        let id = written(&key.id);
        let response = json!({
            "clientDataJSON": written(&client),
            "authenticatorData": written(&data),
            "signature": written(signature.to_der().as_bytes()),
        });
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }
}
