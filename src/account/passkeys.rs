//! Passkeys: what a device is asked to sign, and whether its answer is good (WebAuthn level 3). Pure.
//!
//! Built without the feature `passkeys` there are none, as where the portal has no host name: a passkey
//! is bound to one.

use serde_json::Value;
use url::{Host, Url};

use crate::ids::AccountId;

/// Where passkeys of this portal work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The host name they are bound to.
    pub host: String,
    /// The only address they are used from, without a slash at the end.
    pub origin: String,
}

impl Place {
    /// A passkey knows host names alone: this machine's is `localhost`, another number has none.
    pub fn of(base_url: &str) -> Option<Self> {
        let mut url = Url::parse(base_url).ok()?;
        let is_here = match url.host()? {
            Host::Domain(_) => false,
            Host::Ipv4(ip) if ip.is_loopback() => true,
            Host::Ipv6(ip) if ip.is_loopback() => true,
            Host::Ipv4(_) | Host::Ipv6(_) => return None,
        };
        if is_here {
            url.set_host(Some("localhost")).ok()?;
        }
        let host = url.host_str()?.to_owned();
        Some(Self { host, origin: url.origin().ascii_serialization() })
    }
}

/// What a browser is asked, and what has to be kept until it answers.
#[derive(Debug)]
pub struct Asked {
    pub options: Value,
    pub state: Value,
}

/// A passkey that was just made.
#[derive(Debug)]
pub struct Made {
    pub credential_id: Vec<u8>,
    pub credential: Value,
}

/// Why an answer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(
        "This passkey counts fewer uses than it had before, as a copy of it would. It was not taken; \
         sign in another way, remove it, and add it anew"
    )]
    CountsBack,
    #[error("The passkey did not ask for your fingerprint, face or PIN, so it was not taken")]
    NotVerified,
    #[error("The answer of the passkey does not fit. Try again, or sign in another way")]
    Wrong,
}

/// What a passkey's answer says of itself, before it is believed.
#[derive(Debug)]
pub struct Claim {
    /// Whose it says to be, where the device told.
    pub account: Option<AccountId>,
    pub credential_id: Vec<u8>,
}

#[cfg(feature = "passkeys")]
pub use with_library::Passkeys;
#[cfg(not(feature = "passkeys"))]
pub use without_library::Passkeys;

