import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const withCertificate = (peerSubject: string) => ({ tls: { version: "TLSv1.3", mutual: true, peerSubject } });

it("tells the upstream whose certificate it is, whatever the client says", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  await gateway.fetch("/whoami", {
    headers: [
      ["x-peer-name", "The Admin"],
      ["x-peer-name", "Another"],
    ],
    client: withCertificate("emailAddress=mira@harbour.test,CN=Mira Solano,O=Harbour"),
  });

  expect(gateway.upstream.requests).toMatchObject([
    { headers: { "x-peer-name": "Mira Solano", "x-peer-email": "mira@harbour.test" } },
  ]);
});

it.each([
  ["without a certificate", undefined, "client certificate has no common name"],
  ["without a name", "emailAddress=mira@harbour.test", "client certificate has no common name"],
  ["without an address", "CN=Mira Solano", "client certificate has no e-mail address"],
  [
    "with a name inside of another value",
    "O=Harbour\\,CN=Mira Solano,emailAddress=mira@harbour.test",
    "client certificate has no common name",
  ],
])("refuses a client %s", async (_who, subject, text) => {
  await using gateway = await testGateway({ policies: [policy] });

  const response = await gateway.fetch("/whoami", subject === undefined ? {} : { client: withCertificate(subject) });

  expect(response.status).toBe(401);
  expect(await response.text()).toBe(text);
  expect(gateway.upstream.requests).toEqual([]);
});

it("reads what a subject escapes", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  await gateway.fetch("/whoami", { client: withCertificate("CN=Solano\\, Z\\C3\\BCrich,emailAddress=m@harbour.test") });

  expect(Buffer.from(gateway.upstream.requests[0]?.headers["x-peer-name"] ?? "", "latin1").toString()).toBe(
    "Solano, Zürich",
  );
});
