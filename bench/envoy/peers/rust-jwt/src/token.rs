//! What both peers do with a token but for its signature: RFC 7515, RFC 7519.
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};

const ISSUER: &str = "https://bench";
const LONGEST: usize = 8_192;

#[derive(Clone, Copy, PartialEq)]
pub enum Algorithm {
    Rs256,
    Es256,
}

/// A public key, for tokens of one algorithm that name it or none.
pub trait VerifyingKey: Sized {
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self>;
    fn p256(x: &[u8], y: &[u8]) -> Option<Self>;
    fn verifies(&self, text: &[u8], signature: &[u8]) -> bool;
}

pub struct Keys<K> {
    keys: Vec<(Algorithm, Option<String>, K)>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

impl<K: VerifyingKey> Keys<K> {
    /// A JWK set.
    pub fn parse(json: &[u8]) -> Option<Self> {
        let Set { keys } = serde_json::from_slice(json).ok()?;
        let keys = keys.into_iter().filter_map(|jwk| {
            let bytes = |text: &Option<String>| decoded(text.as_deref()?);
            let (algorithm, key) = match jwk.kty.as_str() {
                "RSA" => (Algorithm::Rs256, K::rsa(&bytes(&jwk.n)?, &bytes(&jwk.e)?)?),
                "EC" => (Algorithm::Es256, K::p256(&bytes(&jwk.x)?, &bytes(&jwk.y)?)?),
                _ => return None,
            };
            Some((algorithm, jwk.kid, key))
        });
        Some(Keys {
            keys: keys.collect(),
        })
    }

    /// Whether the value of `authorization` has a token that is good now.
    pub fn accepts(&self, authorization: &str) -> bool {
        self.checked(authorization).is_some()
    }

    fn checked(&self, authorization: &str) -> Option<()> {
        let (scheme, token) = authorization.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.len() > LONGEST {
            return None;
        }
        let (text, signature) = token.rsplit_once('.')?;
        let (header, payload) = text.split_once('.')?;
        let header = decoded(header)?;
        let Header { alg, kid, crit } = serde_json::from_slice(&header).ok()?;
        let algorithm = match alg {
            "RS256" => Algorithm::Rs256,
            "ES256" => Algorithm::Es256,
            _ => return None,
        };
        let signature = decoded(signature)?;
        let payload = decoded(payload)?;
        if crit.is_some() {
            return None;
        }
        self.keys
            .iter()
            .filter(|(of, id, _)| *of == algorithm && (kid.is_none() || id.is_none() || *id == kid))
            .find(|(_, _, key)| key.verifies(text.as_bytes(), &signature))?;
        let Claims { iss, exp, nbf } = serde_json::from_slice(&payload).ok()?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()?
            .as_secs_f64();
        (iss.as_deref() == Some(ISSUER) && now < exp? && nbf.is_none_or(|from| from <= now))
            .then_some(())
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
