/*
 * The arithmetic of Ed25519's curve (RFC 8032, section 5.1) that verifying needs. Nothing in it is secret, so its time may tell all. Elements
 * of the field are ten limbs of 26 and 25 bits in turn, which may be negative; the constants are JavaScript's.
 */
enum { LIMBS = 10, FIELD_BYTES = 32 };
/* What the step for one bit counts for; see `quickjs_work`. */
#define CURVE_BIT_WORK 24

typedef struct {
    int32_t limbs[LIMBS];
} Field;

/* Extended coordinates (section 5.1.4). */
typedef struct {
    Field x, y, z, t;
} Point;

static inline int limb_bits(int index)
{
    return 26 - (index & 1);
}

/* Each limb loses what does not fit, rounded to the nearest. */
static void field_carry(Field *result, int64_t *sums)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int index = 0; index < LIMBS; index++) {
            int bits = limb_bits(index);
            int64_t carry = (sums[index] + ((int64_t)1 << (bits - 1))) >> bits;
            sums[index] -= carry * ((int64_t)1 << bits);
            if (index == LIMBS - 1)
                sums[0] += 19 * carry;
            else
                sums[index + 1] += carry;
        }
    }
    for (int index = 0; index < LIMBS; index++)
        result->limbs[index] = sums[index];
}

static void field_multiply(Field *result, const Field *left, const Field *right)
{
    int64_t sums[LIMBS] = {0};
    for (int i = 0; i < LIMBS; i++) {
        for (int j = 0; j < LIMBS; j++) {
            int32_t factor = (i & j & 1) ? 2 * left->limbs[i] : left->limbs[i];
            if (i + j < LIMBS)
                sums[i + j] += (int64_t)factor * right->limbs[j];
            else
                sums[i + j - LIMBS] += (int64_t)factor * (19 * right->limbs[j]);
        }
    }
    field_carry(result, sums);
}

static inline Field field_add(const Field *left, const Field *right)
{
    Field sum;
    for (int index = 0; index < LIMBS; index++)
        sum.limbs[index] = left->limbs[index] + right->limbs[index];
    return sum;
}

static inline Field field_subtract(const Field *left, const Field *right)
{
    Field difference;
    for (int index = 0; index < LIMBS; index++)
        difference.limbs[index] = left->limbs[index] - right->limbs[index];
    return difference;
}

/* 255 bits, the first byte the lowest. */
static void field_read(Field *field, const uint8_t *bytes)
{
    uint8_t padded[FIELD_BYTES + 8] = {0};
    int64_t sums[LIMBS];
    memcpy(padded, bytes, FIELD_BYTES);
    for (int index = 0, bit = 0; index < LIMBS; bit += limb_bits(index++)) {
        uint64_t word;
        memcpy(&word, padded + bit / 8, sizeof(word));
        sums[index] = word >> bit % 8 & (((uint64_t)1 << limb_bits(index)) - 1);
    }
    field_carry(field, sums);
}

/* The element that is from 0 to below 2^255 - 19. */
static void field_write(uint8_t *bytes, const Field *field)
{
    int64_t limbs[LIMBS];
    for (int index = 0; index < LIMBS; index++)
        limbs[index] = field->limbs[index];
    int64_t quotient = (19 * limbs[LIMBS - 1] + (1 << 24)) >> 25;
    for (int index = 0; index < LIMBS; index++)
        quotient = (limbs[index] + quotient) >> limb_bits(index);
    limbs[0] += 19 * quotient;
    uint8_t padded[FIELD_BYTES + 8] = {0};
    for (int index = 0, bit = 0; index < LIMBS; bit += limb_bits(index++)) {
        int64_t carry = limbs[index] >> limb_bits(index);
        if (index < LIMBS - 1)
            limbs[index + 1] += carry;
        uint64_t word;
        memcpy(&word, padded + bit / 8, sizeof(word));
        word |= (uint64_t)(limbs[index] - carry * ((int64_t)1 << limb_bits(index))) << bit % 8;
        memcpy(padded + bit / 8, &word, sizeof(word));
    }
    memcpy(bytes, padded, FIELD_BYTES);
}

