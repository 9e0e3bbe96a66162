/**
 * Arguments and results of hostcalls between JavaScript and memory. An argument of bytes lies in a *slot* until `release`; a
 * result lies where the host was told to write it. No call re-enters JavaScript while it uses them.
 */
import { adoptBytes } from "./byte-arrays";
import { newHeaderList, serialiseHeaders, serialisePath } from "./lists";
import { context, crossings, scratch } from "./state";
import {
  EXCEPTION, free, fromInt, isUndefined, JS_GetUint8Array, JS_NewNumber, JS_NewStringLen, JS_ToInt32, JS_ToInt64, tag,
} from "./quickjs";
import { newByteString, readBytes, readUtf8, releaseText, Text, TEXT_SIZE } from "./strings";

/** No hostcall has more. */
const SLOTS: i32 = 5;
const RESULTS: usize = <usize>SLOTS * TEXT_SIZE;
/** Bytes of the area: the slots, then two results of 8 bytes. */
export const CROSSING_BYTES: usize = RESULTS + 16;

// @ts-ignore: decorator
@inline function slotAt(slot: i32): Text {
  return changetype<Text>(crossings + <usize>slot * TEXT_SIZE);
}

// @ts-ignore: decorator
@inline function argument(values: usize, index: i32): i64 {
  return load<i64>(values + <usize>index * 8);
}

// @ts-ignore: decorator
@inline export function pointerOf(slot: i32): usize {
  return slotAt(slot).pointer;
}

// @ts-ignore: decorator
@inline export function lengthOf(slot: i32): usize {
  return slotAt(slot).length;
}

export function i32Argument(values: usize, index: i32): i32 {
  const value = argument(values, index);
  // Integers and booleans.
  if (tag(value) == 0 || tag(value) == 1) return <i32>value;
  store<i32>(scratch, 0);
  JS_ToInt32(context, scratch, value);
  return load<i32>(scratch);
}

export function i64Argument(values: usize, index: i32): i64 {
  store<i64>(scratch, 0);
  JS_ToInt64(context, scratch, argument(values, index));
  return load<i64>(scratch);
}

export function utf8(slot: i32, values: usize, index: i32): bool {
  return readUtf8(argument(values, index), slotAt(slot));
}

export function byteString(slot: i32, values: usize, index: i32): bool {
  return readBytes(argument(values, index), slotAt(slot));
}

/** The bytes of a Uint8Array stay where they are; undefined is empty. */
export function bytes(slot: i32, values: usize, index: i32): bool {
  const text = slotAt(slot);
  const value = argument(values, index);
  if (isUndefined(value)) return true;
  text.pointer = JS_GetUint8Array(context, changetype<usize>(text) + offsetof<Text>("length"), value);
  return text.pointer != 0;
}

export function headers(slot: i32, values: usize, index: i32): bool {
  return serialiseHeaders(argument(values, index), slotAt(slot));
}

export function path(slot: i32, values: usize, index: i32): bool {
  return serialisePath(argument(values, index), slotAt(slot));
}

/** Frees what the first `count` slots hold. */
export function release(count: i32): void {
  for (let slot = 0; slot < count; slot++) releaseText(slotAt(slot));
}

/** An argument is not what it must be, and an error has been thrown. */
export function refuse(): i64 {
  release(SLOTS);
  return EXCEPTION;
}

// @ts-ignore: decorator
@inline export function resultAt(index: i32): usize {
  return crossings + RESULTS + <usize>index * 8;
}

export function clearResults(count: i32): void {
  for (let index = 0; index < count; index++) store<u64>(resultAt(index), 0);
}

// @ts-ignore: decorator
@inline export function i32Result(index: i32): i32 {
  return load<i32>(resultAt(index));
}

// @ts-ignore: decorator
@inline function bytesResult(index: i32): usize {
  return load<usize>(resultAt(index));
}

// @ts-ignore: decorator
@inline function lengthResult(index: i32): usize {
  return load<usize>(resultAt(index), 4);
}

export function toI32(index: i32): i64 {
  return fromInt(i32Result(index));
}

export function toI64(index: i32): i64 {
  return JS_NewNumber(context, <f64>load<i64>(resultAt(index)));
}

export function toNanoseconds(index: i32): i64 {
  return JS_NewNumber(context, <f64>(load<u64>(resultAt(index)) / 1_000_000));
}

export function toUtf8(index: i32): i64 {
  const value = JS_NewStringLen(context, bytesResult(index), lengthResult(index));
  free(bytesResult(index));
  return value;
}

export function toByteString(index: i32): i64 {
  const value = newByteString(bytesResult(index), lengthResult(index));
  free(bytesResult(index));
  return value;
}

/** The host's bytes become the array's. */
export function toBytes(index: i32): i64 {
  return adoptBytes(bytesResult(index), lengthResult(index));
}

export function toHeaders(index: i32): i64 {
  const list = newHeaderList(bytesResult(index), lengthResult(index));
  free(bytesResult(index));
  return list;
}
