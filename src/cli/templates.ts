/** What a new project can begin with: the folders of `templates/`. */

interface Template {
  /** What its policy does. */
  about: string;
  /** What shows that at a running gateway: options of curl, and what comes of it. */
  request: string;
  shows: string;
  /** Options of `sluice dev`, without which the policy would have nothing to call. */
  devOptions?: string;
}

/** By name. */
export const templates = {
  request: {
    about: "decides on a request's headers",
    request: "-H 'x-api-key: acme'",
    shows: "200; 401 without the header",
  },
  response: { about: "changes responses", request: "", shows: "200, with security headers" },
  auth: {
    about: "asks another service who may pass",
    devOptions: "--upstream auth=echo",
    request: "-H 'authorization: Bearer abc'",
    shows: "200, from an echo that knows everybody; 401 without the header",
  },
  body: {
    about: "checks JSON bodies",
    request: `-H 'content-type: application/json' -d '{ "article": "lamp", "quantity": 0 }'`,
    shows: "422; 200 with a quantity from 1 to 100",
  },
  ratelimit: {
    about: "limits how often a client may come",
    request: "",
    shows: "200; 429 from the 11th in a minute on",
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

/** A line for a shell, to be tried while `sluice dev` runs a project of this template. */
export function requestLineOf(name: TemplateName): string {
  const { request, shows } = templates[name];
  return `${["curl -i", ...(request === "" ? [] : [request]), "http://127.0.0.1:8080/"].join(" ")}   # ${shows}`;
}

/** What `sluice dev` needs in a project of this template. */
export function devOptionsOf(name: TemplateName): string | undefined {
  return (templates[name] as Template).devOptions;
}
