/** What passed through a gateway, for people: one line for each exchange, and below it, where it is wanted, what was in it. */
import { styleText } from "node:util";
import type { HeaderList } from "../abi/port.js";
import type { AccessEntry, ExchangeDetail, PolicyDecision } from "../gateway/index.js";
import { plainText } from "../plain-text.js";
import { redact } from "../redact.js";

export interface ExchangeLineOptions {
  /** When it is over: local time is shown. */
  now: Date;
  colors: boolean;
  /** With headers, bytes and upstream. */
  verbose: boolean;
}

type Style = "bold" | "dim" | "green" | "yellow" | "red" | "magenta" | "cyan";
type Paint = (style: Style, text: string) => string;

const decisionStyles: Readonly<Record<PolicyDecision["decision"], Style>> = {
  continue: "dim",
  break: "yellow",
  send: "yellow",
  cancel: "magenta",
  close: "red",
  failed: "red",
};

/** Such as `07:31:02.123 GET /orders → 401 in 3 ms · stop-request break`. */
export function exchangeLines(entry: AccessEntry, { now, colors, verbose }: ExchangeLineOptions): string {
  const paint: Paint = (style, text) => (colors ? styleText(style, text, { validateStream: false }) : text);
  const { method, path, status, durationMilliseconds } = entry;
  const outcome = status === 0 ? paint("red", "broken off") : paint(statusStyle(status), String(status));
  const line = [
    `${paint("dim", timeOf(now))} ${paint("bold", plainText(method) || "?")} ${plainText(path) || "?"} → ${outcome} in ${durationMilliseconds.toFixed(0)} ms`,
    ...remarks(entry, paint),
  ].join(" · ");
  return verbose ? [line, ...contents(entry)].join("\n") : line;
}

function timeOf(now: Date): string {
  const [hours, minutes, seconds] = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}:${seconds}.${String(now.getMilliseconds()).padStart(3, "0")}`;
}

function statusStyle(status: number): Style {
  return status >= 500 ? "red" : status >= 400 ? "yellow" : status >= 300 ? "cyan" : "green";
}

/** What the policies decided, and what the status does not tell. */
function remarks(entry: AccessEntry, paint: Paint): string[] {
  const { status, details, detail, partialRequestBy, heldBy, violation } = entry;
  const policies = detail?.policies
    .map(({ policy, decision }) => paint(decisionStyles[decision], plainText(`${policy} ${decision}`)))
    .join(", ");
  const told = details === "via_upstream" || details.startsWith("local_reply:");
  return [
    ...(policies === undefined || policies === "" ? [] : [policies]),
    ...(told && status !== 0 ? [] : [plainText(details)]),
    ...(partialRequestBy === undefined
      ? []
      : [paint("red", plainText(`a partial request, broken off by ${partialRequestBy}`))]),
    ...(heldBy === undefined ? [] : [paint("red", plainText(`held by ${heldBy}`))]),
    ...(violation === undefined ? [] : [paint("yellow", plainText(`${violation.kind} of ${violation.policy}`))]),
  ];
}

function contents({ detail, clientAddress, requestBytes, responseBytes }: AccessEntry): string[] {
  if (detail === undefined) {
    return [];
  }
  return [
    `  request from ${clientAddress}, body ${requestBytes} bytes`,
    ...shownHeaders(detail.requestHeaders).map((header) => `    ${header}`),
    ...forwarded(detail),
    ...(detail.responseHeaders === undefined
      ? ["  no response"]
      : [
          `  response, body ${responseBytes} bytes`,
          ...shownHeaders(detail.responseHeaders).map((header) => `    ${header}`),
        ]),
  ];
}

/** What the upstream got, as the difference to what came. */
function forwarded({ upstream, requestHeaders, forwardedHeaders }: ExchangeDetail): string[] {
  if (forwardedHeaders === undefined) {
    return [`  not forwarded to ${upstream}`];
  }
  const before = lines(requestHeaders);
  const after = lines(forwardedHeaders);
  const removed = before.filter((line) => !after.includes(line)).map((line) => `    - ${hidden(line)}`);
  const added = after.filter((line) => !before.includes(line)).map((line) => `    + ${hidden(line)}`);
  const changes = [...removed, ...added];
  return changes.length === 0
    ? [`  forwarded to ${upstream} as it came`]
    : [`  forwarded to ${upstream} with changes`, ...changes];
}

function shownHeaders(headers: HeaderList): string[] {
  return lines(headers).map(hidden);
}

function lines(headers: HeaderList): string[] {
  return headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ""}`] : []));
}

/** A header without its secrets, and without what a terminal would act on. */
function hidden(line: string): string {
  const [, name = "", value = ""] = /^(:?[^:]*): (.*)$/s.exec(line) ?? [];
  const [shown] = redact([[name, value]]) as [[string, string]];
  return plainText(`${name}: ${shown[1]}`);
}
