/**
 * What a policy may use: the members that occur anywhere in its sources or its packages. What is of use to few policies, and takes time in
 * every exchange, is done for those alone.
 */
export interface PolicyUses {
  readonly setBody: boolean;
  readonly properties: boolean;
}
