/** A module that calls foreign functions, for whatever hosts run it: the path names one, the body is its argument. */
import { watModule } from "./wat-module.js";

/** Answers with the result's code, a digit, and the bytes that it gave. */
export const callsFunctions: Uint8Array = watModule(
  `
  (data (i32.const 0) ":path")
  ;; 16 and 20: where a value is, and how long it is; 24 and 28: the same of the path, which cannot be read when its head has gone.
  ;; 32: the answer. One exchange at a time.
  (func (export "proxy_on_context_create") (param i32 i32)
    (global.set $next (i32.const 8192)))
  (func $call (param $size i32)
    (local $code i32)
    (i32.store (i32.const 16) (i32.const 0))
    (if (local.get $size)
      (then (drop (call $get_buffer (i32.const 0) (i32.const 0) (local.get $size) (i32.const 16) (i32.const 20)))))
    (i32.store (i32.const 20) (i32.const 0))
    (local.set $code
      (call $foreign (i32.add (i32.load (i32.const 24)) (i32.const 1)) (i32.sub (i32.load (i32.const 28)) (i32.const 1)) (i32.load (i32.const 16)) (local.get $size)
        (i32.const 16) (i32.const 20)))
    (if (local.get $code) (then (i32.store (i32.const 20) (i32.const 0))))
    (i32.store8 (i32.const 32) (i32.add (local.get $code) (i32.const 48)))
    (memory.copy (i32.const 33) (i32.load (i32.const 16)) (i32.load (i32.const 20)))
    (drop (call $respond (i32.const 200) (i32.const 0) (i32.const 0)
      (i32.const 32) (i32.add (i32.load (i32.const 20)) (i32.const 1)) (i32.const 0) (i32.const 0) (i32.const -1))))
  (func (export "proxy_on_request_headers") (param i32 i32) (param $end i32) (result i32)
    (drop (call $get_header (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 24) (i32.const 28)))
    (if (result i32) (local.get $end)
      (then (call $call (i32.const 0)) (i32.const 1))
      (else (i32.const 0))))
  (func (export "proxy_on_request_body") (param i32) (param $size i32) (param $end i32) (result i32)
    (if (local.get $end) (then (call $call (local.get $size))))
    (i32.const 1))`,
  {
    imports: `
      (import "env" "proxy_get_header_map_value" (func $get_header (param i32 i32 i32 i32 i32) (result i32)))
      (import "env" "proxy_get_buffer_bytes" (func $get_buffer (param i32 i32 i32 i32 i32) (result i32)))
      (import "env" "proxy_call_foreign_function" (func $foreign (param i32 i32 i32 i32 i32 i32) (result i32)))
      (import "env" "proxy_send_local_response" (func $respond (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
    pages: 512,
  },
);
