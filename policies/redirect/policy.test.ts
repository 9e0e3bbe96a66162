import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import redirect from "./policy.js";

it.each([
  [{ httpsRedirect: true }, "shop.test:8080", "/a?b", "https://shop.test/a?b"],
  [{ hostRedirect: "www.shop.test" }, "shop.test", "/a?b", "http://www.shop.test/a?b"],
  [{ hostRedirect: "www.shop.test", stripQuery: true }, "shop.test", "/a?b", "http://www.shop.test/a"],
  [{ pathRedirect: "/new${request.pathname}" }, "shop.test", "/a?b", "/new/a?b"],
  [{ pathRedirect: "/${request.header.x-to}" }, "shop.test", "/", "/evil.test"],
  [{ pathRedirect: "/ü ${request.header.x-raw}" }, "shop.test", "/", "/%C3%BC%20a%5Cb%23c"],
  [{ pathPrefix: "/old", pathRedirect: "/new" }, "shop.test", "/old/x", "/new"],
])("with %j a request for %s%s goes to %s", async (config, host, path, location) => {
  await using gateway = await testGateway({ policies: [redirect], config });

  const response = await gateway.fetch(`http://${host}${path}`, {
    headers: { "x-to": "/\\/evil.test", "x-raw": "a\\b#c" },
  });

  expect([response.status, response.headers.get("location")]).toEqual([301, location]);
  expect(gateway.upstream.requests).toEqual([]);
});

it.each([
  [{ hostRedirect: "shop.test" }, "/a"],
  [{ stripQuery: true }, "/a"],
  [{ pathRedirect: "/a" }, "/a?b"],
  [{ pathPrefix: "/old", pathRedirect: "/new" }, "/older"],
  [{ methods: ["POST"], httpsRedirect: true }, "/a"],
])("with %j a request for %s that is where it is to be passes", async (config, path) => {
  await using gateway = await testGateway({ policies: [redirect], config });

  expect((await gateway.fetch(`http://shop.test${path}`)).status).toBe(200);
});

it.each<[config: unknown, message: string]>([
  [{}, "config: expected httpsRedirect"],
  [{ pathRedirect: "//evil.test" }, "config.pathRedirect: expected a path that begins with one /"],
  [{ pathRedirect: "${request.path}" }, "config.pathRedirect: expected a path that begins with one /"],
  [{ pathRedirect: "/${request.pat}" }, "config.pathRedirect: at character 2: there is no fact"],
  [{ hostRedirect: "https://a.test" }, "config.hostRedirect: expected a host"],
  [{ httpsRedirect: true, status: 200 }, "config.status: expected 301"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [redirect], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
