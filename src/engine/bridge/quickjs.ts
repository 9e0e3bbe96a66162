/**
 * What the bridge calls in QuickJS. A JS value is a NaN-boxed i64: the tag in the upper half, a pointer or an integer in the
 * lower.
 */

@external("qjs", "malloc") export declare function malloc(size: usize): usize;
@external("qjs", "free") export declare function free(pointer: usize): void;
@external("qjs", "realloc") export declare function realloc(pointer: usize, size: usize): usize;

@external("qjs", "JS_NewRuntime") export declare function JS_NewRuntime(): usize;
@external("qjs", "quickjs_new_context") export declare function quickjs_new_context(runtime: usize): usize;
/** Overwrites the memory that is free. */
@external("qjs", "quickjs_wipe") export declare function quickjs_wipe(runtime: usize): void;

/** A prepared exchange; see `quickjs/prepared.c`. */
@external("qjs", "quickjs_prepare") export declare function quickjs_prepare(context: usize, description: i64): usize;
@external("qjs", "quickjs_unprepare") export declare function quickjs_unprepare(context: usize, prepared: usize, over: i32): void;
@external("qjs", "quickjs_begin_prepared")
export declare function quickjs_begin_prepared(
  context: usize, prepared: usize, filter: i32, id: i32, endOfStream: i32, waiting: usize,
): void;
@external("qjs", "quickjs_run_prepared")
export declare function quickjs_run_prepared(context: usize, prepared: usize, filter: i32): i64;
@external("qjs", "quickjs_end_prepared")
export declare function quickjs_end_prepared(context: usize, prepared: usize, filter: i32, result: i64): i32;
@external("qjs", "quickjs_is_constant")
export declare function quickjs_is_constant(context: usize, prepared: usize, result: i64): i32;
@external("qjs", "quickjs_is_as_prepared")
export declare function quickjs_is_as_prepared(context: usize, prepared: usize, filter: i32): i32;
@external("qjs", "quickjs_sees_responses") export declare function quickjs_sees_responses(prepared: usize): i32;
@external("qjs", "quickjs_wait_prepared")
export declare function quickjs_wait_prepared(context: usize, prepared: usize, result: i64): usize;
@external("qjs", "quickjs_forget_wait") export declare function quickjs_forget_wait(context: usize, waiting: usize): void;
@external("qjs", "quickjs_prepared_exchange") export declare function quickjs_prepared_exchange(prepared: usize): i64;

@external("qjs", "JS_UpdateStackTop") export declare function JS_UpdateStackTop(runtime: usize): void;
@external("qjs", "JS_SetMaxStackSize") export declare function JS_SetMaxStackSize(runtime: usize, size: usize): void;
@external("qjs", "JS_SetMemoryLimit") export declare function JS_SetMemoryLimit(runtime: usize, bytes: usize): void;
/** Takes back what the error "out of memory" had been given to be handled with. */
@external("qjs", "quickjs_end_reserve") export declare function quickjs_end_reserve(runtime: usize): void;
/** Counts as `work` rounds of a loop. false: the code may not go on, and that is thrown. */
@external("qjs", "quickjs_work") export declare function quickjs_work(context: usize, work: usize): i32;
/** What was done since the interrupt handler was called before, in rounds of a loop. */
@external("qjs", "quickjs_work_done") export declare function quickjs_work_done(): i32;
/** The exchange whose code runs; 0: none's. A promise job is the code of the exchange that asked for it. */
@external("qjs", "quickjs_owner") export declare function quickjs_owner(): i32;
@external("qjs", "quickjs_set_owner") export declare function quickjs_set_owner(exchange: i32): void;
/** What exchange `owner` has asked for, and has not run yet, does not run. */
@external("qjs", "quickjs_drop_jobs") export declare function quickjs_drop_jobs(runtime: usize, owner: i32): void;
@external("qjs", "JS_SetInterruptHandler")
export declare function JS_SetInterruptHandler(runtime: usize, handler: usize, opaque: usize): void;
@external("qjs", "JS_SetHostPromiseRejectionTracker")
export declare function JS_SetHostPromiseRejectionTracker(runtime: usize, tracker: usize, opaque: usize): void;
@external("qjs", "JS_GetGCThreshold") export declare function JS_GetGCThreshold(runtime: usize): usize;
@external("qjs", "JS_SetGCThreshold") export declare function JS_SetGCThreshold(runtime: usize, bytes: usize): void;
@external("qjs", "JS_RunGC") export declare function JS_RunGC(runtime: usize): void;
@external("qjs", "JS_ExecutePendingJob")
export declare function JS_ExecutePendingJob(runtime: usize, contextOut: usize): i32;

