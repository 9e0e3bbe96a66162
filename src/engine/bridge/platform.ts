/** What the prelude builds web APIs on that QuickJS lacks, or that a snapshot would freeze. */
import { context, randomSeeded, randomState, scratch, setRandom } from "./state";
import {
  EXCEPTION, free, fromBool, JS_GetUint8Array, JS_NewNumber, JS_NewStringLen, JS_NewStringUTF16, JS_ToBool, malloc,
  quickjs_parse_json, quickjs_set_owner, quickjs_work, UNDEFINED,
} from "./quickjs";
import { adoptBytes } from "./byte-arrays";
import { runJobs } from "./guest";
import { NativeFunction } from "./native-function";
import { isAscii, readUtf8, releaseText, Text, TEXT_SIZE } from "./strings";
import { i32Argument } from "./crossing";
import { keepContext } from "./events";
import { setLimits, startAnew } from "./limits";
import { sha256Blocks } from "./sha256";
import { ILL_FORMED, INTERRUPTED, utf16FromUtf8 } from "./utf8";

@external("wasi_snapshot_preview1", "random_get")
declare function random_get(buffer: usize, length: usize): i32;

function encodeUtf8(c: usize, self: i64, count: i32, values: usize): i64 {
  const text = changetype<Text>(scratch + 16);
  memory.fill(changetype<usize>(text), 0, TEXT_SIZE);
  if (!readUtf8(load<i64>(values), text)) return EXCEPTION;
  const length = text.length;
  const bytes = malloc(length + 1);
  memory.copy(bytes, text.pointer, length);
  releaseText(text);
  return adoptBytes(bytes, length);
}

/** (bytes, fatal): undefined when they are ill-formed and that is fatal. */
function decodeUtf8(c: usize, self: i64, count: i32, values: usize): i64 {
  const bytes = JS_GetUint8Array(context, scratch, load<i64>(values));
  if (!bytes) return EXCEPTION;
  const length = load<usize>(scratch);
  if (!quickjs_work(context, length >> 6)) return EXCEPTION;
  if (isAscii(bytes, length)) return JS_NewStringLen(context, bytes, length);
  const units = malloc(length * 2);
  const written = utf16FromUtf8(bytes, length, units, JS_ToBool(context, load<i64>(values, 8)) > 0);
  const value = written == INTERRUPTED ? EXCEPTION
    : written == ILL_FORMED ? UNDEFINED
    : JS_NewStringUTF16(context, units, <usize>written);
  free(units);
  return value;
}

/** SplitMix64, seeded by the host at first use in each instance. undefined: the host gives nothing random, as at build time. */
function random(c: usize, self: i64, count: i32, values: usize): i64 {
  let state = randomState;
  if (!randomSeeded) {
    if (random_get(scratch, 8) != 0) return UNDEFINED;
    state = load<u64>(scratch);
  }
  state += 0x9e3779b97f4a7c15;
  setRandom(state, true);
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  state ^= state >> 31;
  return JS_NewNumber(context, <f64>(state >> 11) * (1.0 / 9007199254740992.0));
}

function runMicrotasks(c: usize, self: i64, count: i32, values: usize): i64 {
  runJobs();
  return UNDEFINED;
}

/** (context): the guest wants the exchange's further events. */
function keep(c: usize, self: i64, count: i32, values: usize): i64 {
  keepContext(i32Argument(values, 0), true);
  return UNDEFINED;
}

/** (context): the guest wants no more events of the exchange. */
function forget(c: usize, self: i64, count: i32, values: usize): i64 {
  keepContext(i32Argument(values, 0), false);
  return UNDEFINED;
}

/** (context): whose code runs from now on. */
function running(c: usize, self: i64, count: i32, values: usize): i64 {
  quickjs_set_owner(i32Argument(values, 0));
  return UNDEFINED;
}

/** (milliseconds of an event, bytes of the heap) */
function limit(c: usize, self: i64, count: i32, values: usize): i64 {
  setLimits(i32Argument(values, 0), <usize>i32Argument(values, 1));
  return UNDEFINED;
}

/** Fills a Uint8Array from the host's secure source. false: it gives nothing, as at build time. */
function randomBytes(c: usize, self: i64, count: i32, values: usize): i64 {
  const bytes = JS_GetUint8Array(context, scratch, load<i64>(values));
  if (!bytes) return EXCEPTION;
  return fromBool(random_get(bytes, load<usize>(scratch)) == 0);
}

/** The guest's code goes on with the next piece of a body. */
function beginPiece(c: usize, self: i64, count: i32, values: usize): i64 {
  startAnew();
  return UNDEFINED;
}

function parseJson(c: usize, self: i64, count: i32, values: usize): i64 {
  return quickjs_parse_json(context, self, count, values);
}

export const PLATFORM_FUNCTIONS: i32 = 12;

/** In the order of `nativeNames` in `src/engine/prelude/natives.ts`, after the hostcalls. */
export function platformFunctionAt(index: i32): NativeFunction {
  switch (index) {
    case 0: return encodeUtf8;
    case 1: return decodeUtf8;
    case 2: return random;
    case 3: return runMicrotasks;
    case 4: return keep;
    case 5: return running;
    case 6: return limit;
    case 7: return randomBytes;
    case 8: return beginPiece;
    case 9: return forget;
    case 10: return sha256Blocks;
    default: return parseJson;
  }
}
