/**
 * What a policy may use: the members that its code, or that of its packages, asks for anywhere. What is of use to few policies, and takes time in
 * every exchange, is done for those alone.
 */
export interface PolicyUses {
  readonly setBody: boolean;
  readonly properties: boolean;
  readonly request: boolean;
  /** The members that its own files ask for, of anything; not there where they ask for some by names that only the running policy knows. */
  readonly named?: readonly string[];
}
