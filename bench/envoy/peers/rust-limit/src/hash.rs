//! HalfSipHash-2-4 with 64 bits of output (https://github.com/veorq/SipHash).

/// As two words: the low and the high one.
pub type Hash = (u32, u32);

pub fn keyed_hash(bytes: &[u8], (low, high): (u32, u32)) -> Hash {
    let mut state = [low, high ^ 0xee, 0x6c79_6765 ^ low, 0x7465_6462 ^ high];
    let words = bytes.chunks_exact(4);
    let mut last = (bytes.len() as u32) << 24;
    for (index, byte) in words.remainder().iter().enumerate() {
        last |= u32::from(*byte) << (8 * index);
    }
    for word in words {
        compress(
            &mut state,
            u32::from_le_bytes([word[0], word[1], word[2], word[3]]),
        );
    }
    compress(&mut state, last);
    state[2] ^= 0xee;
    rounds(&mut state, 4);
    let first = state[1] ^ state[3];
    state[1] ^= 0xdd;
    rounds(&mut state, 4);
    (first, state[1] ^ state[3])
}

fn compress(state: &mut [u32; 4], word: u32) {
    state[3] ^= word;
    rounds(state, 2);
    state[0] ^= word;
}

fn rounds(state: &mut [u32; 4], count: u32) {
    let [mut v0, mut v1, mut v2, mut v3] = *state;
    for _ in 0..count {
        v0 = v0.wrapping_add(v1);
        v1 = v1.rotate_left(5) ^ v0;
        v0 = v0.rotate_left(16);
        v2 = v2.wrapping_add(v3);
        v3 = v3.rotate_left(8) ^ v2;
        v0 = v0.wrapping_add(v3);
        v3 = v3.rotate_left(7) ^ v0;
        v2 = v2.wrapping_add(v1);
        v1 = v1.rotate_left(13) ^ v2;
        v2 = v2.rotate_left(16);
    }
    *state = [v0, v1, v2, v3];
}
