/*
 * QuickJS and the bridge as one translation unit, so that the compiler sees all of it and drops what the interface does not reach. All
 * of it is compiled for size: Envoy optimises a module before its first request, in a time in proportion to its code. Only what runs
 * all the while is compiled for speed: `hot-functions.txt` names it, `warm-functions.txt` what is compiled for speed but not made
 * larger for it, as the interpreter, whose size is most of what V8 needs memory for, and `cold-functions.txt` what is kept out of both.
 */
#include "libc.h"

#pragma clang attribute push(__attribute__((minsize)), apply_to = function)
#include "quickjs.c"
#include "dtoa.c"
#include "libregexp.c"
#include "libunicode.c"

#include "libc.c"
#include "format.c"
#include "malloc.c"
#include "json.c"
#include "interface.c"
#include "strip.c"
#include "frozen.c"
#include "wipe.c"
#include "intrinsics.c"
#include "../bridge/bridge.c"
#include "../bridge/start.c"
#include "../bridge/snapshot.c"
#pragma clang attribute pop
