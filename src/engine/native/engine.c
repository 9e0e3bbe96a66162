/*
 * QuickJS, the bridge and the host's side in Envoy as one shared library, which Envoy loads as a dynamic module. Engine and bridge are the
 * sources that modules are made of; what is here stands for what a module has of proxy-wasm, and for the machine's memory.
 */
#include "libc.h"
#include "quickjs-state.h"

#include "quickjs.c"
#include "dtoa.c"
#include "libregexp.c"
#include "libunicode.c"
#include "own-memory.h"

#include "../quickjs/libc.c"
#include "memory.c"
#include "../quickjs/json.c"
#include "../quickjs/interface.c"
#include "../quickjs/intrinsics.c"
#include "../bridge/bridge.c"
#include "../bridge/start.c"

/* What follows is the host's, whose memory is nobody's engine's; what it hands over it allocates by `engine_malloc`. */
#undef malloc
#undef calloc
#undef realloc
#undef free

#include "abi.h"
#include "vm.h"
#include "log.c"
#include "contexts.c"
#include "actions.c"
#include "vm.c"
#include "wake.c"
#include "ticks.c"
#include "maps.c"
#include "headers.c"
#include "bodies.c"
#include "answers.c"
#include "calls.c"
#include "shared-data.c"
#include "envoy-metrics.c"
#include "metrics.c"
#include "properties.c"
#include "signatures.c"
#include "foreign-functions.c"
#include "unimplemented.c"
#include "root-events.c"
#include "vms.c"
#include "restart.c"
#include "config.c"
#include "streams.c"
