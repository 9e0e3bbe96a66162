/*
 * AES (FIPS 197) in Galois/Counter Mode (NIST SP 800-38D). No access to memory and no branch depends on keys or data: the S-box is looked
 * up by registers, all of it each time.
 */
VECTORS_BEGIN

typedef uint8_t AesBlock __attribute__((vector_size(16)));
typedef int8_t AesSigns __attribute__((vector_size(16)));

enum { AES_BLOCK = 16, MOST_ROUNDS = 14 };
/* What a block counts for; see `quickjs_work`. */
#define AES_BLOCK_WORK 16

typedef struct {
    AesBlock box[16]; /* The S-box, in pieces of sixteen. */
    AesBlock keys[MOST_ROUNDS + 1];
    int rounds;
    uint64_t high, low; /* The key of GHASH. */
} Aes;

typedef struct {
    uint64_t high, low;
} Ghash;

static inline uint8_t rotate_byte(uint8_t value, int bits)
{
    return value << bits | value >> (8 - bits);
}

/* Section 5.1.1: walks through all elements but 0 by a generator, with their inverses. */
static void aes_fill_box(uint8_t *box)
{
    uint8_t value = 1, inverse = 1;
    do {
        value = value ^ value << 1 ^ (value & 0x80 ? 0x1b : 0);
        inverse ^= inverse << 1;
        inverse ^= inverse << 2;
        inverse ^= inverse << 4;
        inverse ^= inverse & 0x80 ? 0x09 : 0;
        box[value] = 0x63 ^ inverse ^ rotate_byte(inverse, 1) ^ rotate_byte(inverse, 2) ^ rotate_byte(inverse, 3) ^
            rotate_byte(inverse, 4);
    } while (value != 1);
    box[0] = 0x63;
}

static inline AesBlock aes_substitute(const Aes *aes, AesBlock state)
{
    AesBlock result = {0};
    for (int piece = 0; piece < 16; piece++) {
        /* A place beyond the piece gives 0. */
        AesBlock places = state ^ (uint8_t)(piece << 4);
        result |= (AesBlock)swizzle_bytes((AesSigns)aes->box[piece], (AesSigns)places);
    }
    return result;
}

static inline AesBlock aes_double(AesBlock state)
{
    return (state << 1) ^ ((AesBlock)((AesSigns)state < 0) & 0x1b);
}

