//! Lets those pass who have a token of the issuer: signatures are verified by Envoy's foreign function.
use proxy_wasm::hostcalls::call_foreign_function;

#[path = "../../rust-jwt/src/filter.rs"]
mod filter;
#[path = "../../rust-jwt/src/token.rs"]
mod token;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(filter::Root::<Key>(None)));
}}

/// The beginning of an argument, with the hash and the key; what follows is a signature and the text.
struct Key {
    argument: Vec<u8>,
    is_rsa: bool,
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// `rsaEncryption` without parameters.
const RSA: &[u8] = &[
    0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0,
];
/// `id-ecPublicKey` on `prime256v1`.
const P256: &[u8] = &[
    0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7,
];

impl Key {
    fn new(algorithm: &[u8], public: &[u8], is_rsa: bool) -> Self {
        let bits = element(BIT_STRING, &[&[0], public].concat());
        let spki = element(SEQUENCE, &[element(SEQUENCE, algorithm), bits].concat());
        let mut argument = Vec::new();
        add_field(&mut argument, 1, b"sha256");
        add_field(&mut argument, 2, &spki);
        Key { argument, is_rsa }
    }
}

impl token::VerifyingKey for Key {
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let numbers = [integer(modulus), integer(exponent)].concat();
        Some(Key::new(RSA, &element(SEQUENCE, &numbers), true))
    }

    fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        Some(Key::new(P256, &[&[4], x, y].concat(), false))
    }

    fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        let mut argument =
            Vec::with_capacity(self.argument.len() + signature.len() + text.len() + 32);
        argument.extend_from_slice(&self.argument);
        if self.is_rsa {
            add_field(&mut argument, 3, signature);
        } else if signature.len() == 64 {
            let (r, s) = signature.split_at(32);
            add_field(
                &mut argument,
                3,
                &element(SEQUENCE, &[integer(r), integer(s)].concat()),
            );
        } else {
            return false;
        }
        add_field(&mut argument, 4, text);
        let result = call_foreign_function("verify_signature", Some(&argument));
        matches!(result, Ok(Some(bytes)) if bytes.starts_with(&[8, 1]))
    }
}

/// DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..=0x7f => bytes.push(length as u8),
        length @ 0x80..=0xff => bytes.extend([0x81, length as u8]),
        length => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend_from_slice(content);
    bytes
}

fn integer(number: &[u8]) -> Vec<u8> {
    let from = number
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(number.len() - 1);
    let sign: &[u8] = if number[from] < 0x80 { &[] } else { &[0] };
    element(INTEGER, &[sign, &number[from..]].concat())
}

/// Protocol Buffers.
fn add_field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    let mut length = bytes.len();
    while length >= 0x80 {
        message.push(length as u8 | 0x80);
        length >>= 7;
    }
    message.push(length as u8);
    message.extend_from_slice(bytes);
}
