/* What the prelude builds web APIs on that QuickJS lacks, or that a snapshot would freeze; and what the guest asks of the engine. */

static JSValue platform_encode_utf8(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    Text text = {0};
    if (!read_utf8(ctx, values[0], &text))
        return JS_EXCEPTION;
    uint8_t *bytes = malloc(text.length + 1);
    if (bytes != NULL)
        memcpy(bytes, text.bytes, text.length);
    release_text(ctx, &text);
    return bytes == NULL ? JS_ThrowOutOfMemory(ctx) : adopt_bytes(ctx, bytes, text.length);
}

/* (bytes, fatal): undefined when they are ill-formed and that is fatal. */
static JSValue platform_decode_utf8(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t length;
    const uint8_t *bytes = JS_GetUint8Array(ctx, &length, values[0]);
    if (bytes == NULL || !quickjs_work(ctx, length >> 6))
        return JS_EXCEPTION;
    if (is_ascii(bytes, length))
        return new_byte_string(ctx, bytes, length);
    uint16_t *units = malloc(length * sizeof(*units));
    if (units == NULL)
        return JS_ThrowOutOfMemory(ctx);
    ptrdiff_t written = utf16_from_utf8(ctx, bytes, length, units, JS_ToBool(ctx, values[1]) > 0);
    JSValue value = written == UTF8_INTERRUPTED ? JS_EXCEPTION
        : written == UTF8_ILL_FORMED ? JS_UNDEFINED
        : JS_NewStringUTF16(ctx, units, written);
    free(units);
    return value;
}

/* SplitMix64, seeded by the host at first use in each instance. undefined: the host gives nothing random, as at build time. */
static JSValue platform_random(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    if (!bridge.random_seeded) {
        if (!host_random((uint8_t *)&bridge.random_state, sizeof(bridge.random_state)))
            return JS_UNDEFINED;
        bridge.random_seeded = true;
    }
    bridge.random_state += 0x9e3779b97f4a7c15;
    uint64_t state = bridge.random_state;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
    state ^= state >> 31;
    return JS_NewNumber(ctx, (double)(state >> 11) * (1.0 / 9007199254740992.0));
}

static JSValue platform_run_microtasks(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    run_jobs();
    return JS_UNDEFINED;
}

static JSValue keep_context(JSContext *ctx, JSValueConst id, bool kept)
{
    ContextEntry *entry = find_context(i32_argument(ctx, id));
    if (entry != NULL)
        entry->kept = kept;
    return JS_UNDEFINED;
}

/* (context): the guest wants the exchange's further events. */
static JSValue platform_keep(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    return keep_context(ctx, values[0], true);
}

/* (context): the guest wants no more events of the exchange. */
static JSValue platform_forget(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    return keep_context(ctx, values[0], false);
}

/* (context): the guest is to know at once what it else hears of when the running filter has ended. */
static JSValue platform_tell_waiting(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    ContextEntry *entry = find_context(i32_argument(ctx, values[0]));
    if (entry != NULL)
        hand_over(entry, false);
    return JS_UNDEFINED;
}

/* (context, user): whose code runs from now on. */
static JSValue platform_running(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    quickjs_set_owner(i32_argument(ctx, values[0]), i32_argument(ctx, values[1]));
    return JS_UNDEFINED;
}

/* (milliseconds of code that is nobody's, bytes of the heap) */
static JSValue platform_set_limits(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    set_limits(i32_argument(ctx, values[0]), (uint32_t)i32_argument(ctx, values[1]));
    return JS_UNDEFINED;
}

/* (user, milliseconds of its code; 0: as nobody's) */
static JSValue platform_limit_use(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    bridge.nanoseconds[i32_argument(ctx, values[0])] = (uint64_t)i32_argument(ctx, values[1]) * 1000000;
    return JS_UNDEFINED;
}

/* Bytes of the heap by user, from `NOBODY` on. */
static JSValue platform_held_bytes(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t held[JS_USERS];
    quickjs_held_bytes(bridge.runtime, held);
    JSValue list = JS_NewArray(ctx);
    for (int user = 0; user < JS_USERS && !JS_IsException(list); user++)
        JS_SetPropertyUint32(ctx, list, user, JS_NewInt64(ctx, held[user]));
    return list;
}

/* Whether the heap has room again, as after an eighth more than what is told of. */
static JSValue platform_has_room(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    return JS_NewBool(ctx, quickjs_heap_bytes(bridge.runtime) < bridge.largest_threshold / 8 * 7);
}

