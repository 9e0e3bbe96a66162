//! A fixed number of shared-data keys, each a bucket: nothing, or a floor and up to 16 entries of 32 bytes, written by compare-and-swap. In
//! little endian each is a hash of 64 bits, when it expires, how many requests it counts, and when its window ends. What has to go
//! leaves its count at the floor, where all begin that are not in the bucket.
use crate::hash::{keyed_hash, Hash};
use proxy_wasm::hostcalls::{get_current_time, get_shared_data, set_shared_data};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::UNIX_EPOCH;

const BUCKETS: u32 = 8_192;
const MOST_IN_BUCKET: usize = 16;
const SIZE: usize = 32;
const MOST_TRIES: usize = 64;
const WINDOW: f64 = 3_600_000.0;

pub struct Table {
    limit: f64,
    key: (u32, u32),
    /// Of the buckets' keys.
    names: Vec<String>,
}

impl Table {
    /// Makes the keys that are not there.
    pub fn open(limit: f64) -> Option<Table> {
        let names: Vec<String> = (0..BUCKETS).map(|index| format!("table/{index}")).collect();
        // A CAS with a number that no value of these keys can have creates only where nothing is.
        set_shared_data("ticket", None, None).ok()?;
        let ticket = get_shared_data("ticket").ok()?.1;
        // Those that are there refuse.
        let secret = RandomState::new().build_hasher().finish();
        let _ = set_shared_data("hash-key", Some(&secret.to_le_bytes()), ticket);
        for name in &names {
            let _ = set_shared_data(name, None, ticket);
        }
        let bytes = get_shared_data("hash-key").ok()?.0?;
        let key = (word_at(&bytes, 0), word_at(&bytes, 4));
        Some(Table { limit, key, names })
    }

    /// Whether the key may have one more request in its window.
    pub fn take(&self, key: &[u8]) -> bool {
        let hash = keyed_hash(key, self.key);
        let name = &self.names[(hash.0 % BUCKETS) as usize];
        let Some(now) = milliseconds() else {
            return false;
        };
        for _ in 0..MOST_TRIES {
            let Ok((bytes, cas)) = get_shared_data(name) else {
                return false;
            };
            let Some(written) = self.counted(bytes.unwrap_or_default(), hash, now) else {
                return false;
            };
            if set_shared_data(name, Some(&written), cas).is_ok() {
                return true;
            }
        }
        false
    }

    /// The bucket with one more request of the key; none: it has had its limit.
    fn counted(&self, mut bytes: Vec<u8>, hash: Hash, now: f64) -> Option<Vec<u8>> {
        let found = (1..bytes.len() / SIZE)
            .find(|place| hash_at(&bytes, *place) == hash)
            .map(|place| (place, window_at(&bytes, place)));
        let (count, end) = match found {
            Some((_, (count, end))) if end > now => (count, end),
            Some(_) => (0.0, now + WINDOW),
            None => match window_at(&bytes, 0) {
                (count, end) if end > now => (count, now + WINDOW),
                _ => (0.0, now + WINDOW),
            },
        };
        if count + 1.0 > self.limit {
            return None;
        }
        let place = found.map_or_else(|| make_room(&mut bytes, now), |(place, _)| place);
        write(&mut bytes, place, hash, (count + 1.0, end));
        Some(bytes)
    }
}

/// The place of an entry that comes.
fn make_room(bytes: &mut Vec<u8>, now: f64) -> usize {
    let count = bytes.len() / SIZE;
    let mut least = (f64::INFINITY, 1);
    for place in 1..count {
        let (used, end) = window_at(bytes, place);
        if end <= now {
            return place;
        }
        if used < least.0 {
            least = (used, place);
        }
    }
    if count <= MOST_IN_BUCKET {
        let place = count.max(1);
        bytes.resize((place + 1) * SIZE, 0);
        return place;
    }
    let (used, end) = window_at(bytes, least.1);
    let floor = match window_at(bytes, 0) {
        (floor, floor_end) if floor_end > now => (floor.max(used), floor_end.max(end)),
        _ => (used, end),
    };
    write(bytes, 0, (0, 0), floor);
    least.1
}

fn milliseconds() -> Option<f64> {
    let since = get_current_time().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_millis() as f64)
}

fn hash_at(bytes: &[u8], place: usize) -> Hash {
    (
        word_at(bytes, place * SIZE),
        word_at(bytes, place * SIZE + 4),
    )
}

/// How many are counted, and until when; nothing of a bucket without a floor.
fn window_at(bytes: &[u8], place: usize) -> (f64, f64) {
    let at = place * SIZE;
    if at >= bytes.len() {
        return (0.0, 0.0);
    }
    (number_at(bytes, at + 16), number_at(bytes, at + 24))
}

fn write(bytes: &mut [u8], place: usize, (low, high): Hash, (count, end): (f64, f64)) {
    let entry = &mut bytes[place * SIZE..(place + 1) * SIZE];
    entry[..4].copy_from_slice(&low.to_le_bytes());
    entry[4..8].copy_from_slice(&high.to_le_bytes());
    entry[8..16].copy_from_slice(&end.to_le_bytes());
    entry[16..24].copy_from_slice(&count.to_le_bytes());
    entry[24..].copy_from_slice(&end.to_le_bytes());
}

fn word_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn number_at(bytes: &[u8], at: usize) -> f64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    f64::from_le_bytes(number)
}
