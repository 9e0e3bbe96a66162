import { definePolicy, Response, utf8ToByteString } from "sluice";

export default definePolicy({
  onRequest(request, { properties }) {
    const subject = properties.tls?.peerSubject ?? "";
    const name = attribute(subject, "CN");
    if (name === undefined) {
      return new Response("client certificate has no common name", { status: 401 });
    }
    const email = attribute(subject, "emailAddress");
    if (email === undefined) {
      return new Response("client certificate has no e-mail address", { status: 401 });
    }

    request.headers.set("x-peer-name", name);
    request.headers.set("x-peer-email", email);
  },
});

/** A value in a subject such as `CN=Mira Solano,O=Harbour` (RFC 2253: `\,` is a comma, `\C3` a byte), as a header's value. */
function attribute(subject: string, name: string): string | undefined {
  const parts = utf8ToByteString(subject).match(/(?:\\.|[^,\\])+/g) ?? [];
  const value = parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  return value?.replace(/\\([0-9A-Fa-f]{2}|.)/g, (_escape, text: string) =>
    text.length === 2 ? String.fromCharCode(parseInt(text, 16)) : text,
  );
}