@external("qjs", "quickjs_compile")
export declare function quickjs_compile(context: usize, source: usize, length: usize, filename: usize): i64;
@external("qjs", "JS_Call")
export declare function JS_Call(context: usize, fn: i64, self: i64, count: i32, values: usize): i64;
@external("qjs", "JS_EvalFunction") export declare function JS_EvalFunction(context: usize, fn: i64): i64;
@external("qjs", "JS_WriteObject")
export declare function JS_WriteObject(context: usize, sizeOut: usize, value: i64, flags: i32): usize;
@external("qjs", "JS_ReadObject")
export declare function JS_ReadObject(context: usize, bytes: usize, size: usize, flags: i32): i64;
@external("qjs", "js_free") export declare function js_free(context: usize, pointer: usize): void;
@external("qjs", "JS_FreeValue") export declare function JS_FreeValue(context: usize, value: i64): void;
@external("qjs", "JS_GetException") export declare function JS_GetException(context: usize): i64;
@external("qjs", "JS_NewError") export declare function JS_NewError(context: usize): i64;
@external("qjs", "JS_Throw") export declare function JS_Throw(context: usize, error: i64): i64;

@external("qjs", "JS_NewCFunction2")
export declare function JS_NewCFunction2(
  context: usize, fn: usize, name: usize, length: i32, prototype: i32, magic: i32,
): i64;

@external("qjs", "JS_NewNumber") export declare function JS_NewNumber(context: usize, value: f64): i64;
@external("qjs", "JS_ToInt32") export declare function JS_ToInt32(context: usize, out: usize, value: i64): i32;
@external("qjs", "JS_ToInt64") export declare function JS_ToInt64(context: usize, out: usize, value: i64): i32;
@external("qjs", "JS_ToBool") export declare function JS_ToBool(context: usize, value: i64): i32;

@external("qjs", "JS_NewStringLen") export declare function JS_NewStringLen(context: usize, utf8: usize, length: usize): i64;
@external("qjs", "JS_NewStringUTF16") export declare function JS_NewStringUTF16(context: usize, units: usize, length: usize): i64;
@external("qjs", "JS_ToCStringLen2")
export declare function JS_ToCStringLen2(context: usize, lengthOut: usize, value: i64, cesu8: i32): usize;
@external("qjs", "JS_FreeCString") export declare function JS_FreeCString(context: usize, utf8: usize): void;

@external("qjs", "JS_NewArray") export declare function JS_NewArray(context: usize): i64;
@external("qjs", "JS_NewArrayFrom") export declare function JS_NewArrayFrom(context: usize, count: i32, values: usize): i64;
@external("qjs", "JS_GetLength") export declare function JS_GetLength(context: usize, value: i64, lengthOut: usize): i32;
@external("qjs", "JS_GetPropertyUint32")
export declare function JS_GetPropertyUint32(context: usize, object: i64, index: u32): i64;
@external("qjs", "JS_SetPropertyUint32")
export declare function JS_SetPropertyUint32(context: usize, object: i64, index: u32, value: i64): i32;

@external("qjs", "JS_NewUint8Array")
export declare function JS_NewUint8Array(
  context: usize, bytes: usize, length: usize, resizeFunction: usize, opaque: usize, shared: i32,
): i64;
@external("qjs", "JS_GetUint8Array")
export declare function JS_GetUint8Array(context: usize, lengthOut: usize, value: i64): usize;

@external("qjs", "quickjs_head_function") export declare function quickjs_head_function(context: usize, which: i32): i64;
@external("qjs", "quickjs_set_effective_context") export declare function quickjs_set_effective_context(contextId: i32): void;

export const UNDEFINED: i64 = 3 << 32;
export const EXCEPTION: i64 = 6 << 32;

// @ts-ignore: decorator
@inline export function tag(value: i64): i32 {
  return <i32>(value >> 32);
}

// @ts-ignore: decorator
@inline export function isException(value: i64): bool {
  return tag(value) == 6;
}

// @ts-ignore: decorator
@inline export function isUndefined(value: i64): bool {
  return tag(value) == 3;
}

/** A string, flat (-7) or a rope (-6). */
// @ts-ignore: decorator
@inline export function isString(value: i64): bool {
  const t = tag(value);
  return t == -7 || t == -6;
}

/** A JS number from an integer. */
// @ts-ignore: decorator
@inline export function fromInt(value: i32): i64 {
  return <i64><u32>value;
}

// @ts-ignore: decorator
@inline export function fromBool(value: bool): i64 {
  return (<i64>1 << 32) | <i64><u32>(value ? 1 : 0);
}
