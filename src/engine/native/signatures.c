/*
 * Signatures: what Envoy's foreign functions `verify_signature` and `sign` do for a module, with their arguments and results, by libtorsion.
 * RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2) and ECDSA on P-256, P-384 and P-521 (FIPS 186-4, section 6). Whoever calls has checked the keys;
 * here they are only kept from doing harm. Keys are DER only, and hashes those of Web Crypto: the guest gives nothing else to a host, and no
 * policy calls these functions itself. Signing with RSA is blinded, and its result is checked; with curves its time is constant.
 */
#include <torsion/ecc.h>
#include <torsion/hash.h>
#include <torsion/rsa.h>

#include "der.h"

#define MOST_RSA_BYTES (8192 / 8)
#define BLINDING_BYTES 32

static const uint8_t rsa_algorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t ec_algorithm[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t version_0[] = {0x00}, version_1[] = {0x01};

typedef struct {
    size_t length;
    uint8_t object[8];
    wei_curve_id_t id;
    pthread_once_t once;
    wei_curve_t *arithmetic; /* its tables, made once and kept */
} EcCurve;

static EcCurve ec_curves[] = {
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, WEI_CURVE_P256, PTHREAD_ONCE_INIT},
    {5, {0x2b, 0x81, 0x04, 0x00, 0x22}, WEI_CURVE_P384, PTHREAD_ONCE_INIT},
    {5, {0x2b, 0x81, 0x04, 0x00, 0x23}, WEI_CURVE_P521, PTHREAD_ONCE_INIT},
};

static void make_curve(EcCurve *curve)
{
    uint8_t blinding[BLINDING_BYTES];
    curve->arithmetic = wei_curve_create(curve->id);
    if (curve->arithmetic == NULL || !host_random(blinding, sizeof(blinding)))
        abort();
    wei_curve_randomize(curve->arithmetic, blinding);
}

#define MAKE_CURVE(index) \
    static void make_curve_##index(void) \
    { \
        make_curve(&ec_curves[index]); \
    }

MAKE_CURVE(0)
MAKE_CURVE(1)
MAKE_CURVE(2)

static void (*const make_curves[])(void) = {make_curve_0, make_curve_1, make_curve_2};

/* NULL: another one. */
static const wei_curve_t *find_curve(Slice object)
{
    for (size_t index = 0; index < countof(ec_curves); index++) {
        EcCurve *curve = &ec_curves[index];
        if (slice_is(object, curve->object, curve->length)) {
            pthread_once(&curve->once, make_curves[index]);
            return curve->arithmetic;
        }
    }
    return NULL;
}

/* A key in its algorithm's own form. */
typedef struct {
    const wei_curve_t *curve; /* NULL: it is of RSA */
    Slice bytes;
} SignatureKey;

static bool read_algorithm(Slice *from, SignatureKey *key)
{
    Slice algorithm, object, curve;
    if (!take_element(from, DER_SEQUENCE, &algorithm))
        return false;
    key->curve = NULL;
    if (slice_is(algorithm, rsa_algorithm, sizeof(rsa_algorithm)))
        return true;
    if (!take_element(&algorithm, DER_OBJECT, &object) || !slice_is(object, ec_algorithm, sizeof(ec_algorithm)) ||
        !take_element(&algorithm, DER_OBJECT, &curve) || algorithm.length != 0)
        return false;
    key->curve = find_curve(curve);
    return key->curve != NULL;
}

static bool is_point(const wei_curve_t *curve, Slice bytes)
{
    return bytes.length == ecdsa_pubkey_size(curve, 0) && bytes.bytes[0] == 4;
}

/* Longer numbers than those of the longest keys, which are refused otherwise, take too much time. */
static bool is_short_enough(Slice bytes)
{
    return bytes.length <= 8 * MOST_RSA_BYTES;
}

/* SubjectPublicKeyInfo (RFC 5280, section 4.1). */
static bool read_public_key(Slice der, SignatureKey *key)
{
    Slice info;
    if (!take_element(&der, DER_SEQUENCE, &info) || der.length != 0 || !read_algorithm(&info, key) ||
        !take_bit_string(&info, &key->bytes) || info.length != 0)
        return false;
    if (key->curve != NULL)
        return is_point(key->curve, key->bytes) && ecdsa_pubkey_verify(key->curve, key->bytes.bytes, key->bytes.length);
    return is_short_enough(key->bytes) && rsa_pubkey_verify(key->bytes.bytes, key->bytes.length) &&
        rsa_pubkey_bits(key->bytes.bytes, key->bytes.length) <= MOST_RSA_BYTES * 8;
}

/* ECPrivateKey (RFC 5915, section 3): the number, which goes with the point, if there is one. */
static bool read_ec_number(const wei_curve_t *curve, Slice *key)
{
    Slice inner, version, number, parameters, wrapped, point;
    if (!take_element(key, DER_SEQUENCE, &inner) || key->length != 0 || !take_element(&inner, DER_INTEGER, &version) ||
        !slice_is(version, version_1, sizeof(version_1)) || !take_element(&inner, DER_OCTET_STRING, &number) ||
        number.length != ecdsa_privkey_size(curve) || !ecdsa_privkey_verify(curve, number.bytes))
        return false;
    take_element(&inner, DER_PARAMETERS, &parameters);
    if (take_element(&inner, DER_PUBLIC_KEY, &wrapped)) {
        uint8_t own[ECDSA_MAX_PUB_SIZE];
        size_t length;
        if (!take_bit_string(&wrapped, &point) || !is_point(curve, point) || !ecdsa_pubkey_create(curve, own, &length, number.bytes, 0) ||
            !slice_is(point, own, length))
            return false;
    }
    *key = number;
    return inner.length == 0;
}

