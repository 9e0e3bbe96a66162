/** A QuickJS C function. Missing arguments are `undefined`: QuickJS fills `values` up to the declared length. */
export type NativeFunction = (context: usize, self: i64, count: i32, values: usize) => i64;
