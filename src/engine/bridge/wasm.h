/*
 * How the engine meets its host in a WebAssembly module: what it imports, and what it exports. All that it asks of a host is here and
 * in `generated/host.h`; for another kind of host these macros and functions are others.
 */
#include <wasi/api.h>

#define HOSTCALL(name, parameters) __attribute__((import_module("env"), import_name(#name))) int32_t name parameters;
#define EXPORT(name) __attribute__((export_name(#name)))
/* A function of the guest's that is left out of modules which do not use it, by this name (`engine/dropped-functions.ts`). */
#define NATIVE(name) __attribute__((visibility("default"), export_name("native_" #name)))

#include "generated/host.h"

/* QuickJS counts linear memory, while the host's native stack runs out first: above this, deep recursion traps the module. */
#define STACK_BYTES (64 * 1024)

/* Around code with vectors; and a look-up in a table of sixteen bytes, by places of which those beyond it give 0. */
#define VECTORS_BEGIN _Pragma("clang attribute push(__attribute__((target(\"simd128\"))), apply_to = function)")
#define VECTORS_END _Pragma("clang attribute pop")
#define swizzle_bytes(table, places) __builtin_wasm_swizzle_i8x16(table, places)

/* In nanoseconds. While a module is initialised in Node, the processor's clock is the one that does not stand still. */
static uint64_t host_clock(bool initialising)
{
    __wasi_timestamp_t now = 0;
    (void)__wasi_clock_time_get(initialising ? __WASI_CLOCKID_PROCESS_CPUTIME_ID : __WASI_CLOCKID_MONOTONIC, 0, &now);
    return now;
}

/* Whether a map has a header of that name, in lower case. */
static bool host_has_header(int32_t map, const uint8_t *name, size_t length)
{
    uint8_t *value = NULL;
    size_t size;
    bool has = proxy_get_header_map_value(map, name, length, &value, &size) == 0;
    free(value);
    return has;
}

/* A trap: the host begins anew with another module. */
static JSValue end_engine(JSContext *ctx)
{
    abort();
}

/* From the host's secure source. false: it gives nothing, as while a module is initialised. */
static bool host_random(uint8_t *bytes, size_t length)
{
    return __wasi_random_get(bytes, length) == 0;
}
