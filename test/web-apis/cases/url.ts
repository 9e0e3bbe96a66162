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
  ["http://😀x@host/", undefined, "http://%F0%9F%98%80x@host/"],
  [
    "http://😀:😀@host@host/😀?😀#😀",
    undefined,
    "http://%F0%9F%98%80:%F0%9F%98%80%40host@host/%F0%9F%98%80?%F0%9F%98%80#%F0%9F%98%80",
  ],
  // What UTS #46 maps and ignores.
  ["http://ex\u00adample.com/", undefined, "http://example.com/"],
  ["http://a\u200b\u2060\ufeff\ufe0f\u034f\u180bb/", undefined, "http://ab/"],
  ["http://ａ．ｂ｡ｃ。ｄ/", undefined, "http://a.b.c.d/"],
  ["http://①②③.②⑤⑥/", undefined, "http://123.0.1.0/"],
  ["http://㍛.ﬁ.ǅ/", undefined, "http://xn--3-y50c.fi.xn--d-toa/"],
  ["http://０Ｘｃ０．０２５０．０１/", undefined, "http://192.168.0.1/"],
  ["http://%EF%BD%81%C2%AD.com/", undefined, "http://a.com/"],
  ["http://faß.ς.Σ/", undefined, "http://xn--fa-hia.xn--3xa.xn--4xa/"],
  ["http://क्\u200dष/", undefined, "http://xn--11b2ezcw70k/"],
  ["http://İ.ı.K/", undefined, "http://xn--i-9bb.xn--cfa.k/"],
  ["http://ꭰᏸᎠ/", undefined, "http://xn--58da3v/"],
  ["http://ᾳ/", undefined, "http://xn--mxaq/"],
  ["http://XN--BCHER-KVA.example/", undefined, "http://xn--bcher-kva.example/"],
  ["http://אב.com/", undefined, "http://xn--4dbc.com/"],
  // Hosts that are addresses.
  ["http://0300.0250.1/", undefined, "http://192.168.0.1/"],
  ["http://256/", undefined, "http://0.0.1.0/"],
  ["http://4294967295/", undefined, "http://255.255.255.255/"],
  ["http://[1:0:0:2::3.4.5.6]/", undefined, "http://[1::2:0:0:304:506]/"],
  ["http://[::]/", undefined, "http://[::]/"],
  ["http://[1:0:0:2:0:0:0:3]/", undefined, "http://[1:0:0:2::3]/"],
  // Other schemes, opaque paths and files.
  ["foo://b%C3%BC\u00fc/x", undefined, "foo://b%C3%BC%C3%BC/x"],
  ["foo:/.//p", undefined, "foo:/.//p"],
  ["data:a b?c d#e f", undefined, "data:a b?c%20d#e%20f"],
  ["#f", "mailto:a?b", "mailto:a?b#f"],
  ["file:c:\\\\a\\\\..\\\\..\\\\b", undefined, "file:///c:/b"],
  ["/a", "file:///C:/b", "file:///C:/a"],
  ["//h/a", "file:///C:/b", "file://h/a"],
  ["\\t h\\nt\\ttp://a\\r/b c ", undefined, "http://a/b%20c"],
  ["http://a/%2e/b/%2E%2e/c", undefined, "http://a/c"],
  ["http://a/?\\'\"<>`{}^|", undefined, "http://a/?%27%22%3C%3E`{}^|"],
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
  "http://@/",
  "http://a:65536/",
  "http://a:b/",
  "http://256.1.1.1/",
  "http://1.2.3.08/",
  "http://4294967296/",
  "http://[1::2::3]/",
  "http://[::1.2.3.256]/",
  "http://[::01.2.3.4]/",
  "http://[1:2:3:4:5:6:7]/",
  "foo://a b/",
  "http://%00/",
  // What UTS #46 disallows.
  "http://\u00ad/",
  "http://a\u200cb/",
  "http://a\u200db/",
  "http://\u0301a/",
  "http://a\u0378/",
  "http://a\ue000/",
  "http://⒈com/",
  "http://℀.example/",
  "http://a\u2028b/",
  "http://\ud800/",
  "http://اa/",
  "http://א1٠/",
  "http://xn--/",
  "http://xn--a/",
  "http://xn--ls8h=/",
  "http://ü.xn--0/",
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
    throws("new (URL as any)()", "TypeError"),
    throws("new URL(Symbol() as any)", "TypeError"),
    gives("new URL('http://h/' + ' '.repeat(50_000) + 'x').href.length", 150_010),
    gives("new URL(new URL('/x', 'https://example.com')).href", "https://example.com/x"),
  ],
  "URL.canParse()": [
    throws("(URL.canParse as any)()", "TypeError"),
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
    gives(
      changed("u.hostname = 'x:81'; u.host = ''; u.host = 'a b'; u.port = '99999'; u.protocol = 'x'"),
      "https://example.com/a?b#c",
    ),
    gives(changed("u.host = 'ex\\u00adAMPLE\\uff0ecom:0443'"), "https://example.com/a?b#c"),
    gives(changed("u.username = '😀'; u.password = ''"), "https://%F0%9F%98%80@example.com/a?b#c"),
    gives(changed("u.search = 'a b#\\n'; u.hash = '#'"), "https://example.com/a?a%20b%23#"),
    gives(changed("u.pathname = 'a?#/%2e%2E/\\\\b'"), "https://example.com//b?b#c"),
    gives("((u) => { u.port = '1'; u.host = 'h'; u.pathname = 'x'; return u.href; })(new URL('mailto:a'))", "mailto:a"),
    gives(
      "((u) => { u.host = 'h'; u.port = '1'; u.username = 'u'; return u.href; })(new URL('file:///a'))",
      "file://h/a",
    ),
    gives(changed("u.port = '8443x'"), "https://example.com:8443/a?b#c"),
    gives(changed("u.pathname = 'p q/../r'"), "https://example.com/r?b#c"),
    gives(changed("u.search = ''; u.hash = 'h i'"), "https://example.com/a#h%20i"),
    gives(changed("u.href = 'http://z'"), "http://z/"),
    throws(changed("u.href = 'z'"), "TypeError"),
  ],
  "url.origin": [
    gives("[new URL('https://example.com:443/x').origin, new URL('data:x').origin]", ["https://example.com", "null"]),
    gives(
      "['blob:https://a.example:8/x', 'blob:x', 'file:///a', 'foo://h', 'ws://h'].map((url) => new URL(url).origin)",
      ["https://a.example:8", "null", "null", "null", "ws://h"],
    ),
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
    throws("new URLSearchParams(['ab'] as any)", "TypeError"),
    gives("new URLSearchParams({ '\\ud800': '1', '\\udfff': '2', a: null } as any).toString()", "%EF%BF%BD=2&a=null"),
    gives("new URLSearchParams(7 as any).toString()", "7="),
    gives("[...new URLSearchParams('%EF%BB%BFa=%C2x&%=%a&b=%2&+=%2B')]", [
      ["\ufeffa", "\ufffdx"],
      ["%", "%a"],
      ["b", "%2"],
      [" ", "+"],
    ]),
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
    ...["append('a')", "set('a')", "get()", "getAll()", "has()", "delete()"].map((call) =>
      throws(`(new URLSearchParams() as any).${call}`, "TypeError"),
    ),
    throws("new URLSearchParams().append('a', Symbol() as any)", "TypeError"),
    gives("((p) => { p.sort(); return [...p.keys()]; })(new URLSearchParams('\\ufffd=1&\\u{1f600}=2&b&a&aa'))", [
      "a",
      "aa",
      "b",
      "\u{1f600}",
      "\ufffd",
    ]),
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
    gives(
      "((p, seen: string[]) => { for (const [name] of p) { seen.push(name); p.delete(name); } return [seen, p.toString()]; })(new URLSearchParams('a=1&b=2&c=3'), [])",
      [["a", "c"], "b=2"],
    ),
    gives(
      "((u, seen: string[]) => { for (const [name] of u.searchParams) { seen.push(name); u.search = 'x=1&y=2&z=3'; } return seen; })(new URL('http://a/?a=1'), [])",
      ["a", "y", "z"],
    ),
    gives("Object.prototype.toString.call(new URLSearchParams().entries())", "[object URLSearchParams Iterator]"),
    gives("new URLSearchParams([['a b&', '*-._~!()\\'']]).toString()", "a+b%26=*-._%7E%21%28%29%27"),
  ],
};
