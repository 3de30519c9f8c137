//! Authenticator apps: codes of six digits that change every 30 seconds (RFC 6238). Pure.

use qrcode::{Color, EcLevel, QrCode};
use rand::Rng;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::web::html::Html;

/// What an app and the portal share: 160 random bits.
pub struct AppSecret(Zeroizing<Vec<u8>>);

impl AppSecret {
    #[expect(clippy::new_without_default, reason = "a default secret would be a random one")]
    pub fn new() -> Self {
        let mut bits = Zeroizing::new(vec![0; 20]);
        rand::rng().fill_bytes(bits.as_mut_slice());
        Self(bits)
    }

    /// A secret that was made before.
    pub fn of(bits: Zeroizing<Vec<u8>>) -> Self {
        Self(bits)
    }

    pub fn bits(&self) -> &[u8] {
        &self.0
    }

    /// As it is typed into an app that cannot look at pictures: base32 in groups of four.
    pub fn text(&self) -> String {
        let text = Secret::from(self.bits().to_vec()).to_base32();
        let groups: Vec<&[u8]> = text.as_bytes().chunks(4).collect();
        String::from_utf8_lossy(&groups.join(&b' ')).into_owned()
    }

    /// The address that tells an app everything, to be shown as a picture.
    pub fn address(&self, issuer: &str, account: &str) -> Option<String> {
        let plain = |text: &str| text.replace(':', " ");
        let totp =
            self.builder().with_issuer(Some(plain(issuer))).with_account_name(plain(account));
        totp.build().ok()?.to_url().ok()
    }

    /// Which step of 30 seconds a code belongs to, if it is this one, the one before or the one after.
    pub fn step(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let now = u64::try_from(now.as_second()).ok()?;
        let step = self.totp().check(&code, now)?;
        i64::try_from(step).ok()
    }

    /// The six digits of this moment.
    pub fn code(&self, now: Timestamp) -> String {
        self.totp().generate(u64::try_from(now.as_second()).unwrap_or(0)).to_string()
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }

    fn builder(&self) -> Builder {
        Builder::new().with_secret(self.bits().to_vec()).with_skew(1).with_step_duration(30)
    }
}

impl std::fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSecret(…)")
    }
}

/// `address` as a picture for cameras: black on white whatever the colours of the page, with the quiet
/// margin they need. `None` when it is too long for one.
pub fn picture(address: &str) -> Option<Html> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let (width, margin) = (code.width(), 4);
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + margin, y + margin));
        }
    }
    let side = width + 2 * margin;
    Some(Html::own(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"QR code for an authenticator app\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SignedDuration;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// The secret of RFC 6238's appendix B.
    fn known() -> AppSecret {
        AppSecret::of(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // The last six of the eight digits in its table.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(known().code(at(second)), code);
            assert_eq!(known().step(code, at(second)), Some(second / 30));
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let (secret, code) = (known(), known().code(at(3000)));
        for (second, taken) in [
            (2969, false),
            (2970, true),
            (2999, true),
            (3000, true),
            (3029, true),
            (3059, true),
            (3060, false),
        ] {
            assert_eq!(secret.step(&code, at(second)).is_some(), taken, "at {second}");
        }
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(secret.step(&spaced, at(3000)), Some(100));
        for wrong in ["", "12345", "1234567", "+12345", "abcdef", "１２３４５６"] {
            assert_eq!(secret.step(wrong, at(3000)), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_differ_and_never_show() {
        let (one, other) = (AppSecret::new(), AppSecret::new());
        assert_ne!(one.bits(), other.bits());
        assert_eq!(format!("{one:?}"), "AppSecret(…)");
        assert_eq!(one.text().len(), 32 + 7);
        let later = at(3000) + SignedDuration::from_hours(1);
        assert_ne!(one.code(later), other.code(later));
    }

    #[test]
    fn an_app_is_told_whose_account_it_is_and_where() {
        let address = known().address("Teleport: Cloud", "maya@example.org").unwrap();
        assert_eq!(
            address,
            "otpauth://totp/Teleport%20%20Cloud:maya%40example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Teleport%20%20Cloud"
        );
        let picture = picture(&address).unwrap();
        assert!(picture.as_str().starts_with("<svg") && !picture.as_str().contains("style="));
        assert!(super::picture(&"x".repeat(5000)).is_none());
    }
}