/* By Fermat: to the power of 2^255 - 21, whose bits are all set but 2 and 4. */
static void field_invert(Field *result, const Field *field)
{
    Field power = *field;
    for (int bit = 253; bit >= 0; bit--) {
        field_multiply(&power, &power, &power);
        if (bit != 2 && bit != 4)
            field_multiply(&power, &power, field);
    }
    *result = power;
}

/* Section 5.1.4: of any two points, also of one with itself. `double_d` is twice the curve's constant. */
static void point_add(Point *result, const Point *left, const Point *right, const Field *double_d)
{
    Field a, b, c, d, e, f, g, h;
    e = field_subtract(&left->y, &left->x);
    f = field_subtract(&right->y, &right->x);
    field_multiply(&a, &e, &f);
    e = field_add(&left->y, &left->x);
    f = field_add(&right->y, &right->x);
    field_multiply(&b, &e, &f);
    field_multiply(&c, &left->t, &right->t);
    field_multiply(&c, &c, double_d);
    field_multiply(&d, &left->z, &right->z);
    d = field_add(&d, &d);
    e = field_subtract(&b, &a);
    f = field_subtract(&d, &c);
    g = field_add(&d, &c);
    h = field_add(&b, &a);
    field_multiply(&result->x, &e, &f);
    field_multiply(&result->y, &g, &h);
    field_multiply(&result->t, &e, &h);
    field_multiply(&result->z, &f, &g);
}

static void point_read(Point *point, const uint8_t *bytes)
{
    field_read(&point->x, bytes);
    field_read(&point->y, bytes + FIELD_BYTES);
    memset(&point->z, 0, sizeof(point->z));
    point->z.limbs[0] = 1;
    field_multiply(&point->t, &point->x, &point->y);
}

/* (twice the constant and the base point, another point, the factors of the two points): their sum, as section 5.1.2 encodes it. */
NATIVE(ed25519) JSValue platform_ed25519(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    const uint8_t *arguments[4];
    for (int index = 0; index < 4; index++) {
        size_t length;
        arguments[index] = JS_GetUint8Array(ctx, &length, values[index]);
        if (arguments[index] == NULL || length != (size_t)(index == 0 ? 3 : index == 1 ? 2 : 1) * FIELD_BYTES)
            return JS_EXCEPTION;
    }
    Field double_d, inverse, x, y;
    /* None of the points, the first one, the second one, both. */
    Point sums[4], point;
    memset(sums, 0, sizeof(sums));
    sums[0].y.limbs[0] = sums[0].z.limbs[0] = 1;
    field_read(&double_d, arguments[0]);
    point_read(&sums[1], arguments[0] + FIELD_BYTES);
    point_read(&sums[2], arguments[1]);
    point_add(&sums[3], &sums[1], &sums[2], &double_d);
    point = sums[0];
    for (int bit = 255; bit >= 0; bit--) {
        if (!quickjs_work(ctx, CURVE_BIT_WORK))
            return JS_EXCEPTION;
        int taken = (arguments[2][bit / 8] >> bit % 8 & 1) | (arguments[3][bit / 8] >> bit % 8 & 1) << 1;
        point_add(&point, &point, &point, &double_d);
        if (taken != 0)
            point_add(&point, &point, &sums[taken], &double_d);
    }
    uint8_t encoded[FIELD_BYTES], encoded_x[FIELD_BYTES];
    field_invert(&inverse, &point.z);
    field_multiply(&x, &point.x, &inverse);
    field_multiply(&y, &point.y, &inverse);
    field_write(encoded_x, &x);
    field_write(encoded, &y);
    encoded[FIELD_BYTES - 1] |= encoded_x[0] << 7;
    return JS_NewUint8ArrayCopy(ctx, encoded, FIELD_BYTES);
}
