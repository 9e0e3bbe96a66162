/*
 * One decision of a table of limits: what `src/state/limit-buckets.ts` and `tiers.ts` do, on the very bytes. All of it is one function, so
 * that a module which does not import the hostcalls of shared data has a stub in its place.
 */

enum { TIER_FIXED, TIER_ALIGNED, TIER_SLIDING, TIER_GCRA };
enum { TAKE, PEEK, COUNT_ALL, REFUND, ADMIT = 8 };
enum { LIMIT_ALLOWED = 1, LIMIT_EARLY = 2, LIMIT_CONTENDED = 4, LIMIT_COUNTED = 8 };
enum { MOST_TIERS = 8, MOST_SLOTS = 3 * MOST_TIERS, MOST_IN_BUCKET = 16, MOST_TRIES = 64, ENTRY_HEAD = 16 };

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    int algorithm;
    int at; /* Where its numbers begin in a state. */
    double limit, period, wait;
} LimitTier;

typedef struct {
    LimitTier tiers[MOST_TIERS];
    int count;
    int slots;
    size_t size; /* of an entry */
    uint32_t low, high;
    double amount, since, now;
    int mode;
    bool admits;
} LimitDecision;

INLINE uint32_t rotated(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

/* HalfSipHash-2-4 with 64 bits; see `src/state/keyed-hash.ts`. */
INLINE void keyed_hash(const uint8_t *bytes, size_t length, uint32_t key_low, uint32_t key_high, uint32_t *low, uint32_t *high)
{
    uint32_t v0 = key_low, v1 = key_high ^ 0xee, v2 = 0x6c796765 ^ key_low, v3 = 0x74656462 ^ key_high;
    size_t words = length / 4;
    /* The words, the last one with the length, and two times four rounds at the end. */
    for (size_t index = 0; index < words + 3; index++) {
        uint32_t word = 0;
        int rounds = 2;
        if (index < words) {
            memcpy(&word, bytes + 4 * index, 4);
        } else if (index == words) {
            word = (uint32_t)length << 24;
            for (size_t rest = 0; rest < length % 4; rest++)
                word |= (uint32_t)bytes[4 * words + rest] << (8 * rest);
        } else {
            rounds = 4;
            if (index == words + 1) {
                v2 ^= 0xee;
            } else {
                *low = v1 ^ v3;
                v1 ^= 0xdd;
            }
        }
        v3 ^= word;
        for (int round = 0; round < rounds; round++) {
            v0 += v1;
            v1 = rotated(v1, 5) ^ v0;
            v0 = rotated(v0, 16);
            v2 += v3;
            v3 = rotated(v3, 8) ^ v2;
            v0 += v3;
            v3 = rotated(v3, 7) ^ v0;
            v2 += v1;
            v1 = rotated(v1, 13) ^ v2;
            v2 = rotated(v2, 16);
        }
        v0 ^= word;
    }
    *high = v1 ^ v3;
}

INLINE double larger(double left, double right)
{
    return left > right ? left : right;
}

INLINE double sliding_count(const LimitTier *tier, const double *state, double now)
{
    double part = (state[2] - now) / tier->period;
    return state[1] * (part < 1 ? part : 1) + state[0];
}

INLINE double window_end(double period, double now)
{
    return (__builtin_floor(now / period) + 1) * period;
}

INLINE void roll_state(const LimitDecision *decision, double *states)
{
    double now = decision->now;
    for (int index = 0; index < decision->count; index++) {
        const LimitTier *tier = &decision->tiers[index];
        double *state = states + tier->at;
        if (tier->algorithm == TIER_GCRA) {
            state[0] = larger(state[0], now);
        } else if (tier->algorithm != TIER_SLIDING) {
            if (state[1] <= now)
                state[0] = state[1] = 0;
        } else if (state[2] + tier->period <= now) {
            state[0] = state[1] = state[2] = 0;
        } else if (state[2] <= now) {
            state[1] = state[0];
            state[0] = 0;
            state[2] += tier->period;
        }
    }
}

INLINE double used_part(const LimitTier *tier, const double *state, double now)
{
    if (tier->algorithm == TIER_GCRA)
        return (state[0] - now) / (tier->limit * tier->period);
    return (tier->algorithm == TIER_SLIDING ? sliding_count(tier, state, now) : state[0]) / tier->limit;
}

INLINE bool tier_allows(const LimitTier *tier, const double *state, double amount, double now)
{
    if (tier->algorithm == TIER_GCRA)
        return state[0] + amount * tier->period - now <= tier->limit * tier->period + tier->wait;
    return (tier->algorithm == TIER_SLIDING ? sliding_count(tier, state, now) : state[0]) + amount <= tier->limit;
}

INLINE void tier_add(const LimitTier *tier, double *state, double amount, double now)
{
    if (tier->algorithm == TIER_GCRA) {
        state[0] += amount * tier->period;
        return;
    }
    double *end = state + (tier->algorithm == TIER_SLIDING ? 2 : 1);
    state[0] += amount;
    if (*end == 0)
        *end = tier->algorithm == TIER_FIXED ? now + tier->period : window_end(tier->period, now);
}

INLINE void tier_give_back(const LimitTier *tier, double *state, const LimitDecision *decision)
{
    double amount = decision->amount, since = decision->since;
    if (tier->algorithm == TIER_GCRA) {
        if (since == 0 || state[0] == since)
            state[0] = larger(decision->now, state[0] - amount * tier->period);
    } else if (tier->algorithm != TIER_SLIDING) {
        if (state[1] - tier->period <= since)
            state[0] = larger(0, state[0] - amount);
    } else if (state[2] - 2 * tier->period <= since) {
        double *count = state + (state[2] - tier->period <= since ? 0 : 1);
        *count = larger(0, *count - amount);
    }
}

INLINE double tier_expiry(const LimitTier *tier, const double *state)
{
    if (tier->algorithm == TIER_GCRA)
        return state[0];
    if (tier->algorithm == TIER_SLIDING)
        return state[2] == 0 ? 0 : state[2] + tier->period;
    return state[1];
}

INLINE double tier_remaining(const LimitTier *tier, const double *state, double now)
{
    double left = tier->algorithm == TIER_GCRA ? (tier->limit * tier->period - (state[0] - now)) / tier->period
        : tier->limit - (tier->algorithm == TIER_SLIDING ? sliding_count(tier, state, now) : state[0]);
    return larger(0, __builtin_floor(left));
}

INLINE double tier_reset(const LimitTier *tier, const double *state, double now)
{
    if (tier->algorithm == TIER_GCRA)
        return state[0] - now;
    double end = state[tier->algorithm == TIER_SLIDING ? 2 : 1];
    return end == 0 ? 0 : end - now;
}

INLINE double tier_retry(const LimitTier *tier, const double *state, double amount, double now)
{
    if (tier->algorithm == TIER_GCRA)
        return amount * tier->period > tier->limit * tier->period + tier->wait
            ? __builtin_inf()
            : state[0] + amount * tier->period - now - tier->limit * tier->period - tier->wait;
    if (amount > tier->limit)
        return __builtin_inf();
    if (tier->algorithm != TIER_SLIDING)
        return state[1] - now;
    double rest = state[2] - now;
    return state[0] + amount <= tier->limit
        ? larger(0, rest - ((tier->limit - state[0] - amount) * tier->period) / state[1])
        : rest + tier->period * (1 - (tier->limit - amount) / state[0]);
}

INLINE double entry_expiry(const LimitDecision *decision, const uint8_t *bytes, size_t place)
{
    double expires;
    memcpy(&expires, bytes + place * decision->size + 8, 8);
    return expires;
}

INLINE void load_state(const LimitDecision *decision, const uint8_t *bytes, size_t place, double *state)
{
    memcpy(state, bytes + place * decision->size + ENTRY_HEAD, 8 * decision->slots);
}

INLINE void save_state(const LimitDecision *decision, uint8_t *bytes, size_t place, uint32_t low, uint32_t high, const double *state)
{
    uint8_t *entry = bytes + place * decision->size;
    double expires = tier_expiry(&decision->tiers[0], state);
    for (int index = 1; index < decision->count; index++)
        expires = larger(expires, tier_expiry(&decision->tiers[index], state + decision->tiers[index].at));
    memcpy(entry, &low, 4);
    memcpy(entry + 4, &high, 4);
    memcpy(entry + 8, &expires, 8);
    memcpy(entry + ENTRY_HEAD, state, 8 * decision->slots);
}

/* Where an entry that comes is put; what is there and has not expired has to go. */
INLINE size_t place_for(const LimitDecision *decision, const uint8_t *bytes, size_t count)
{
    size_t least = 1;
    double least_used = __builtin_inf();
    double state[MOST_SLOTS];
    for (size_t place = 1; place < count; place++) {
        if (entry_expiry(decision, bytes, place) <= decision->now)
            return place;
        double used = 0;
        load_state(decision, bytes, place, state);
        roll_state(decision, state);
        for (int index = 0; index < decision->count; index++) {
            const LimitTier *tier = &decision->tiers[index];
            used = larger(used, used_part(tier, state + tier->at, decision->now));
        }
        if (used < least_used) {
            least_used = used;
            least = place;
        }
    }
    return count <= MOST_IN_BUCKET ? (count > 0 ? count : 1) : least;
}

/* Takes what an entry has into the floor. */
INLINE void lower_to_floor(const LimitDecision *decision, uint8_t *bytes, size_t place)
{
    double floor[MOST_SLOTS], state[MOST_SLOTS];
    load_state(decision, bytes, 0, floor);
    load_state(decision, bytes, place, state);
    roll_state(decision, floor);
    roll_state(decision, state);
    for (int slot = 0; slot < decision->slots; slot++)
        floor[slot] = larger(floor[slot], state[slot]);
    save_state(decision, bytes, 0, 0, 0, floor);
}

/* The bucket with that state, in memory of `bytes` or in its place. NULL: no memory. */
INLINE uint8_t *store_entry(const LimitDecision *decision, uint8_t *bytes, size_t *length, size_t found, const double *state)
{
    size_t count = *length / decision->size;
    size_t place = found > 0 ? found : place_for(decision, bytes, count);
    if (place >= count) {
        size_t grown = (place + 1) * decision->size;
        uint8_t *larger_bucket = realloc(bytes, grown);
        if (larger_bucket == NULL)
            return NULL;
        bytes = larger_bucket;
        memset(bytes + *length, 0, grown - *length);
        *length = grown;
    } else if (found == 0 && entry_expiry(decision, bytes, place) > decision->now) {
        lower_to_floor(decision, bytes, place);
    }
    save_state(decision, bytes, place, decision->low, decision->high, state);
    return bytes;
}

/* The bits of the decision on a bucket; `results` and `state` become what is told of it and what is to be stored, if `changes`. */
INLINE int decide_bucket(const LimitDecision *decision, const uint8_t *bytes, size_t length, size_t *found, double *state, double *results, bool *changes)
{
    double amount = decision->amount, now = decision->now;
    *found = 0;
    for (size_t place = 1; place * decision->size < length; place++) {
        const uint8_t *entry = bytes + place * decision->size;
        if (memcmp(entry, &decision->low, 4) == 0 && memcmp(entry + 4, &decision->high, 4) == 0) {
            *found = place;
            break;
        }
    }
    bool early = *found == 0 && !decision->admits && length > 0 && entry_expiry(decision, bytes, 0) > now;
    if (*found > 0 || early)
        load_state(decision, bytes, *found, state);
    else
        memset(state, 0, MOST_SLOTS * sizeof(*state));
    roll_state(decision, state);
    bool all = true;
    for (int index = 0; index < decision->count; index++) {
        const LimitTier *tier = &decision->tiers[index];
        if (early && tier->algorithm == TIER_FIXED && state[tier->at] > 0)
            state[tier->at + 1] = now + tier->period;
        bool allowed = tier_allows(tier, state + tier->at, amount, now);
        all = all && allowed;
        results[3 * index + 2] = allowed ? -1 : tier_retry(tier, state + tier->at, amount, now);
    }
    *changes = amount > 0 &&
        (decision->mode == REFUND ? *found > 0 : decision->mode == COUNT_ALL || (decision->mode != PEEK && all));
    for (int index = 0; index < decision->count; index++) {
        const LimitTier *tier = &decision->tiers[index];
        double *own = state + tier->at;
        if (*changes) {
            if (decision->mode == REFUND)
                tier_give_back(tier, own, decision);
            else
                tier_add(tier, own, amount, now);
        }
        results[3 * index] = tier_remaining(tier, own, now);
        results[3 * index + 1] = tier_reset(tier, own, now);
        if (results[3 * index + 2] == -1)
            results[3 * index + 2] = tier->algorithm == TIER_GCRA ? larger(0, own[0] - tier->limit * tier->period - now) : 0;
    }
    return (all ? LIMIT_ALLOWED : 0) | (early ? LIMIT_EARLY : 0);
}

/* Behind `prefix`, the number. The length of both. */
INLINE size_t write_number(uint8_t *text, size_t length, uint32_t number)
{
    uint8_t digits[10];
    int count = 0;
    do {
        digits[count++] = '0' + number % 10;
        number /= 10;
    } while (number > 0);
    while (count > 0)
        text[length++] = digits[--count];
    return length;
}

/* The places of a plan, and how many fields results and promises have; see `LimitPlan` in `src/abi/port.ts`. */
enum { PLAN_NAME, PLAN_PARAMETERS, PLAN_MODE, PLAN_FACTS, PLAN_RESULT, PLAN_PROMISE, PLAN_OTHERWISE, PLAN_SETTLE, PLAN_PARTS };
enum { RESULT_FIELDS = 5, PROMISE_FIELDS = 1 };

/* The plan of whose method this is; NULL: it has none. */
INLINE JSValue *plan_of(JSContext *ctx, JSValueConst self)
{
    if (!JS_IsObject(self))
        return NULL;
    if (bridge.limit_plan.name == JS_ATOM_NULL)
        bridge.limit_plan.name = JS_NewAtom(ctx, "plan");
    JSValue *plan = own_value(JS_VALUE_GET_OBJ(self), &bridge.limit_plan);
    JSObject *parts = plan == NULL ? NULL : dense_array(*plan);
    return parts != NULL && parts->u.array.count == PLAN_PARTS ? parts->u.array.u.values : NULL;
}

/* A text that is its own key; see `src/services/rate-limit/limit-key.ts`. */
INLINE bool is_plain_key(JSValueConst key)
{
    if (JS_VALUE_GET_TAG(key) != JS_TAG_STRING)
        return false;
    JSString *string = JS_VALUE_GET_STRING(key);
    return string->len == 0 || (string->is_wide_char ? str16(string)[0] : str8(string)[0]) != 0;
}

/* An object with these fields as the other one has them, in their order; takes the values. */
INLINE JSValue made_like(JSContext *ctx, JSValueConst other, int count, JSValue *values)
{
    JSObject *model = JS_IsObject(other) ? JS_VALUE_GET_OBJ(other) : NULL;
    bool plain = model != NULL && model->class_id == JS_CLASS_OBJECT && model->shape->prop_count == count;
    for (int index = 0; plain && index < count; index++)
        plain = (get_shape_prop(model->shape)[index].flags & JS_PROP_TMASK) == JS_PROP_NORMAL;
    JSValue made = JS_EXCEPTION;
    if (plain)
        made = JS_NewObjectFromShape(ctx, js_dup_shape(model->shape), JS_CLASS_OBJECT, NULL);
    else
        throw_bad_argument(ctx);
    for (int index = 0; index < count; index++) {
        if (JS_IsException(made))
            JS_FreeValue(ctx, values[index]);
        else
            JS_VALUE_GET_OBJ(made)->prop[index].u.value = values[index];
    }
    return made;
}

/*
 * (name, parameters, key, amount, mode, since); see `LimitDecision` in `src/abi/port.ts`. Or (key, amount), as a method of an object with
 * a plan.
 */
static JSValue platform_decide_limit(JSContext *ctx, JSValueConst self, int argument_count, JSValueConst *values)
{
    static const int slots[] = {2, 2, 3, 1};
    JSValue *plan = plan_of(ctx, self);
    JSValueConst named = values[0], table = values[1], keyed = values[2], amount = values[3], moded = values[4], since = values[5];
    if (plan != NULL) {
        keyed = values[0];
        amount = argument_count < 2 || JS_IsUndefined(values[1]) ? js_int32(1) : values[1];
        if (!is_plain_key(keyed) || JS_VALUE_GET_TAG(amount) != JS_TAG_INT || JS_VALUE_GET_INT(amount) < 1)
            return JS_Call(ctx, plan[PLAN_OTHERWISE], self, argument_count, values);
        named = plan[PLAN_NAME];
        table = plan[PLAN_PARAMETERS];
        moded = plan[PLAN_MODE];
        since = js_int32(0);
    }
    LimitDecision decision = {0};
    Text name = {0}, key = {0};
    size_t parameters_length;
    double mode, results[3 * MOST_TIERS];
    uint64_t now;
    const double *parameters = (const double *)JS_GetUint8Array(ctx, &parameters_length, table);
    if (parameters == NULL)
        return JS_EXCEPTION;
    if (JS_ToFloat64(ctx, &decision.amount, amount) || JS_ToFloat64(ctx, &mode, moded) || JS_ToFloat64(ctx, &decision.since, since))
        return JS_EXCEPTION;
    if (parameters_length < 4 * 8 || !(parameters[3] >= 1 && parameters[3] <= MOST_TIERS) ||
        parameters_length < (4 + 4 * (size_t)parameters[3]) * 8 || proxy_get_current_time_nanoseconds(&now) != 0) {
        throw_bad_argument(ctx);
        return JS_EXCEPTION;
    }
    /* As the guest is told it. */
    decision.now = (double)(now / 1000000);
    decision.mode = (int)mode & 7;
    decision.admits = ((int)mode & ADMIT) != 0;
    decision.count = (int)parameters[3];
    for (int index = 0; index < decision.count; index++) {
        const double *numbers = parameters + 4 + 4 * index;
        LimitTier *tier = &decision.tiers[index];
        tier->algorithm = (int)numbers[0] & 3;
        tier->limit = numbers[1];
        tier->period = numbers[2];
        tier->wait = numbers[3];
        tier->at = decision.slots;
        decision.slots += slots[tier->algorithm];
    }
    decision.size = ENTRY_HEAD + 8 * decision.slots;
    if (!read_utf8(ctx, named, &name))
        return JS_EXCEPTION;
    if (!read_utf8(ctx, keyed, &key)) {
        release_text(ctx, &name);
        return JS_EXCEPTION;
    }
    keyed_hash(key.bytes, key.length, (uint32_t)parameters[1], (uint32_t)parameters[2], &decision.low, &decision.high);
    release_text(ctx, &key);
    uint8_t *bucket = malloc(name.length + 10);
    size_t bucket_length = 0;
    if (bucket != NULL) {
        memcpy(bucket, name.bytes, name.length);
        bucket_length = write_number(bucket, name.length, decision.low % (uint32_t)parameters[0]);
    }
    release_text(ctx, &name);
    if (bucket == NULL)
        return JS_ThrowOutOfMemory(ctx);
    int bits = LIMIT_CONTENDED;
    for (int tries = 0; tries < MOST_TRIES && bits == LIMIT_CONTENDED; tries++) {
        Received received = {0};
        int32_t cas = 0;
        size_t found;
        double state[MOST_SLOTS];
        bool changes;
        if (proxy_get_shared_data(bucket, bucket_length, &received.bytes, &received.length, &cas) != 0)
            break;
        int decided = decide_bucket(&decision, received.bytes, received.length, &found, state, results, &changes);
        if (changes) {
            uint8_t *stored = store_entry(&decision, received.bytes, &received.length, found, state);
            if (stored == NULL) {
                free(received.bytes);
                free(bucket);
                return JS_ThrowOutOfMemory(ctx);
            }
            received.bytes = stored;
        }
        if (!changes || proxy_set_shared_data(bucket, bucket_length, received.bytes, received.length, cas) == 0)
            bits = decided | (changes ? LIMIT_COUNTED : 0);
        free(received.bytes);
    }
    free(bucket);
    if (bits == LIMIT_CONTENDED)
        memset(results, 0, 3 * 8 * decision.count);
    JSValue told[2 + 3 * MOST_TIERS] = {JS_NewInt32(ctx, bits), JS_NewNumber(ctx, decision.now)};
    for (int index = 0; index < 3 * decision.count; index++)
        told[2 + index] = JS_NewNumber(ctx, results[index]);
    JSValue numbers = JS_NewArrayFrom(ctx, 2 + 3 * decision.count, told);
    if (plan == NULL || JS_IsException(numbers))
        return numbers;
    if (!(bits & LIMIT_ALLOWED)) {
        JSValueConst refused[] = {keyed, amount, numbers};
        JSValue settled = JS_Call(ctx, plan[PLAN_SETTLE], self, countof(refused), refused);
        JS_FreeValue(ctx, numbers);
        return settled;
    }
    JSValue fields[RESULT_FIELDS] = {js_dup(plan[PLAN_FACTS]), js_dup(keyed), amount, numbers, JS_TRUE};
    JSValue result = made_like(ctx, plan[PLAN_RESULT], countof(fields), fields);
    return JS_IsException(result) ? result : made_like(ctx, plan[PLAN_PROMISE], PROMISE_FIELDS, &result);
}

#undef INLINE
