import { gives, throws, type WebApiCases } from "../case.js";

/** Of the URL standard's examples of parsing. */
const parsed: [input: string, base: string | undefined, href: string][] = [
  ["https:example.org", undefined, "https://example.org/"],
  ["https://////example.com///", undefined, "https://example.com///"],
  ["https://example.com/././foo", undefined, "https://example.com/foo"],
  ["hello:world", "https://example.com", "hello:world"],
  ["https:example.org", "https://example.com", "https://example.com/example.org"],
  ["\\\\example\\\\..\\\\demo/.\\\\", "https://example.com", "https://example.com/demo/"],
  ["example", "https://example.com/demo", "https://example.com/example"],
  ["file:///C|/demo", undefined, "file:///C:/demo"],
  ["..", "file:///C:/demo", "file:///C:/"],
  ["file://loc%61lhost/", undefined, "file:///"],
  ["https://user:password@example.org/", undefined, "https://user:password@example.org/"],
  ["https://example.org/foo bar", undefined, "https://example.org/foo%20bar"],
  ["https://EXAMPLE.com/../x", undefined, "https://example.com/x"],
  ["https://127.0.0.1./", undefined, "https://127.0.0.1/"],
  ["https://0x7f.1/", undefined, "https://127.0.0.1/"],
  ["https://[::0:1]:443/", undefined, "https://[::1]/"],
  ["http://example.com:80/", undefined, "http://example.com/"],
  ["mailto:a@b", undefined, "mailto:a@b"],
  ["//other.example/x?y#z", "http://example.com/a", "http://other.example/x?y#z"],
  ["?q=%E2%82%AC", "http://example.com/a?b", "http://example.com/a?q=%E2%82%AC"],
  ["https://faß.example/", undefined, "https://xn--fa-hia.example/"],
  ["https://BÜCHER.example/ü?ü#ü", undefined, "https://xn--bcher-kva.example/%C3%BC?%C3%BC#%C3%BC"],
  ["https://例え。テスト/", undefined, "https://xn--r8jz45g.xn--zckzah/"],
];

const failing = [
  "https://ex ample.org/",
  "example",
  "https://example.com:demo",
  "http://[www.example.com]/",
  "https://",
  "http://a b",
  "http://1.2.3.4.5/",
  "https://exa%23mple.org",
  "http://[::1",
];

const url = "new URL('https://user:pa%20ss@example.com:8080/a/b?x=1&y=2#frag')";
const changed = (change: string): string =>
  `((u) => { ${change}; return u.href; })(new URL('https://example.com/a?b#c'))`;

