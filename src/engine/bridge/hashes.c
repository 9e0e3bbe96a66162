/* SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4), HMAC (RFC 2104) and PBKDF2 (RFC 8018, section 5.2) of them. */

/* In the order of `hashNames` in `src/engine/prelude/web/subtle/hash-names.ts`. */
enum { SHA_1, SHA_256, SHA_384, SHA_512 };
enum { LONGEST_BLOCK = 128, LONGEST_DIGEST = 64 };
/* What a block counts for; see `quickjs_work`. */
#define HASH_BLOCK_WORK 32

/* What JavaScript hands over: in a module that computes no digests they would be dead weight. */
typedef struct {
    uint64_t rounds[80]; /* Their upper halves are SHA-256's. */
    uint64_t sha512[8];  /* The same. */
    uint64_t sha384[8];
} HashConstants;

typedef struct {
    const HashConstants *constants;
    int hash;
    uint64_t length;
    union {
        uint32_t words[8];
        uint64_t longs[8];
    };
    uint8_t pending[LONGEST_BLOCK];
} Hashing;

static inline size_t block_size(int hash)
{
    return hash >= SHA_384 ? 128 : 64;
}

static inline size_t digest_size(int hash)
{
    return hash == SHA_1 ? 20 : hash == SHA_256 ? 32 : hash == SHA_384 ? 48 : 64;
}

static inline uint64_t rotate_long(uint64_t value, int bits)
{
    return value >> bits | value << (64 - bits);
}

static inline uint64_t load_long(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof(value));
    return __builtin_bswap64(value);
}

static void sha512_block(Hashing *hashing, const uint8_t *block)
{
    uint64_t recent[16], state[8];
    memcpy(state, hashing->longs, sizeof(state));
    for (int index = 0; index < 80; index++) {
        uint64_t word;
        if (index < 16) {
            word = load_long(block + index * 8);
        } else {
            uint64_t w2 = recent[(index - 2) & 15], w15 = recent[(index - 15) & 15];
            word = (rotate_long(w2, 19) ^ rotate_long(w2, 61) ^ w2 >> 6) + recent[(index - 7) & 15] +
                (rotate_long(w15, 1) ^ rotate_long(w15, 8) ^ w15 >> 7) + recent[index & 15];
        }
        recent[index & 15] = word;
        uint64_t a = state[0], e = state[4];
        uint64_t t1 = state[7] + (rotate_long(e, 14) ^ rotate_long(e, 18) ^ rotate_long(e, 41)) +
            ((e & state[5]) ^ (~e & state[6])) + hashing->constants->rounds[index] + word;
        uint64_t t2 = (rotate_long(a, 28) ^ rotate_long(a, 34) ^ rotate_long(a, 39)) +
            ((a & state[1]) ^ (a & state[2]) ^ (state[1] & state[2]));
        memmove(state + 1, state, 7 * sizeof(*state));
        state[4] += t1;
        state[0] = t1 + t2;
    }
    for (int index = 0; index < 8; index++)
        hashing->longs[index] += state[index];
}

static void sha256_block(Hashing *hashing, const uint8_t *block)
{
    uint32_t constants[64];
    for (int index = 0; index < 64; index++)
        constants[index] = hashing->constants->rounds[index] >> 32;
    sha256_compress((uint8_t *)hashing->words, block, (const uint8_t *)constants);
}

static void sha1_block(Hashing *hashing, const uint8_t *block)
{
    uint32_t recent[16], *words = hashing->words;
    uint32_t a = words[0], b = words[1], c = words[2], d = words[3], e = words[4];
    for (int index = 0; index < 80; index++) {
        uint32_t word = index < 16
            ? __builtin_bswap32(load_u32(block + index * 4))
            : rotate_right(recent[(index - 3) & 15] ^ recent[(index - 8) & 15] ^ recent[(index - 14) & 15] ^ recent[index & 15], 31);
        recent[index & 15] = word;
        uint32_t mixed = index < 20 ? ((b & c) | (~b & d)) + 0x5a827999
            : index < 40 ? (b ^ c ^ d) + 0x6ed9eba1
            : index < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
            : (b ^ c ^ d) + 0xca62c1d6;
        uint32_t next = rotate_right(a, 27) + mixed + e + word;
        e = d;
        d = c;
        c = rotate_right(b, 2);
        b = a;
        a = next;
    }
    words[0] += a;
    words[1] += b;
    words[2] += c;
    words[3] += d;
    words[4] += e;
}

