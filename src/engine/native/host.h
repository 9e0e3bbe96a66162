/*
 * How the engine meets its host in Envoy's process: hostcalls and callbacks are functions of this library, with the names that they have in
 * proxy-wasm; see `bridge/wasm.h`.
 */
#define HOSTCALL(name, parameters) static int32_t name parameters;
#define EXPORT(name) static
#define NATIVE(name) static

#include "../bridge/generated/host.h"

/* Frames of the machine's stack are larger than those in linear memory; Envoy's threads have some MiB. */
#define STACK_BYTES (256 * 1024)

/* See `bridge/wasm.h`. All processors that Envoy runs on have these instructions. */
typedef int8_t Bytes16 __attribute__((vector_size(16)));
#ifdef __x86_64__
#define VECTORS_BEGIN _Pragma("clang attribute push(__attribute__((target(\"ssse3\"))), apply_to = function)")
#define VECTORS_END _Pragma("clang attribute pop")
/* Places with the highest bit give 0: those beyond the table get it. */
#define swizzle_bytes(table, places) \
    ((Bytes16)__builtin_ia32_pshufb128((table), (Bytes16)((places) | (Bytes16)((uint8_t __attribute__((vector_size(16))))(places) > 15))))
#else
#include <arm_neon.h>
#define VECTORS_BEGIN
#define VECTORS_END
#define swizzle_bytes(table, places) ((Bytes16)vqtbl1q_s8((int8x16_t)(table), (uint8x16_t)(places)))
#endif

/* In nanoseconds. */
static uint64_t host_clock(bool initialising)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Whether a map has a header of that name, in lower case; see headers.c. */
static bool host_has_header(int32_t map, const uint8_t *name, size_t length);

/* The running event comes to its end without any more code of the policies, and then the engine is replaced; see restart.c. */
static JSValue end_engine(JSContext *ctx);

/* From the system's secure source. */
static bool host_random(uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        bytes += got;
        length -= (size_t)got;
    }
    return true;
}
