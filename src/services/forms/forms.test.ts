import { describe, expect, it } from "vitest";
import { FixedHeaders } from "../../policy/headers.js";
import { form, isForm } from "./index.js";

const formType = ["content-type", "application/x-www-form-urlencoded"];

/** A body with these headers. */
function bodyOf(content: string | Uint8Array, headers = formType) {
  const state = { bytes: toBytes(content), sets: 0 };
  return {
    state,
    headers: new FixedHeaders(headers),
    bytes: () => state.bytes,
    setBody: (body: string | Uint8Array) => {
      state.bytes = toBytes(body);
      state.sets++;
    },
    text: () => new TextDecoder().decode(state.bytes),
  };
}

function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

describe("a form", () => {
  it("is read as URLSearchParams reads it, and edited field by field", () => {
    const body = bodyOf("user=ada+l%C3%B6v&x=%zz&role=a&role=b&");
    const fields = form(body);
    expect(fields.get("user")).toBe("ada löv");
    expect(fields.getAll("role")).toEqual(["a", "b"]);
    expect([...fields]).toEqual([
      ["user", "ada löv"],
      ["x", "%zz"],
      ["role", "a"],
      ["role", "b"],
    ]);
    fields.set("role", "c d");
    fields.append("y", "&");
    fields.delete("user");
    expect(body.text()).toBe("x=%zz&role=c+d&y=%26");
    expect(String(fields)).toBe("x=%zz&role=c+d&y=%26");
    fields.delete("none");
    expect(body.state.sets).toBe(3);
    for (const name of ["x", "role", "y"]) {
      fields.delete(name);
    }
    expect(body.text()).toBe("");
  });

  it("of an empty body is empty, and can be filled", () => {
    const body = bodyOf("");
    expect([...form(body)]).toEqual([]);
    form(body).set("a", "1");
    expect(body.text()).toBe("a=1");
  });

  it("keeps bytes that are not ASCII, also those that are not UTF-8", () => {
    const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0x61, 0x3d, 0xff, 0x26, 0xc3, 0xbc, 0x3d, 0xc3, 0xbc, 0x26, 0x62]);
    const body = bodyOf(bytes);
    const fields = form(body);
    expect([...fields]).toEqual([
      ["\ufeffa", "\ufffd"],
      ["ü", "ü"],
      ["b", ""],
    ]);
    fields.delete("b");
    expect(body.state.bytes).toEqual(bytes.subarray(0, -2));
  });

  it("follows a body that is set meanwhile", () => {
    const body = bodyOf("a=1");
    const fields = form(body);
    body.setBody("a=2");
    expect(fields.get("a")).toBe("2");
  });

  it.each([
    [["content-type", "multipart/form-data; boundary=x"]],
    [["content-type", "application/json"]],
    [["content-type", "application/x-www-form-urlencoded, text/plain"]],
    [[...formType, ...formType]],
    [[...formType, "content-encoding", "gzip"]],
    [[]],
  ])("is none with the headers %j", (headers) => {
    expect(() => form(bodyOf("a=secret", headers))).toThrow(
      expect.objectContaining({
        code: "BODY_NOT_FORM",
        message: expect.not.stringContaining("secret") as string,
      }) as Error,
    );
  });

  it("is told by its type, in any case and with any parameters", () => {
    expect(isForm(new FixedHeaders(["content-type", "Application/X-WWW-Form-Urlencoded ; charset=utf-8"]))).toBe(true);
    expect(isForm(new FixedHeaders(["content-type", "application/x-www-form-urlencoded2"]))).toBe(false);
    expect([...form(bodyOf("a=1", [...formType, "content-encoding", "Identity"]))]).toEqual([["a", "1"]]);
  });

  it("has 10,000 fields at most", () => {
    expect([...form(bodyOf("a&".repeat(9_999)))]).toHaveLength(9_999);
    for (const piece of ["a&", "&"]) {
      expect(() => form(bodyOf(piece.repeat(500_000)))).toThrow("expected at most 10000 fields");
    }
  });
});
