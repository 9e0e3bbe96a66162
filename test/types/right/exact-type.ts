type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when the value's type is exactly the expected one. */
export type ExactType<Expected> = <Actual>(
  value: Actual,
  ...proof: Same<Actual, Expected> extends true ? [] : [expected: Expected]
) => void;

/** `exactType<Expected>()(value)` compiles when the value's type is exactly the expected one. */
export function exactType<Expected>(): ExactType<Expected> {
  return () => undefined;
}
