import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { contains, parseAddress, parseNetwork } from "./ip.js";

describe("an address", () => {
  it.each([
    ["0.0.0.0"],
    ["192.0.2.7"],
    ["255.255.255.255"],
    ["::"],
    ["::1"],
    ["2001:db8::1"],
    ["2001:DB8:0:0:8:800:200c:417a"],
    ["1:2:3:4:5:6:7::"],
    ["::2:3:4:5:6:7:8"],
    ["64:ff9b::192.0.2.33"],
    ["::ffff:192.0.2.33"],
  ])("%s is what ipaddr.js reads", (text) => {
    expect(parseAddress(text)).toEqual(ipaddr.process(text).toByteArray());
  });

  it.each([
    [""],
    ["1.2.3"],
    ["1.2.3.4.5"],
    ["256.0.0.1"],
    ["010.0.0.1"],
    ["0x7f.0.0.1"],
    ["1.2.3.4:80"],
    ["[::1]"],
    [":"],
    [":::"],
    ["1::2::3"],
    ["1:2:3:4:5:6:7"],
    ["1:2:3:4:5:6:7:8:9"],
    ["1:2:3:4:5:6:7:8::"],
    ["12345::"],
    ["1.2.3.4::"],
    ["::1.2.3"],
    ["localhost"],
    ["unknown"],
    [" 1.2.3.4"],
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("is the same with a zone", () => {
    expect(parseAddress("fe80::1%eth0")).toEqual(parseAddress("fe80::1"));
  });
});

describe("a network", () => {
  const inside = (network: string, address: string): boolean =>
    contains(parseNetwork(network), parseAddress(address) ?? []);

  it.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["192.0.2.128/25", "192.0.2.128", true],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["203.0.113.9", "203.0.113.9", true],
    ["203.0.113.9", "203.0.113.8", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "10.0.0.1", false],
    ["0.0.0.0/0", "::1", false],
    ["::ffff:10.0.0.0/104", "10.1.2.3", true],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "::ffff:11.1.2.3", false],
  ])("%s: %s is in it: %s", (network, address, expected) => {
    expect(inside(network, address)).toBe(expected);
  });

  it.each([
    ["localhost", "expected a network"],
    ["10.0.0.0/", "at most /32"],
    ["10.0.0.0/33", "at most /32"],
    ["2001:db8::/129", "at most /128"],
    ["10.0.0.0/8/8", "expected a network"],
    ["10.0.0.1/8", "has bits beyond /8"],
    ["2001:db8::1/32", "has bits beyond /32"],
  ])("%s is none: %s", (text, problem) => {
    expect(() => parseNetwork(text)).toThrow(problem);
  });
});
