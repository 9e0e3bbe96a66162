/** All tables. */
import type { RequestGroup, ResponseGroup } from "../row.js";
import { chunks } from "./chunks.js";
import { connection } from "./connection.js";
import { content } from "./content.js";
import { fields } from "./fields.js";
import { framing } from "./framing.js";
import { host } from "./host.js";
import { pipelines } from "./pipelines.js";
import { requestLine } from "./request-line.js";
import { responseBodies } from "./responses-bodies.js";
import { responseFields } from "./responses-fields.js";
import { responseStatus } from "./responses-status.js";
import { upgradeTables } from "./upgrades.js";

export const requestTables: readonly RequestGroup[] = [
  ...requestLine,
  ...host,
  ...fields,
  ...framing,
  ...chunks,
  content,
  ...connection,
  ...pipelines,
  ...upgradeTables,
];

export const responseTables: readonly ResponseGroup[] = [...responseStatus, ...responseFields, ...responseBodies];
