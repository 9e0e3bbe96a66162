/** Gateway files, for whatever reads or checks them. */

/** What must be there. */
export const minimalGatewayFile = `upstreams:
  echo: { url: http://127.0.0.1:9000 }
routes:
  - upstream: echo
`;

const nameRefused =
  "expected a name of letters, digits, `.`, `_` and `-` that is not one of JavaScript's own, such as constructor, got string";

/** Files that are not in order: what is wrong, the text, and each problem as `line path: message`. No environment variable is set. */
export const refusedGatewayFiles: readonly [what: string, text: string, problems: string[]][] = [
  [
    "an unknown key",
    `listenr: {}\n${minimalGatewayFile}`,
    ['1 listenr: unknown key "listenr": did you mean "listener"?'],
  ],
  [
    "every unknown key of an object",
    `listener: { hots: a, prot: 1 }\n${minimalGatewayFile}`,
    [
      '1 listener.hots: unknown key "hots": did you mean "host"?',
      '1 listener.prot: unknown key "prot": did you mean "port"?',
    ],
  ],
  [
    "a key that is like no other",
    `listener: { zzzzzz: 1 }\n${minimalGatewayFile}`,
    ['1 listener.zzzzzz: unknown key "zzzzzz"; known are host, port, trustedHops, timeouts, limits, requestTrailers'],
  ],
  [
    "a missing key",
    "upstreams:\n  e: {}\nroutes:\n  - name: x\n    upstream: e\n",
    ["2 upstreams.e.url: missing: this key is required"],
  ],
  ["a wrong type", `${minimalGatewayFile}    policies: 5\n`, ["5 routes[0].policies: expected a list, got number 5"]],
  ["an object that is a list", `listener: []\n${minimalGatewayFile}`, ["1 listener: expected a mapping, got a list"]],
  ["an empty file", "", ["1 : expected a mapping, got nothing"]],
  [
    "a list without items",
    "upstreams: {}\nroutes: []\n",
    ["2 routes: expected a list with at least one item, got an empty one"],
  ],
  [
    "a port out of range",
    `listener:\n  port: 70000\n${minimalGatewayFile}`,
    ["2 listener.port: expected a port: a number from 0 to 65535, got number 70000"],
  ],
  ...["-1", "1.5", "21", '"1"'].map((hops): [string, string, string[]] => [
    `${hops} trusted hops`,
    `listener:\n  trustedHops: ${hops}\n${minimalGatewayFile}`,
    [
      `2 listener.trustedHops: expected how many proxies are in front: a number from 0 to 20, got ${hops.startsWith('"') ? "string" : "number"} ${hops}`,
    ],
  ]),
  [
    "a duration without unit",
    `listener:\n  timeouts: { drain: "5" }\n${minimalGatewayFile}`,
    [
      '2 listener.timeouts.drain: expected a duration: milliseconds as a number, or a string such as "250ms", "5s", "1m" (at most 24 days), got string "5"',
    ],
  ],
  [
    "a size with an unknown unit",
    `${minimalGatewayFile}    limits: { body: 1mb }\n`,
    [
      '5 routes[0].limits.body: expected a size: bytes as a number, or a string such as "64KiB", "1MiB", got string "1mb"',
    ],
  ],
  [
    "an upstream with a path",
    "upstreams: { a: { url: http://x/y } }\nroutes:\n  - upstream: a\n",
    [
      '1 upstreams.a.url: expected an origin, such as http://127.0.0.1:9000: no path, no query, no credentials, got string "http://x/y"',
    ],
  ],
  [
    "an upstream's name",
    'upstreams: { "a b": { url: http://x } }\nroutes:\n  - upstream: a b\n',
    [`1 upstreams["a b"]: ${nameRefused} "a b"`],
  ],
  ...["constructor", "toString", "prototype", "hasOwnProperty"].flatMap((name): [string, string, string[]][] => [
    [
      `an upstream called ${name}`,
      `upstreams:\n  ${name}: { url: http://x }\nroutes:\n  - upstream: ${name}\n`,
      [`2 upstreams.${name}: ${nameRefused} "${name}"`],
    ],
    [
      `a route called ${name}`,
      `${minimalGatewayFile}    name: ${name}\n`,
      [`5 routes[0].name: ${nameRefused} "${name}"`],
    ],
    [
      `a policy called ${name}`,
      `${minimalGatewayFile}    policies: [{ use: p.ts, name: ${name} }]\n`,
      [`5 routes[0].policies[0].name: ${nameRefused} "${name}"`],
    ],
    [
      `an upstream ${name} that is none`,
      minimalGatewayFile.replace("upstream: echo", `upstream: ${name}`),
      [`4 routes[0].upstream: expected the name of an upstream (echo), got "${name}"`],
    ],
    [
      `the unknown key ${name}`,
      `listener: { ${name}: 1 }\n${minimalGatewayFile}`,
      [
        `1 listener.${name}: unknown key "${name}"; known are host, port, trustedHops, timeouts, limits, requestTrailers`,
      ],
    ],
  ]),
  [
    "path and pathPrefix together",
    `${minimalGatewayFile}    match: { path: /a, pathPrefix: /b }\n`,
    ["5 routes[0].match: expected either path or pathPrefix, got both"],
  ],
  [
    "a host with a port",
    `${minimalGatewayFile}    match: { host: "a:80" }\n`,
    ['5 routes[0].match.host: expected a host without port, such as example.com or *.example.com, got string "a:80"'],
  ],
  [
    "a path that no request has after normalisation",
    `${minimalGatewayFile}    match: { path: /a/../b }\n`,
    [
      '5 routes[0].match.path: expected a path in normal form, got "/a/../b", which no request has after normalisation: write "/b"',
    ],
  ],
  [
    "a path with a query",
    `${minimalGatewayFile}    match: { path: /a?b }\n`,
    ['5 routes[0].match.path: expected a path that begins with /, without query, got string "/a?b"'],
  ],
  [
    "a method that is never served",
    `${minimalGatewayFile}    match: { methods: [CONNECT] }\n`,
    [
      '5 routes[0].match.methods[0]: expected one of the methods that Node knows, in upper case, other than CONNECT, got string "CONNECT"',
    ],
  ],
  [
    "otherMethods without methods",
    `${minimalGatewayFile}    match: { otherMethods: refuse }\n`,
    ["5 routes[0].match: expected methods beside otherMethods, got none"],
  ],
  [
    "a method in lower case",
    `${minimalGatewayFile}    match: { methods: [get] }\n`,
    [
      '5 routes[0].match.methods[0]: expected one of the methods that Node knows, in upper case, other than CONNECT, got string "get"',
    ],
  ],
  [
    "a word that is not one of the allowed",
    `${minimalGatewayFile}    policies:\n      - { use: p.ts, onError: ignore }\n`,
    ['6 routes[0].policies[0].onError: expected ("deny" | "allow"), got string "ignore"'],
  ],
  [
    "an unknown upstream",
    minimalGatewayFile.replace("upstream: echo", "upstream: ecco"),
    ['4 routes[0].upstream: expected the name of an upstream (echo), got "ecco": did you mean "echo"?'],
  ],
  [
    "two routes of one name",
    `${minimalGatewayFile}    name: a\n  - upstream: echo\n    name: a\n    match: { path: /a }\n`,
    ['7 routes[1].name: expected a name that no other route has, got "a" again'],
  ],
  [
    "two policies of one name in a route",
    `${minimalGatewayFile}    policies:\n      - { use: a.ts, name: x }\n      - { use: b.ts, name: x }\n`,
    ['7 routes[0].policies[1].name: expected a name that no other policy of the route has, got "x" again'],
  ],
  [
    "a variable that is not set",
    `listener:\n  host: "\${HOST}"\n${minimalGatewayFile}`,
    ["2 listener.host: The environment variable HOST is not set."],
  ],
  [
    "a variable that is not set, once",
    `listener:\n  port: "\${PORT}"\n${minimalGatewayFile}`,
    ["2 listener.port: The environment variable PORT is not set."],
  ],
];
