//! Codes of an authenticator app (RFC 6238). SHA-1 as in the RFC: many apps silently take no other algorithm, and its
//! collisions are of no use against a keyed digest.

use crate::error::{Error, Result};
use jiff::Timestamp;
use rules::account::SecondFactor;
use totp_rs::{Builder, Secret, Totp};

/// Bytes of a secret: as many as the digest has (RFC 4226, 4).
pub(super) const SECRET_BYTES: usize = 20;
/// Who gives the codes' account its name in the app.
const ISSUER: &str = "Xinqiao";

fn totp(rule: &SecondFactor, secret: &[u8]) -> Result<Totp> {
    Builder::new()
        .with_secret(Secret::from(secret))
        .with_digits(rule.digits)
        .with_skew(rule.drift_steps)
        .with_step_duration(u64::from(rule.step_seconds))
        .build()
        .map_err(|error| Error::broken(error.to_string()))
}

/// The step of time that a code belongs to, where it is one of those that count now.
pub(crate) fn step_of(rule: &SecondFactor, secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>> {
    let written: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if written.len() != usize::from(rule.digits) || !written.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let step = totp(rule, secret)?.check(&written, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The secret as it is typed into an app that reads no picture: base 32, in groups of four.
pub(super) fn written(secret: &[u8]) -> String {
    let letters: Vec<char> = Secret::from(secret).to_base32().chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What the picture says (Key Uri Format of authenticator apps). Usernames need no escaping: they are letters, digits and
/// `.-_`.
pub(super) fn address(rule: &SecondFactor, secret: &[u8], username: &str) -> String {
    let (secret, digits, period) = (Secret::from(secret).to_base32(), rule.digits, rule.step_seconds);
    format!(
        "otpauth://totp/{ISSUER}:{username}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits={digits}&period={period}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::account::Limits;

    fn rule() -> SecondFactor {
        Limits::embedded().unwrap().second_factor
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, SHA-1; the last eight digits of its table.
        let secret = b"12345678901234567890";
        let rule = SecondFactor { digits: 8, ..rule() };
        for (at, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let now = Timestamp::from_second(at).unwrap();
            assert_eq!(step_of(&rule, secret, code, now).unwrap(), Some(at / 30), "{at}");
        }
    }

    #[test]
    fn a_code_counts_one_step_before_and_after_and_is_read_as_people_write_it() {
        let (secret, rule) = (b"12345678901234567890", rule());
        // The code of the step from 30 to 59 seconds.
        for (at, code, found) in [
            (45, "287082", Some(1)),
            (45, "287 082", Some(1)),
            (45, " 287-082 ", Some(1)),
            (29, "287082", Some(1)),
            (0, "287082", Some(1)),
            (60, "287082", Some(1)),
            (89, "287082", Some(1)),
            (90, "287082", None),
            (45, "287083", None),
            (45, "28708", None),
            (45, "2870820", None),
            (45, "", None),
            (45, "28708x", None),
            (45, "２８７０８２", None),
        ] {
            let now = Timestamp::from_second(at).unwrap();
            assert_eq!(step_of(&rule, secret, code, now).unwrap(), found, "{at} {code}");
        }
    }

    #[test]
    fn the_secret_is_written_for_apps_and_for_people() {
        let secret = b"12345678901234567890";
        assert_eq!(written(secret), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            address(&rule(), secret, "wang.li"),
            "otpauth://totp/Xinqiao:wang.li?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Xinqiao&algorithm=SHA1&digits=6&period=30"
        );
    }
}
