import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { checkConfig } from "../../guest/configure.js";
import { definePolicy } from "../../policy/define.js";
import { parsed } from "./index.js";

/** A port, as a policy of somebody might parse it. */
function port(text: string): { port: number } {
  if (!/^\d+$/.test(text)) {
    throw new RangeError(`expected a port, got ${text}`);
  }
  return { port: Number(text) };
}

const schemas = {
  valibot: v.object({ ports: v.array(v.pipe(v.string(), parsed(port))) }),
  zod: z.object({ ports: z.array(z.string().transform(parsed(port))) }),
  "zod/mini": mini.object({ ports: mini.array(mini.pipe(mini.string(), mini.transform(parsed(port)))) }),
};

describe.each(Object.entries(schemas))("a configuration value that is parsed, with %s", (_library, config) => {
  const check = (given: unknown) => checkConfig(definePolicy({ config }).definition, given);

  it("is what the parser returns", () => {
    expect(check({ ports: ["80", "443"] })).toEqual({ ok: true, config: { ports: [{ port: 80 }, { port: 443 }] } });
  });

  it("is a problem at its place, with the message of what the parser throws", () => {
    expect(check({ ports: ["80", "x", "y"] })).toEqual({
      ok: false,
      problems: [
        { path: "ports[1]", message: "expected a port, got x" },
        { path: "ports[2]", message: "expected a port, got y" },
      ],
    });
  });

  it("is not parsed where it is no text", () => {
    expect(check({ ports: [80] })).toMatchObject({ ok: false, problems: [{ path: "ports[0]" }] });
  });
});

describe("a parser", () => {
  it("is followed by what valibot checks of its value", () => {
    const schema = v.pipe(
      v.string(),
      parsed(port),
      v.check((value) => value.port < 65_536, "too large"),
    );
    expect(v.safeParse(schema, "70000").issues?.[0].message).toBe("too large");
    expect(v.safeParse(schema, "x").issues).toHaveLength(1);
    expect(v.parse(schema, "70")).toEqual({ port: 70 });
  });

  it("may throw anything", () => {
    const schema = v.pipe(
      v.string(),
      parsed(() => {
        throw null as unknown as Error;
      }),
    );
    expect(v.safeParse(schema, "x").issues?.[0].message).toBe("null");
  });
});