export const urlCases: WebApiCases = {
  "new URL()": [
    ...parsed.map(([input, base, href]) =>
      gives(
        `new URL(${[input, base]
          .filter((part) => part !== undefined)
          .map((part) => `'${part}'`)
          .join(", ")}).href`,
        href,
      ),
    ),
    ...failing.map((input) => throws(`new URL(${JSON.stringify(input)})`, "TypeError")),
    throws("new URL('x', 'not a base')", "TypeError"),
    gives("new URL(new URL('/x', 'https://example.com')).href", "https://example.com/x"),
  ],
  "URL.canParse()": [
    gives("[URL.canParse('https://example.com'), URL.canParse('x'), URL.canParse('x', 'https://example.com')]", [
      true,
      false,
      true,
    ]),
  ],
  "url.href, protocol, username, password, host, hostname, port, pathname, search, hash": [
    gives(
      `((u) => [u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash])(${url})`,
      ["https:", "user", "pa%20ss", "example.com:8080", "example.com", "8080", "/a/b", "?x=1&y=2", "#frag"],
    ),
    gives("[new URL('https://a/?').search, new URL('https://a/#').hash, new URL('mailto:x').host]", ["", "", ""]),
    gives(changed("u.protocol = 'http'"), "http://example.com/a?b#c"),
    gives(changed("u.protocol = 'mailto'"), "https://example.com/a?b#c"),
    gives(changed("u.username = 'me'; u.password = 'p:w'"), "https://me:p%3Aw@example.com/a?b#c"),
    gives(changed("u.host = 'Other:81'"), "https://other:81/a?b#c"),
    gives(changed("u.hostname = 'x.y'"), "https://x.y/a?b#c"),
    gives(changed("u.port = '8443x'"), "https://example.com:8443/a?b#c"),
    gives(changed("u.pathname = 'p q/../r'"), "https://example.com/r?b#c"),
    gives(changed("u.search = ''; u.hash = 'h i'"), "https://example.com/a#h%20i"),
    gives(changed("u.href = 'http://z'"), "http://z/"),
    throws(changed("u.href = 'z'"), "TypeError"),
  ],
  "url.origin": [
    gives("[new URL('https://example.com:443/x').origin, new URL('data:x').origin]", ["https://example.com", "null"]),
  ],
  "url.searchParams": [
    gives(changed("u.searchParams.append('k', 'v w')"), "https://example.com/a?b=&k=v+w#c"),
    gives(changed("u.searchParams.delete('b')"), "https://example.com/a#c"),
    gives(
      "((u) => { const p = u.searchParams; u.search = '?n=1'; return [p.get('n'), p === u.searchParams]; })(new URL('https://a/?m=0'))",
      ["1", true],
    ),
    gives(`${url}.searchParams instanceof URLSearchParams`, true),
  ],
  "url.toString(), toJSON()": [
    gives(
      "[`${new URL('https://a')}`, JSON.stringify(new URL('https://a')), Object.prototype.toString.call(new URL('https://a'))]",
      ["https://a/", '"https://a/"', "[object URL]"],
    ),
  ],
  "new URLSearchParams()": [
    gives("new URLSearchParams('?a=1&b=%20+&a=2&&c').toString()", "a=1&b=++&a=2&c="),
    gives("new URLSearchParams({ a: '1', b: '\\u20ac' }).toString()", "a=1&b=%E2%82%AC"),
    gives("new URLSearchParams([['a', '1'], ['a', '2']]).toString()", "a=1&a=2"),
    gives("new URLSearchParams(new URLSearchParams('x=y')).toString()", "x=y"),
    gives("new URLSearchParams().toString()", ""),
    gives("new URLSearchParams('a=%ff%20%zz').get('a')", "\ufffd %zz"),
    throws("new URLSearchParams([['a']])", "TypeError"),
  ],
  "params.append(), delete(), get(), getAll(), has(), set(), size, sort()": [
    gives(
      "((p) => [p.get('a'), p.get('z'), p.getAll('a'), p.has('a', '2'), p.has('a', '3'), p.has('b'), p.size])(new URLSearchParams('a=1&a=2&b=3'))",
      ["1", null, ["1", "2"], true, false, true, 3],
    ),
    gives(
      "((p) => { p.append('b', '4'); p.set('a', '9'); p.delete('b', '3'); p.sort(); return p.toString(); })(new URLSearchParams('b=3&a=1&a=2'))",
      "a=9&b=4",
    ),
  ],
  "params.entries(), keys(), values(), forEach(), toString()": [
    gives(
      "((p) => [[...p], [...p.keys()], [...p.values()], [...p.entries()].length])(new URLSearchParams('a=1&b=2'))",
      [
        [
          ["a", "1"],
          ["b", "2"],
        ],
        ["a", "b"],
        ["1", "2"],
        2,
      ],
    ),
    gives(
      "((seen: string[]) => { new URLSearchParams('a=1').forEach((value, name) => seen.push(name + value)); return seen; })([])",
      ["a1"],
    ),
    gives("new URLSearchParams([['a b&', '*-._~!()\\'']]).toString()", "a+b%26=*-._%7E%21%28%29%27"),
  ],
};
