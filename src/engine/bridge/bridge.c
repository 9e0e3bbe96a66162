/* The bridge, a part of the engine's one translation unit. Its files that are called stand before those that call. */
#include "bridge.h"

#include "contexts.c"
#include "limits.c"
#include "guest.c"

#include "strings.c"
#include "byte-arrays.c"
#include "lists.c"
#include "crossing.c"
#include "utf8.c"
#include "sha256.c"
#include "heads.c"
#include "limit-table.c"
#include "platform.c"

#include "streams.c"
#include "answers.c"
#include "generated/hostcalls.c"

#include "use-counts.c"
#include "prepared-objects.c"
#include "prepared.c"
#include "events.c"
#include "generated/callbacks.c"