static void hash_block(Hashing *hashing, const uint8_t *block)
{
    if (hashing->hash == SHA_1)
        sha1_block(hashing, block);
    else if (hashing->hash == SHA_256)
        sha256_block(hashing, block);
    else
        sha512_block(hashing, block);
}

static void hash_begin(Hashing *hashing, int hash, const HashConstants *constants)
{
    hashing->constants = constants;
    hashing->hash = hash;
    hashing->length = 0;
    if (hash == SHA_1) {
        static_assert(sizeof(hashing->words) >= 20, "");
        hashing->words[0] = 0x67452301;
        hashing->words[1] = 0xefcdab89;
        hashing->words[2] = 0x98badcfe;
        hashing->words[3] = 0x10325476;
        hashing->words[4] = 0xc3d2e1f0;
        return;
    }
    const uint64_t *first = hash == SHA_384 ? constants->sha384 : constants->sha512;
    for (int index = 0; index < 8; index++) {
        if (hash == SHA_256)
            hashing->words[index] = first[index] >> 32;
        else
            hashing->longs[index] = first[index];
    }
}

/* false: it was interrupted. */
static bool hash_update(JSContext *ctx, Hashing *hashing, const uint8_t *bytes, size_t length)
{
    size_t block = block_size(hashing->hash);
    size_t held = hashing->length & (block - 1);
    hashing->length += length;
    while (held + length >= block) {
        if (!quickjs_work(ctx, HASH_BLOCK_WORK))
            return false;
        if (held == 0) {
            hash_block(hashing, bytes);
            bytes += block;
            length -= block;
        } else {
            memcpy(hashing->pending + held, bytes, block - held);
            hash_block(hashing, hashing->pending);
            bytes += block - held;
            length -= block - held;
            held = 0;
        }
    }
    memcpy(hashing->pending + held, bytes, length);
    return true;
}

static void hash_end(Hashing *hashing, uint8_t *digest)
{
    size_t block = block_size(hashing->hash), size = digest_size(hashing->hash);
    size_t held = hashing->length & (block - 1);
    hashing->pending[held++] = 0x80;
    memset(hashing->pending + held, 0, block - held);
    if (held > block - block / 8) {
        hash_block(hashing, hashing->pending);
        memset(hashing->pending, 0, block);
    }
    uint64_t bits = __builtin_bswap64(hashing->length * 8);
    memcpy(hashing->pending + block - 8, &bits, sizeof(bits));
    hash_block(hashing, hashing->pending);
    if (hashing->hash >= SHA_384) {
        for (int index = 0; index < 8; index++)
            hashing->longs[index] = __builtin_bswap64(hashing->longs[index]);
    } else {
        for (int index = 0; index < 8; index++)
            hashing->words[index] = __builtin_bswap32(hashing->words[index]);
    }
    memcpy(digest, hashing->longs, size);
}

typedef struct {
    Hashing inner;
    Hashing outer;
} Authenticating;

/* false: it was interrupted. */
static bool hmac_begin(
    JSContext *ctx, Authenticating *code, int hash, const HashConstants *constants, const uint8_t *key, size_t length)
{
    uint8_t padded[LONGEST_BLOCK] = {0};
    size_t block = block_size(hash);
    if (length > block) {
        hash_begin(&code->inner, hash, constants);
        if (!hash_update(ctx, &code->inner, key, length))
            return false;
        hash_end(&code->inner, padded);
    } else {
        memcpy(padded, key, length);
    }
    for (size_t index = 0; index < block; index++)
        padded[index] ^= 0x36;
    hash_begin(&code->inner, hash, constants);
    bool done = hash_update(ctx, &code->inner, padded, block);
    for (size_t index = 0; index < block; index++)
        padded[index] ^= 0x36 ^ 0x5c;
    hash_begin(&code->outer, hash, constants);
    return done && hash_update(ctx, &code->outer, padded, block);
}

