/*
 * The compression function of SHA-256 (FIPS 180-4, section 6.2.2). In JavaScript it would take about a hundred times as long, and the
 * hash of a body longer than a callback may; padding, HMAC and the rest are the prelude's.
 */

#define SHA256_BLOCK 64
/* What a block counts for; see `quickjs_work`. */
#define SHA256_BLOCK_WORK 32

static inline uint32_t rotate_right(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

/* Word `index` of the message schedule, of which `recent` keeps the last sixteen. */
static inline uint32_t sha256_scheduled(uint32_t *recent, const uint8_t *block, int index)
{
    uint32_t word;
    if (index < 16) {
        word = __builtin_bswap32(load_u32(block + index * 4));
    } else {
        uint32_t w2 = recent[(index - 2) & 15];
        uint32_t w15 = recent[(index - 15) & 15];
        word = (rotate_right(w2, 17) ^ rotate_right(w2, 19) ^ w2 >> 10) + recent[(index - 7) & 15] +
            (rotate_right(w15, 7) ^ rotate_right(w15, 18) ^ w15 >> 3) + recent[index & 15];
    }
    recent[index & 15] = word;
    return word;
}

static void sha256_compress(uint8_t *state, const uint8_t *block, const uint8_t *constants)
{
    uint32_t recent[16], words[8];
    memcpy(words, state, sizeof(words));
    uint32_t a = words[0], b = words[1], c = words[2], d = words[3], e = words[4], f = words[5], g = words[6], h = words[7];
    for (int index = 0; index < 64; index++) {
        uint32_t t1 = h + (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) + ((e & f) ^ (~e & g)) +
            load_u32(constants + index * 4) + sha256_scheduled(recent, block, index);
        uint32_t t2 = (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    uint32_t added[8] = {a, b, c, d, e, f, g, h};
    for (int index = 0; index < 8; index++)
        store_u32(state + index * 4, words[index] + added[index]);
}

/* (state, blocks, constants): the eight words of the state and the 64 constants, in the machine's order of bytes; whole blocks. */
NATIVE(sha256Blocks) JSValue platform_sha256_blocks(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t length;
    uint8_t *state = JS_GetUint8Array(ctx, &length, values[0]);
    const uint8_t *constants = JS_GetUint8Array(ctx, &length, values[2]);
    const uint8_t *blocks = JS_GetUint8Array(ctx, &length, values[1]);
    if (state == NULL || constants == NULL || blocks == NULL)
        return JS_EXCEPTION;
    for (size_t at = 0; at + SHA256_BLOCK <= length; at += SHA256_BLOCK) {
        if (!quickjs_work(ctx, SHA256_BLOCK_WORK))
            return JS_EXCEPTION;
        sha256_compress(state, blocks + at, constants);
    }
    return JS_UNDEFINED;
}
