/** QuickJS's own imports from `env`, which the bridge satisfies. Sluice uses none of what they are for. */

export function host_get_timezone_offset(low: i32, high: i32): i32 {
  return 0;
}
export function host_interrupt(): i32 {
  return 0;
}
export function host_promise_rejection(promise: i32, reason: i32, handled: i32): void {}
export function host_module_normalize(base: i32, name: i32): i32 {
  return 0;
}
export function host_module_load(name: i32, attributes: i32): i32 {
  return 0;
}
export function host_call(a: i32, b: i32, c: i32, d: i32, e: i32): i32 {
  return 0;
}