static bool hmac_end(JSContext *ctx, Authenticating *code, uint8_t *digest)
{
    hash_end(&code->inner, digest);
    if (!hash_update(ctx, &code->outer, digest, digest_size(code->inner.hash)))
        return false;
    hash_end(&code->outer, digest);
    return true;
}

static const HashConstants *constants_argument(JSContext *ctx, JSValueConst value)
{
    size_t length;
    const uint8_t *bytes = JS_GetUint8Array(ctx, &length, value);
    return bytes != NULL && length == sizeof(HashConstants) ? (const HashConstants *)bytes : NULL;
}

/* (hash, constants, key, data): the digest, or the HMAC where there is a key. */
NATIVE(digest) JSValue platform_digest(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int hash = i32_argument(ctx, values[0]);
    const HashConstants *constants = constants_argument(ctx, values[1]);
    size_t key_length = 0, length;
    const uint8_t *key = JS_IsUndefined(values[2]) ? NULL : JS_GetUint8Array(ctx, &key_length, values[2]);
    const uint8_t *data = JS_GetUint8Array(ctx, &length, values[3]);
    if (constants == NULL || data == NULL || (key == NULL && !JS_IsUndefined(values[2])))
        return JS_EXCEPTION;
    uint8_t digest[LONGEST_DIGEST];
    Authenticating code;
    if (key == NULL) {
        hash_begin(&code.inner, hash, constants);
        if (!hash_update(ctx, &code.inner, data, length))
            return JS_EXCEPTION;
        hash_end(&code.inner, digest);
    } else if (!hmac_begin(ctx, &code, hash, constants, key, key_length) ||
               !hash_update(ctx, &code.inner, data, length) || !hmac_end(ctx, &code, digest)) {
        return JS_EXCEPTION;
    }
    return JS_NewUint8ArrayCopy(ctx, digest, digest_size(hash));
}

/* (hash, constants, password, salt, iterations, target): fills the target. */
NATIVE(pbkdf2) JSValue platform_pbkdf2(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    int hash = i32_argument(ctx, values[0]);
    const HashConstants *constants = constants_argument(ctx, values[1]);
    size_t password_length, salt_length, length;
    const uint8_t *password = JS_GetUint8Array(ctx, &password_length, values[2]);
    const uint8_t *salt = JS_GetUint8Array(ctx, &salt_length, values[3]);
    uint32_t iterations = (uint32_t)i32_argument(ctx, values[4]);
    uint8_t *target = JS_GetUint8Array(ctx, &length, values[5]);
    Authenticating keyed;
    if (constants == NULL || password == NULL || salt == NULL || target == NULL ||
        !hmac_begin(ctx, &keyed, hash, constants, password, password_length))
        return JS_EXCEPTION;
    size_t size = digest_size(hash);
    uint8_t digest[LONGEST_DIGEST], sum[LONGEST_DIGEST];
    for (uint32_t block = 1; length > 0; block++) {
        uint32_t number = __builtin_bswap32(block);
        Authenticating code = keyed;
        if (!hash_update(ctx, &code.inner, salt, salt_length) ||
            !hash_update(ctx, &code.inner, (const uint8_t *)&number, sizeof(number)) || !hmac_end(ctx, &code, digest))
            return JS_EXCEPTION;
        memcpy(sum, digest, size);
        for (uint32_t done = 1; done < iterations; done++) {
            code = keyed;
            if (!quickjs_work(ctx, 4 * HASH_BLOCK_WORK) || !hash_update(ctx, &code.inner, digest, size) ||
                !hmac_end(ctx, &code, digest))
                return JS_EXCEPTION;
            for (size_t index = 0; index < size; index++)
                sum[index] ^= digest[index];
        }
        size_t part = length < size ? length : size;
        memcpy(target, sum, part);
        target += part;
        length -= part;
    }
    return JS_UNDEFINED;
}
