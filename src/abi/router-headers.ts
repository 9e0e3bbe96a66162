/** What a policy directs the host's router by: a request header of Envoy's. It reaches no upstream and comes from no client. */

/** With the value `0` the upstream's response may take as long as it needs to begin. */
export const responseTimeLimit = "x-envoy-upstream-rq-timeout-ms";
export const noTimeLimit = "0";