static AesBlock aes_encrypt(const Aes *aes, AesBlock state)
{
    state ^= aes->keys[0];
    for (int round = 1; round <= aes->rounds; round++) {
        state = aes_substitute(aes, state);
        state = __builtin_shufflevector(state, state, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
        if (round < aes->rounds) {
            AesBlock by1 = __builtin_shufflevector(state, state, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
            AesBlock by2 = __builtin_shufflevector(state, state, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
            AesBlock by3 = __builtin_shufflevector(state, state, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
            state = aes_double(state ^ by1) ^ by1 ^ by2 ^ by3;
        }
        state ^= aes->keys[round];
    }
    return state;
}

/* Section 5.2: `length` is 16, 24 or 32. */
static void aes_expand(Aes *aes, const uint8_t *key, size_t length)
{
    size_t words = length / 4;
    uint8_t *schedule = (uint8_t *)aes->keys, constant = 1;
    aes->rounds = words + 6;
    memcpy(schedule, key, length);
    for (size_t word = words; word < 4 * (aes->rounds + 1u); word++) {
        AesBlock last = {0};
        memcpy(&last, schedule + 4 * word - 4, 4);
        if (word % words == 0) {
            last = aes_substitute(aes, last);
            last = __builtin_shufflevector(last, last, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
            last[0] ^= constant;
            constant = constant << 1 ^ (constant & 0x80 ? 0x1b : 0);
        } else if (words == 8 && word % words == 4) {
            last = aes_substitute(aes, last);
        }
        for (int index = 0; index < 4; index++)
            schedule[4 * word + index] = schedule[4 * (word - words) + index] ^ last[index];
    }
}

static AesBlock aes_load(const uint8_t *bytes, size_t length)
{
    AesBlock block = {0};
    memcpy(&block, bytes, length < AES_BLOCK ? length : AES_BLOCK);
    return block;
}

/* Section 6.3: multiplies by the key, bit by bit. */
static void ghash_block(const Aes *aes, Ghash *ghash, AesBlock block)
{
    uint8_t bytes[AES_BLOCK];
    memcpy(bytes, &block, AES_BLOCK);
    uint64_t halves[2] = {ghash->high ^ load_long(bytes), ghash->low ^ load_long(bytes + 8)};
    uint64_t high = 0, low = 0, key_high = aes->high, key_low = aes->low;
    for (int half = 0; half < 2; half++) {
        for (int bit = 63; bit >= 0; bit--) {
            uint64_t taken = -(halves[half] >> bit & 1), carry = -(key_low & 1);
            high ^= key_high & taken;
            low ^= key_low & taken;
            key_low = key_low >> 1 | key_high << 63;
            key_high = key_high >> 1 ^ (carry & (uint64_t)0xe1 << 56);
        }
    }
    ghash->high = high;
    ghash->low = low;
}

static bool ghash_update(JSContext *ctx, const Aes *aes, Ghash *ghash, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length; at += AES_BLOCK) {
        if (!quickjs_work(ctx, AES_BLOCK_WORK))
            return false;
        ghash_block(aes, ghash, aes_load(bytes + at, length - at));
    }
    return true;
}

static AesBlock aes_block_of(uint64_t high, uint64_t low)
{
    uint64_t halves[2] = {__builtin_bswap64(high), __builtin_bswap64(low)};
    AesBlock block;
    memcpy(&block, halves, AES_BLOCK);
    return block;
}

/* What the counter's blocks are added to, from the one after `counter` on. */
static bool aes_count(JSContext *ctx, const Aes *aes, AesBlock counter, const uint8_t *from, uint8_t *to, size_t length)
{
    uint8_t bytes[AES_BLOCK];
    memcpy(bytes, &counter, AES_BLOCK);
    for (size_t at = 0; at < length; at += AES_BLOCK) {
        if (!quickjs_work(ctx, AES_BLOCK_WORK))
            return false;
        for (int place = 15; place >= 12 && ++bytes[place] == 0; place--)
            ;
        AesBlock block = aes_load(from + at, length - at) ^ aes_encrypt(aes, aes_load(bytes, AES_BLOCK));
        memcpy(to + at, &block, length - at < AES_BLOCK ? length - at : AES_BLOCK);
    }
    return true;
}

/* (whether to encrypt, key, initialisation vector, additional data, bytes of the tag, data): undefined where the tag is wrong. */
NATIVE(aesGcm) JSValue platform_aes_gcm(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    bool encrypts = JS_ToBool(ctx, values[0]) > 0;
    size_t key_length, vector_length, additional_length, length;
    const uint8_t *key = JS_GetUint8Array(ctx, &key_length, values[1]);
    const uint8_t *vector = JS_GetUint8Array(ctx, &vector_length, values[2]);
    const uint8_t *additional = JS_GetUint8Array(ctx, &additional_length, values[3]);
    size_t tag_length = i32_argument(ctx, values[4]);
    const uint8_t *data = JS_GetUint8Array(ctx, &length, values[5]);
    if (key == NULL || vector == NULL || additional == NULL || data == NULL)
        return JS_EXCEPTION;
    if (!encrypts && length < tag_length)
        return JS_UNDEFINED;

    Aes aes;
    Ghash ghash = {0, 0};
    aes_fill_box((uint8_t *)aes.box);
    aes_expand(&aes, key, key_length);
    uint8_t first[AES_BLOCK];
    AesBlock counter = aes_encrypt(&aes, (AesBlock){0});
    memcpy(first, &counter, AES_BLOCK);
    aes.high = load_long(first);
    aes.low = load_long(first + 8);
    if (vector_length == 12) {
        counter = aes_load(vector, vector_length);
        counter[15] = 1;
    } else {
        if (!ghash_update(ctx, &aes, &ghash, vector, vector_length))
            return JS_EXCEPTION;
        ghash_block(&aes, &ghash, aes_block_of(0, (uint64_t)vector_length * 8));
        counter = aes_block_of(ghash.high, ghash.low);
        ghash = (Ghash){0, 0};
    }

    size_t text_length = encrypts ? length : length - tag_length;
    uint8_t *result = malloc(text_length + tag_length);
    if (result == NULL)
        return JS_ThrowOutOfMemory(ctx);
    bool done = aes_count(ctx, &aes, counter, data, result, text_length) &&
        ghash_update(ctx, &aes, &ghash, additional, additional_length) &&
        ghash_update(ctx, &aes, &ghash, encrypts ? result : data, text_length);
    ghash_block(&aes, &ghash, aes_block_of((uint64_t)additional_length * 8, (uint64_t)text_length * 8));
    AesBlock tag = aes_block_of(ghash.high, ghash.low) ^ aes_encrypt(&aes, counter);
    memset(&aes, 0, sizeof(aes));

    JSValue value = JS_EXCEPTION;
    if (done && encrypts) {
        memcpy(result + text_length, &tag, tag_length);
        value = JS_NewUint8ArrayCopy(ctx, result, text_length + tag_length);
    } else if (done) {
        uint8_t difference = 0;
        for (size_t index = 0; index < tag_length; index++)
            difference |= data[text_length + index] ^ tag[index];
        value = difference == 0 ? JS_NewUint8ArrayCopy(ctx, result, text_length) : JS_UNDEFINED;
    }
    free(result);
    return value;
}
VECTORS_END
