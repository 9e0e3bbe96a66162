import type { Authentication } from "sluice/authentication";

export * from "sluice/authentication"; // all the rest is the service's own

export function getAuthentication(): Authentication {
  return { principal: "somebody else", properties: {} };
}
