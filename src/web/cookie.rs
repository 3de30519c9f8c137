//! Cookies: read from a request, written for a response.

use http::{HeaderMap, HeaderValue, header};

/// Under which rules this instance may set cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jar {
    /// People come by https: cookies are bound to this very host, and never sent without TLS.
    Secure,
    /// Only this machine can reach the portal, without TLS.
    Loopback,
}

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is closed.
    Browser,
    Seconds(u32),
    /// It is to be forgotten now.
    Ended,
}

/// Who may read a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The portal alone.
    Server,
    /// Scripts of the page too: nothing secret is in it.
    Scripts,
}

impl Jar {
    /// The value of the cookie `name`, if the request carries exactly one.
    pub fn read<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let prefix = self.prefix();
        let mut values = headers
            .get_all(header::COOKIE)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter_map(|(key, value)| (key.strip_prefix(prefix)? == name).then_some(value));
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// Whether the request carries any cookie of this name.
    pub fn has(self, headers: &HeaderMap, name: &str) -> bool {
        let prefix = self.prefix();
        headers
            .get_all(header::COOKIE)
            .into_iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
            .any(|(key, _)| key.strip_prefix(prefix) == Some(name))
    }

    /// A `Set-Cookie` header. `value` has to be plain ASCII without separators.
    pub fn write(
        self,
        name: &str,
        value: &str,
        lifetime: Lifetime,
        readers: Readers,
    ) -> HeaderValue {
        let age = match lifetime {
            Lifetime::Browser => String::new(),
            Lifetime::Seconds(seconds) => format!("; Max-Age={seconds}"),
            Lifetime::Ended => "; Max-Age=0".to_owned(),
        };
        let hidden = if readers == Readers::Server { "; HttpOnly" } else { "" };
        let secure = if self == Self::Secure { "; Secure" } else { "" };
        let cookie =
            format!("{}{name}={value}; Path=/; SameSite=Lax{age}{hidden}{secure}", self.prefix());
        HeaderValue::from_str(&cookie).expect("cookies are made of plain ASCII")
    }

    /// Whether a response sets the cookie `name`.
    pub fn sets(self, headers: &HeaderMap, name: &str) -> bool {
        let start = format!("{}{name}=", self.prefix());
        let mut set = headers.get_all(header::SET_COOKIE).into_iter();
        set.any(|cookie| cookie.as_bytes().starts_with(start.as_bytes()))
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Secure => "__Host-",
            Self::Loopback => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_set_for_this_host_is_read_back_and_others_are_not() {
        let set = Jar::Secure.write("session", "abc", Lifetime::Browser, Readers::Server);
        assert_eq!(set, "__Host-session=abc; Path=/; SameSite=Lax; HttpOnly; Secure");
        let headers = |text: &str| {
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(text).unwrap())])
        };
        assert_eq!(Jar::Secure.read(&headers("a=b; __Host-session=abc"), "session"), Some("abc"));
        let response = HeaderMap::from_iter([(header::SET_COOKIE, set)]);
        assert!(Jar::Secure.sets(&response, "session") && !Jar::Secure.sets(&response, "here"));
        // A neighbouring host can plant a plain cookie, never one with the prefix.
        assert_eq!(Jar::Secure.read(&headers("session=planted"), "session"), None);
        assert_eq!(Jar::Loopback.read(&headers("session=a; session=b"), "session"), None);
        assert!(Jar::Loopback.has(&headers("session=a; session=b"), "session"));
        assert!(!Jar::Secure.has(&headers("session=planted"), "session"));
    }
}