/* Ends the module, whose host starts another one in its place. */
static JSValue platform_end_module(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    return end_engine(ctx);
}

/* (allowed): exchanges may be let pass without the guest. */
static JSValue platform_bypass_guest(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    bridge.asks_guest = !JS_ToBool(ctx, values[0]);
    return JS_UNDEFINED;
}

/* Fills a Uint8Array from the host's secure source. false: it gives nothing, as at build time. */
static JSValue platform_random_bytes(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t length;
    uint8_t *bytes = JS_GetUint8Array(ctx, &length, values[0]);
    return bytes == NULL ? JS_EXCEPTION : JS_NewBool(ctx, host_random(bytes, length));
}

/* (user, whether it configures): its code begins, or goes on with the next piece of a body, and has its whole time. */
static JSValue platform_begin_piece(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    bridge.began = 0;
    bridge.event_nanoseconds = JS_ToBool(ctx, values[1]) > 0 ? LONG_NANOSECONDS : BY_USER;
    quickjs_set_owner(quickjs_owner(), i32_argument(ctx, values[0]));
    return JS_UNDEFINED;
}

/* (bytes): what JSON.parse makes of their text, which is UTF-8; undefined where they are not JSON. */
static JSValue platform_parse_json(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    size_t length;
    JSValue value = JS_UNDEFINED;
    const uint8_t *bytes = JS_GetUint8Array(ctx, &length, values[0]);
    if (bytes == NULL)
        return JS_EXCEPTION;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    int result = json_parse(ctx, bytes, length, JSON_UTF8, false, &value);
    return result == JSON_DONE ? value : result == JSON_OTHER ? JS_UNDEFINED : JS_EXCEPTION;
}

/* The host gets what was counted. */
static JSValue platform_flush_counts(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    flush_counts();
    return JS_UNDEFINED;
}

/* Of the monotonic clock. */
static JSValue platform_microseconds(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    return JS_NewNumber(ctx, (double)(host_clock(!bridge.built) / 1000));
}

/*
 * (map, key): the value, whose record becomes the last of the map's. Nobody goes through that map meanwhile; see `FindFresh` in
 * `src/abi/port.ts`.
 */
static JSValue platform_find_fresh(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    JSMapState *map = JS_GetOpaque(values[0], JS_CLASS_MAP);
    JSMapRecord *record = map == NULL ? NULL : map_find_record(ctx, map, values[1]);
    if (bridge.fresh_until.name == JS_ATOM_NULL)
        bridge.fresh_until.name = JS_NewAtom(ctx, "freshUntil");
    JSValue *until = record == NULL || !JS_IsObject(record->value) ? NULL : own_value(JS_VALUE_GET_OBJ(record->value), &bridge.fresh_until);
    double end;
    if (until == NULL || JS_ToFloat64(ctx, &end, *until))
        return JS_UNDEFINED;
    uint64_t now = 0;
    if (end != __builtin_inf() && (proxy_get_current_time_nanoseconds(&now) != 0 || end <= (double)(now / 1000000)))
        return JS_UNDEFINED;
    list_del(&record->link);
    list_add_tail(&record->link, &map->records);
    return js_dup(record->value);
}

static JSValue platform_lock_intrinsics(JSContext *ctx, JSValueConst self, int count, JSValueConst *values)
{
    quickjs_lock_intrinsics(ctx);
    return JS_UNDEFINED;
}

/* In the order of `platformNames` in `src/engine/prelude/natives.ts`, where they stand after the hostcalls. */
static JSCFunction *const platform_functions[] = {
    platform_encode_utf8,
    platform_decode_utf8,
    platform_random,
    platform_run_microtasks,
    platform_keep,
    platform_running,
    platform_set_limits,
    platform_random_bytes,
    platform_begin_piece,
    platform_forget,
    platform_sha256_blocks,
    platform_parse_json,
    platform_quicken_heads,
    platform_edit_header_map,
    platform_lock_intrinsics,
    platform_tell_waiting,
    platform_limit_use,
    platform_held_bytes,
    platform_has_room,
    platform_end_module,
    platform_bypass_guest,
    platform_flush_counts,
    platform_microseconds,
    platform_decide_limit,
    platform_decode_base64,
    platform_encode_base64,
    platform_digest,
    platform_pbkdf2,
    platform_aes_gcm,
    platform_find_fresh,
    platform_ed25519,
    platform_split_token,
    platform_parse_token_part,
    platform_verify_signature,
    platform_read_der,
    platform_write_der,
};
