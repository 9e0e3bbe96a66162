/** What a new project can begin with: the folders of `templates/`. */

interface Template {
  /** What its policy does. */
  about: string;
  /** Options of `sluice dev`, without which the policy would have nothing to call. */
  devOptions?: string;
}

/** By name. */
export const templates = {
  request: { about: "decides on a request's headers" },
  response: { about: "changes responses" },
  auth: { about: "asks another service who may pass", devOptions: "--upstream auth=echo" },
  body: { about: "checks JSON bodies" },
  ratelimit: { about: "limits how often a client may come" },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

/** What `sluice dev` needs in a project of this template. */
export function devOptionsOf(name: TemplateName): string | undefined {
  return (templates[name] as Template).devOptions;
}
