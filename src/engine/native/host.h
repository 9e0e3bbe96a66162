/*
 * How the engine meets its host in Envoy's process: hostcalls and callbacks are functions of this library, with the names that they have in
 * proxy-wasm; see `bridge/wasm.h`.
 */
#define HOSTCALL(name, parameters) static int32_t name parameters;
#define EXPORT(name) static

#include "../bridge/generated/host.h"

/* Frames of the machine's stack are larger than those in linear memory; Envoy's threads have some MiB. */
#define STACK_BYTES (256 * 1024)

/* In nanoseconds. */
static uint64_t host_clock(bool initialising)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The running event comes to its end without any more code of the policies, and then the engine is replaced; see restart.c. */
static JSValue end_engine(JSContext *ctx);

/* From the system's secure source. */
static bool host_random(uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got < 0)
            return false;
        bytes += got;
        length -= (size_t)got;
    }
    return true;
}
