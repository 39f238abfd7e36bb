//! The authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636): where the browser is sent, and what
//! the provider answers for the code. A token counts only with a signature by one of the provider's published keys.

use super::Provider;
use crate::way_out::Unreachable;
use app::account::provider::Secrets;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use jiff::Timestamp;
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use serde_json::Value as Json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long what the provider says about itself is kept.
const KEPT: Duration = Duration::from_secs(600);

/// How long it holds on while the provider does not answer: a key that was taken back must end some day.
const KEPT_WHILE_DOWN: Duration = Duration::from_secs(24 * 3600);

/// Signatures that count. Neither none nor one that whoever knows the client's secret could make.
const SIGNATURES: [CoreJwsSigningAlgorithm; 2] =
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256];

/// Why there are no claims. Only what we say ourselves, nothing that the provider wrote.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It cannot be reached, or does not answer as a provider does.
    Down(String),
    /// What it answered does not hold.
    Wrong(&'static str),
}

/// What a provider says about itself, and when.
pub(super) type Known = Option<(Instant, Arc<CoreProviderMetadata>)>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Where the browser is sent, and what it must bring back.
pub(super) struct Sent {
    pub address: String,
    pub state: String,
    pub secrets: Secrets,
}

impl Provider {
    /// What the provider says about itself, asked for anew where it is old. While it does not answer, what it said before
    /// holds on.
    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, Trouble> {
        let known = self.0.known.lock().map_err(|_| Trouble::Down("a lock".to_owned()))?.clone();
        match known {
            Some((at, metadata)) if at.elapsed() < KEPT => Ok(metadata),
            known => match (self.discover().await, known) {
                (Err(_), Some((at, metadata))) if at.elapsed() < KEPT_WHILE_DOWN => Ok(metadata),
                (answer, _) => answer,
            },
        }
    }

    async fn discover(&self) -> Result<Arc<CoreProviderMetadata>, Trouble> {
        let issuer = IssuerUrl::new(self.0.settings.issuer.clone());
        let issuer = issuer.map_err(|_| Trouble::Down("the issuer is no address".to_owned()))?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.0.way_out).await;
        let metadata = Arc::new(found.map_err(|error| Trouble::Down(undiscovered(&error)))?);
        if let Ok(mut known) = self.0.known.lock() {
            *known = Some((Instant::now(), Arc::clone(&metadata)));
        }
        Ok(metadata)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<Client, Trouble> {
        let settings = &self.0.settings;
        let redirect = RedirectUrl::new(settings.redirect());
        let redirect = redirect.map_err(|_| Trouble::Down("the own origin is no address".to_owned()))?;
        let secret = ClientSecret::new(settings.client_secret.clone());
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            Some(secret),
        );
        // The secret goes into the header, as every provider must understand, unless this one says that it does not.
        let told = metadata.token_endpoint_auth_methods_supported();
        let in_body = told.is_some_and(|told| {
            !told.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && told.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let way = if in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        Ok(client.set_redirect_uri(redirect).set_auth_type(way))
    }

    /// Where a sign-in goes.
    pub(super) async fn sent(&self) -> Result<Sent, Trouble> {
        let client = self.client(&*self.metadata().await?)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.0.settings.scopes.iter().map(|scope| Scope::new(scope.clone()));
        let (address, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        let secrets = Secrets { nonce: nonce.secret().clone(), verifier: verifier.secret().clone() };
        Ok(Sent { address: address.to_string(), state: state.secret().clone(), secrets })
    }

    /// The claims for a code. Where none of the keys that are known fits, they are asked for once more: a provider changes them.
    pub(super) async fn claims(
        &self,
        code: String,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Json, Trouble> {
        let client = self.client(&*self.metadata().await?)?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Trouble::Down("the provider names no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()))
            .request_async(&self.0.way_out)
            .await
            .map_err(|error| unredeemed(&error))?;
        let token = answer.id_token().ok_or(Trouble::Wrong("no ID token"))?;
        match verified(&client, token, secrets, now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
            )) => {
                let client = self.client(&*self.discover().await?)?;
                verified(&client, token, secrets, now).map_err(|error| Trouble::Wrong(unverified(&error)))?;
            }
            outcome => outcome.map_err(|error| Trouble::Wrong(unverified(&error)))?,
        }
        payload(token).ok_or(Trouble::Wrong("a token that cannot be read"))
    }
}

fn verified(
    client: &Client,
    token: &CoreIdToken,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<(), ClaimsVerificationError> {
    let unknown = || ClaimsVerificationError::Other("the time".to_owned());
    let now = DateTime::from_timestamp(now.as_second(), 0).ok_or_else(unknown)?;
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNATURES).set_time_fn(move || now);
    token.claims(&verifier, &Nonce::new(secrets.nonce.clone())).map(|_| ())
}

/// All claims of a token whose signature was verified, also those that no standard names.
fn payload(token: &CoreIdToken) -> Option<Json> {
    let written = token.to_string();
    let bytes = URL_SAFE_NO_PAD.decode(written.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn undiscovered(error: &DiscoveryError<Unreachable>) -> String {
    match error {
        DiscoveryError::Request(reason) => format!("its configuration: {reason}"),
        DiscoveryError::Response(status, ..) => format!("its configuration: status {status}"),
        DiscoveryError::Validation(_) => "its configuration names another issuer".to_owned(),
        _ => "its configuration cannot be read".to_owned(),
    }
}

fn unredeemed<T: openidconnect::ErrorResponse>(error: &RequestTokenError<Unreachable, T>) -> Trouble {
    match error {
        RequestTokenError::ServerResponse(_) => Trouble::Wrong("the code was refused"),
        RequestTokenError::Request(reason) => Trouble::Down(format!("its token endpoint: {reason}")),
        _ => Trouble::Wrong("the answer of the token endpoint cannot be read"),
    }
}

fn unverified(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "the token has expired",
        ClaimsVerificationError::InvalidAudience(_) => "the token is for somebody else",
        ClaimsVerificationError::InvalidIssuer(_) => "the token is of another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "the token answers another sign-in",
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoSignature) => {
            "the token is not signed"
        }
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::DisallowedAlg(_)) => {
            "the token is signed in a way that does not count"
        }
        ClaimsVerificationError::SignatureVerification(_) => "the token's signature does not fit",
        _ => "the token does not hold",
    }
}
