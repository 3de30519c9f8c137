//! The organisation's OpenID provider, through which staff may sign in: authorization code with PKCE, a
//! nonce, and a state bound to the browser (OpenID Connect Core 1.0, RFC 7636, RFC 9207).
//!
//! It is asked for its addresses and keys when somebody first wants to go there, so that the portal starts
//! whatever state it is in.

mod http;

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndUserEmail, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse,
};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::account::paths;
use crate::clock::Timestamp;
use crate::config::{SingleSignOn, is_private};
use http::Http;

/// How long what a provider said of itself is believed.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How long it is not asked again after it did not answer.
const PAUSE: Duration = Duration::from_secs(3);
/// Signatures made with a key that nobody but the provider has.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider. Cheap to clone; clones remember together.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    settings: SingleSignOn,
    back: RedirectUrl,
    http: Http,
    known: Mutex<Option<(Instant, Option<CoreProviderMetadata>)>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({})", self.0.settings.issuer)
    }
}

/// Why nobody was signed in. The texts are for the log: they name no person and repeat nothing of what
/// was sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the provider does not answer: {0}")]
    Down(String),
    #[error("the provider takes the code back: {0}")]
    Refused(&'static str),
    #[error("what the provider says cannot be trusted: {0}")]
    Untrusted(&'static str),
}

/// What makes one sign-in unlike every other. It is made of a secret that only the browser has, and one
/// that goes through the provider, so that it need not be kept anywhere meanwhile.
pub struct Proof {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Proof {
    pub fn of(browser: &str, state: &str) -> Self {
        let derived = |what: &str| {
            let mut hash = Sha256::new();
            for part in [what, browser, state] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        Self {
            nonce: Nonce::new(derived("nonce")),
            verifier: PkceCodeVerifier::new(derived("verifier")),
        }
    }
}

/// Whom the provider means.
pub struct Signed {
    pub subject: String,
    /// The address that came with the ID token, if one did, and if the provider vouches for it.
    told: Option<Option<String>>,
    client: Client,
    access: AccessToken,
}

impl Provider {
    pub fn new(settings: &SingleSignOn, base_url: &str) -> Self {
        let back = RedirectUrl::new(format!("{base_url}{}", paths::PROVIDER_BACK));
        Self(Arc::new(Inner {
            settings: settings.clone(),
            back: back.expect("the base address was checked when it was read"),
            http: Http::new(),
            known: Mutex::default(),
        }))
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// Where a browser goes to sign in there.
    ///
    /// # Errors
    /// The provider does not answer.
    pub async fn way_in(&self, state: &str, proof: Proof) -> Result<String, Error> {
        let client = self.client(Ask::IfOld).await?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&proof.verifier);
        let (state, nonce) = (state.to_owned(), proof.nonce);
        let (address, ..) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || nonce,
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        if !is_private(&address) {
            return Err(Error::Untrusted("its sign-in page is not https"));
        }
        Ok(address.into())
    }

    /// Whom a code means that came back with a browser.
    ///
    /// # Errors
    /// The provider does not answer, does not know the code, or says what cannot be trusted.
    pub async fn redeem(&self, code: &str, proof: Proof, now: Timestamp) -> Result<Signed, Error> {
        let http = &self.0.http;
        let mut client = self.client(Ask::IfOld).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| Error::Untrusted("it names no address for codes"))?
            .set_pkce_verifier(proof.verifier)
            .request_async(http)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(cause) => Error::Down(cause.to_string()),
                RequestTokenError::ServerResponse(_) => Error::Refused("it says why to itself"),
                _ => Error::Untrusted("its answer cannot be read"),
            })?;
        let token = answer.id_token().ok_or(Error::Untrusted("there is no ID token"))?;
        let mut claims = verified(&client, token, &proof.nonce, now);
        if matches!(&claims, Err(Problem::UnknownKey)) {
            // It has changed its keys since it was asked.
            client = self.client(Ask::Anew).await?;
            claims = verified(&client, token, &proof.nonce, now);
        }
        let claims = claims.map_err(|problem| Error::Untrusted(problem.code()))?;
        check_access_token(&client, token, claims, answer.access_token())?;
        let vouched = |email| vouched(email, claims.email_verified());
        Ok(Signed {
            subject: claims.subject().to_string(),
            told: claims.email().map(vouched),
            access: answer.access_token().clone(),
            client,
        })
    }

    /// The address of somebody the provider means, if it vouches for one. Asked for where it did not come
    /// by itself.
    ///
    /// # Errors
    /// The provider does not answer.
    pub async fn email(&self, signed: &Signed) -> Result<Option<String>, Error> {
        if let Some(told) = &signed.told {
            return Ok(told.clone());
        }
        let subject = SubjectIdentifier::new(signed.subject.clone());
        let asking = signed.client.user_info(signed.access.clone(), Some(subject));
        let Ok(asking) = asking else { return Ok(None) };
        let told: CoreUserInfoClaims = asking
            .request_async(&self.0.http)
            .await
            .map_err(|_| Error::Untrusted("what it tells of the person cannot be read"))?;
        Ok(told.email().and_then(|email| vouched(email, told.email_verified())))
    }

    /// A client that knows the provider's addresses and keys.
    async fn client(&self, ask: Ask) -> Result<Client, Error> {
        let metadata = self.metadata(ask).await?;
        let settings = &self.0.settings;
        // Basic is what every provider speaks, unless it says otherwise.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let is_basic = methods
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if is_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        let id = ClientId::new(settings.client_id.clone());
        let secret = ClientSecret::new(settings.client_secret.expose().to_owned());
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret))
            .set_redirect_uri(self.0.back.clone())
            .set_auth_type(auth))
    }

    async fn metadata(&self, ask: Ask) -> Result<CoreProviderMetadata, Error> {
        // Held while asking: of many who come at once, one asks.
        let mut known = self.0.known.lock().await;
        match &*known {
            Some((at, Some(metadata))) if ask == Ask::IfOld && at.elapsed() < KEPT => {
                return Ok(metadata.clone());
            }
            Some((at, None)) if at.elapsed() < PAUSE => {
                return Err(Error::Down("it did not a moment ago".to_owned()));
            }
            _ => {}
        }
        let issuer = IssuerUrl::new(self.issuer().to_owned());
        let issuer = issuer.map_err(|_| Error::Down("its address is none".to_owned()))?;
        let asked = CoreProviderMetadata::discover_async(issuer, &self.0.http).await;
        *known = Some((Instant::now(), asked.as_ref().ok().cloned()));
        asked.map_err(|error| Error::Down(crate::web::error::chain(&error)))
    }
}

