//! Lets those pass who have a token of the issuer: signatures are verified by crates, in the module.
use p256::ecdsa::signature::Verifier;
use rsa::BoxedUint;

mod filter;
mod token;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(filter::Root::<Key>(None)));
}}

enum Key {
    Rsa(rsa::pkcs1v15::VerifyingKey<sha2::Sha256>),
    P256(p256::ecdsa::VerifyingKey),
}

impl token::VerifyingKey for Key {
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, 8 * bytes.len() as u32).ok();
        let key = rsa::PublicKey::new(number(modulus)?, number(exponent)?).ok()?;
        Some(Key::Rsa(rsa::pkcs1v15::VerifyingKey::new(key)))
    }

    fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        let point = [&[4], x, y].concat();
        Some(Key::P256(
            p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?,
        ))
    }

    fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Key::Rsa(key) => rsa::pkcs1v15::Signature::try_from(signature)
                .is_ok_and(|it| key.verify(text, &it).is_ok()),
            Key::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|it| key.verify(text, &it).is_ok()),
        }
    }
}