/* PKCS #8 (RFC 5958). */
static bool read_private_key(Slice der, SignatureKey *key)
{
    Slice info, version;
    if (!take_element(&der, DER_SEQUENCE, &info) || der.length != 0 || !take_element(&info, DER_INTEGER, &version) ||
        !slice_is(version, version_0, sizeof(version_0)) || !read_algorithm(&info, key) ||
        !take_element(&info, DER_OCTET_STRING, &key->bytes))
        return false;
    if (key->curve != NULL)
        return read_ec_number(key->curve, &key->bytes);
    unsigned bits = is_short_enough(key->bytes) ? rsa_privkey_bits(key->bytes.bytes, key->bytes.length) : 0;
    return bits > 0 && bits <= MOST_RSA_BYTES * 8;
}

typedef struct {
    hash_id_t hash;
    uint8_t bytes[HASH_MAX_OUTPUT_SIZE];
    size_t length;
} Digest;

/* false: there is no such hash function. */
static bool digest_of(Slice name, Slice data, Digest *digest)
{
    static const struct {
        char name[8];
        hash_id_t hash;
    } hashes[] = {{"sha1", HASH_SHA1}, {"sha256", HASH_SHA256}, {"sha384", HASH_SHA384}, {"sha512", HASH_SHA512}};
    size_t index = 0;
    while (index < countof(hashes) && !slice_is(name, hashes[index].name, strlen(hashes[index].name)))
        index++;
    if (index == countof(hashes))
        return false;
    hash_t hashing;
    digest->hash = hashes[index].hash;
    digest->length = hash_output_size(digest->hash);
    hash_init(&hashing, digest->hash);
    hash_update(&hashing, data.bytes, data.length);
    hash_final(&hashing, digest->bytes, digest->length);
    return true;
}

static bool verifies(const SignatureKey *key, const Digest *digest, Slice signature)
{
    Slice bytes = key->bytes;
    if (key->curve == NULL)
        return rsa_verify(digest->hash, digest->bytes, digest->length, signature.bytes, signature.length, bytes.bytes, bytes.length);
    uint8_t numbers[ECDSA_MAX_SIG_SIZE];
    /* Of two that are right, libtorsion takes the one with the smaller number. */
    return ecdsa_sig_import(key->curve, numbers, signature.bytes, signature.length) &&
        ecdsa_sig_normalize(key->curve, numbers, numbers) &&
        ecdsa_verify(key->curve, digest->bytes, digest->length, numbers, bytes.bytes, bytes.length);
}

/* The length of the signature; 0: it cannot be made. */
static size_t sign(const SignatureKey *key, const Digest *digest, uint8_t *signature)
{
    Slice bytes = key->bytes;
    size_t length = 0;
    if (key->curve == NULL) {
        uint8_t blinding[BLINDING_BYTES];
        return host_random(blinding, sizeof(blinding)) &&
                rsa_sign(
                    signature, &length, digest->hash, digest->bytes, digest->length, bytes.bytes, bytes.length, blinding)
            ? length
            : 0;
    }
    uint8_t numbers[ECDSA_MAX_SIG_SIZE];
    return ecdsa_sign(key->curve, numbers, NULL, digest->bytes, digest->length, bytes.bytes) &&
            ecdsa_sig_export(key->curve, signature, &length, numbers)
        ? length
        : 0;
}

enum { FIELD_HASH, FIELD_KEY, FIELD_SIGNATURE, FIELD_DATA, FIELD_SIGNED = FIELD_SIGNATURE };

/* A result begins with field 1, which is true. */
static const uint8_t result_true[] = {0x08, 1};

/* A key that is none verifies nothing, as in Envoy. */
static int32_t verify_signature(const Slice *fields, uint8_t **result, size_t *length)
{
    SignatureKey key;
    Digest digest;
    bool verified = read_public_key(fields[FIELD_KEY], &key) && digest_of(fields[FIELD_HASH], fields[FIELD_DATA], &digest) &&
        verifies(&key, &digest, fields[FIELD_SIGNATURE]);
    *length = verified ? sizeof(result_true) : 0;
    *result = copy_bytes(engine_malloc, result_true, *length);
    return *result == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}

/* The signature is field 2. A key that is none, or does not fit itself, makes none. */
static int32_t make_signature(const Slice *fields, uint8_t **result, size_t *length)
{
    SignatureKey key;
    Digest digest;
    uint8_t bytes[sizeof(result_true) + 3 + RSA_MAX_MOD_SIZE], *signature = bytes + sizeof(result_true) + 3;
    bool ready = read_private_key(fields[FIELD_KEY], &key) && digest_of(fields[FIELD_HASH], fields[FIELD_SIGNED], &digest);
    size_t made = ready ? sign(&key, &digest, signature) : 0;
    memcpy(bytes, result_true, sizeof(result_true));
    /* Its length as a varint of two bytes. */
    uint8_t head[] = {0x12, (uint8_t)(0x80 | (made & 0x7f)), (uint8_t)(made >> 7)};
    memcpy(bytes + sizeof(result_true), head, sizeof(head));
    *length = made == 0 ? 0 : sizeof(result_true) + sizeof(head) + made;
    *result = copy_bytes(engine_malloc, bytes, *length);
    return *result == NULL ? STATUS_INTERNAL_FAILURE : STATUS_OK;
}