/// Whether what is known of the provider is good enough.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    IfOld,
    Anew,
}

/// What is wrong with an ID token.
#[derive(Debug)]
enum Problem {
    UnknownKey,
    Other(&'static str),
}

impl Problem {
    fn code(self) -> &'static str {
        match self {
            Self::UnknownKey => "its key is unknown",
            Self::Other(code) => code,
        }
    }
}

fn verified<'a>(
    client: &Client,
    token: &'a CoreIdToken,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<&'a CoreIdTokenClaims, Problem> {
    let now = chrono::DateTime::from_timestamp_micros(now.as_microsecond()).unwrap_or_default();
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now);
    token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        ) => Problem::UnknownKey,
        ClaimsVerificationError::SignatureVerification(_) => Problem::Other("the signature"),
        ClaimsVerificationError::InvalidNonce(_) => Problem::Other("the nonce"),
        ClaimsVerificationError::InvalidAudience(_) => Problem::Other("the audience"),
        ClaimsVerificationError::InvalidIssuer(_) => Problem::Other("the issuer"),
        ClaimsVerificationError::Expired(_) => Problem::Other("the time"),
        _ => Problem::Other("the ID token"),
    })
}

/// Where the ID token says which access token came with it, it has to be that one.
fn check_access_token(
    client: &Client,
    token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    access: &AccessToken,
) -> Result<(), Error> {
    let Some(expected) = claims.access_token_hash() else { return Ok(()) };
    let verifier = client.id_token_verifier();
    let actual = token.signing_alg().ok().zip(token.signing_key(&verifier).ok());
    let actual = actual.and_then(|(alg, key)| AccessTokenHash::from_token(access, alg, key).ok());
    if actual.as_ref() == Some(expected) {
        Ok(())
    } else {
        Err(Error::Untrusted("the access token is another"))
    }
}

/// An address, if the provider says that it has seen it to be the person's.
fn vouched(email: &EndUserEmail, is_verified: Option<bool>) -> Option<String> {
    (is_verified == Some(true)).then(|| email.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_browser_and_one_state() {
        let proof = |browser, state| {
            let Proof { nonce, verifier } = Proof::of(browser, state);
            (nonce.secret().clone(), verifier.secret().clone())
        };
        let (nonce, verifier) = proof("a", "bc");
        assert_eq!((nonce.len(), verifier.len()), (64, 64));
        assert_ne!(nonce, verifier);
        assert_eq!(proof("a", "bc"), (nonce.clone(), verifier.clone()));
        assert_ne!(proof("ab", "c").1, verifier);
    }
}