#[cfg(feature = "passkeys")]
mod with_library {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};
    use url::Url;
    use uuid::Uuid;
    use webauthn_rs::prelude::{
        DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential, WebauthnError,
    };
    use webauthn_rs::{Webauthn, WebauthnBuilder};

    use super::{Asked, Claim, Made, Place, Refused};
    use crate::ids::AccountId;

    /// The library, set up for one place. Cheap to clone.
    #[derive(Clone)]
    pub struct Passkeys {
        library: Arc<Webauthn>,
        place: Place,
    }

    impl std::fmt::Debug for Passkeys {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "Passkeys({})", self.place.origin)
        }
    }

    impl Passkeys {
        /// `None` where there can be none.
        pub fn at(base_url: &str) -> Option<Self> {
            let place = Place::of(base_url)?;
            let origin = Url::parse(&place.origin).ok()?;
            let library = WebauthnBuilder::new(&place.host, &origin).ok()?.build().ok()?;
            Some(Self { library: Arc::new(library), place })
        }

        pub fn place(&self) -> &Place {
            &self.place
        }

        /// Asks for a new passkey of `account`, on a device that holds none of `present`. It has to be
        /// one that is found without typing a name.
        pub fn ask_for_new(
            &self,
            account: AccountId,
            (email, name): (&str, &str),
            present: Vec<Vec<u8>>,
        ) -> Result<Asked, Refused> {
            let (options, state) = self
                .library
                .start_passkey_registration(Uuid::from(account), email, name, Some(present))
                .map_err(refused)?;
            let mut options = written(&options)?;
            let selection = &mut options["publicKey"]["authenticatorSelection"];
            selection["residentKey"] = json!("required");
            selection["requireResidentKey"] = json!(true);
            Ok(Asked { options, state: written(&state)? })
        }

        /// # Errors
        /// The answer is none to what was asked.
        pub fn take_new(&self, answer: &str, state: &Value) -> Result<Made, Refused> {
            let answer: RegisterPublicKeyCredential =
                serde_json::from_str(answer).map_err(|_| Refused::Wrong)?;
            let state: PasskeyRegistration = read(state)?;
            let made = self.library.finish_passkey_registration(&answer, &state);
            let made = made.map_err(refused)?;
            Ok(Made { credential_id: made.cred_id().clone(), credential: written(&made)? })
        }

        /// Asks for one of `present`; for whichever the device has, where that is empty.
        pub fn ask(&self, present: &[Vec<u8>]) -> Result<Asked, Refused> {
            let (options, state) =
                self.library.start_discoverable_authentication().map_err(refused)?;
            let mut options = written(&options)?;
            // The person has pressed the button; nothing has to wait in a field.
            if let Some(options) = options.as_object_mut() {
                options.remove("mediation");
            }
            let one =
                |id: &Vec<u8>| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
            options["publicKey"]["allowCredentials"] = present.iter().map(one).collect();
            Ok(Asked { options, state: written(&state)? })
        }

        /// Which passkey an answer claims to be.
        pub fn claim(&self, answer: &str) -> Result<Claim, Refused> {
            let answer: PublicKeyCredential =
                serde_json::from_str(answer).map_err(|_| Refused::Wrong)?;
            let account = answer.get_user_unique_id().and_then(|id| Uuid::from_slice(id).ok());
            let credential_id = answer.get_credential_id().to_vec();
            Ok(Claim { account: account.map(AccountId::from), credential_id })
        }

        /// Checks the answer to [`Self::ask`] against the passkey it claims to be, as it is kept now; the
        /// passkey as it has to be kept from now on.
        pub fn take(&self, answer: &str, state: &Value, kept: &Value) -> Result<Value, Refused> {
            let answer: PublicKeyCredential =
                serde_json::from_str(answer).map_err(|_| Refused::Wrong)?;
            let state: DiscoverableAuthentication = read(state)?;
            let mut passkey: Passkey = read(kept)?;
            let result = self
                .library
                .finish_discoverable_authentication_v2(&answer, state, &passkey)
                .map_err(refused)?;
            passkey.update_credential(&result).ok_or(Refused::Wrong)?;
            written(&passkey)
        }
    }

    fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Refused> {
        T::deserialize(value).map_err(|_| Refused::Wrong)
    }

    fn written(value: &impl Serialize) -> Result<Value, Refused> {
        serde_json::to_value(value).map_err(|_| Refused::Wrong)
    }

    #[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
    fn refused(error: WebauthnError) -> Refused {
        match error {
            WebauthnError::CredentialPossibleCompromise => Refused::CountsBack,
            WebauthnError::UserNotVerified => Refused::NotVerified,
            _ => Refused::Wrong,
        }
    }
}

#[cfg(not(feature = "passkeys"))]
mod without_library {
    use serde_json::Value;

    use super::{Asked, Claim, Made, Place, Refused};
    use crate::ids::AccountId;

    /// There are none in this build.
    #[derive(Clone, Debug)]
    pub enum Passkeys {}

    impl Passkeys {
        pub fn at(_: &str) -> Option<Self> {
            None
        }

        pub fn place(&self) -> &Place {
            match *self {}
        }

        pub fn ask_for_new(
            &self,
            _: AccountId,
            _: (&str, &str),
            _: Vec<Vec<u8>>,
        ) -> Result<Asked, Refused> {
            match *self {}
        }

        pub fn take_new(&self, _: &str, _: &Value) -> Result<Made, Refused> {
            match *self {}
        }

        pub fn ask(&self, _: &[Vec<u8>]) -> Result<Asked, Refused> {
            match *self {}
        }

        pub fn claim(&self, _: &str) -> Result<Claim, Refused> {
            match *self {}
        }

        pub fn take(&self, _: &str, _: &Value, _: &Value) -> Result<Value, Refused> {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_a_host_name() {
        let place = |base_url: &str| Place::of(base_url).map(|place| (place.host, place.origin));
        let both = |host: &str, origin: &str| Some((host.to_owned(), origin.to_owned()));
        assert_eq!(
            place("https://interviews.example.org"),
            both("interviews.example.org", "https://interviews.example.org")
        );
        let here = both("localhost", "http://localhost:8080");
        assert_eq!(place("http://127.0.0.1:8080"), here);
        assert_eq!(place("http://[::1]:8080"), here);
        assert_eq!(place("http://localhost:8080"), here);
        assert_eq!(place("http://192.0.2.7:8080"), None);
    }
}
