/** Request targets whose normalisation is not plain, by hand and made of a seed. */
import { Random } from "../../../src/testing/random.js";

const lines = (text: string): string[] => text.trim().split(/\s+/);

/** Those of paths, by what is special about them. */
const byHand: Readonly<Record<string, string[]>> = {
  plain: lines("/ /a /a/ /a/b?c=d /a?b?c /? /a;x /a;x/b /; /;/ /;;x /a/;/b /%20 /a%09 /a+b /~a-b_c.d /a//b?//"),
  dots: lines(`
    /. /.. /./ /../ /.?x /..?x /a/. /a/.. /a/./b /a/../b /a/../../b /../../b /a/.../b /a/..b /a/.b /a/b. /a./b /a../b
    /a/b/../../c /a/./../b /a/.?b /a/..?b=/../c /a/b/..//../c`),
  "encoded dots": lines(`
    /%2e /%2E /%2e%2e /.%2e /%2E. /a/%2e/b /a/%2e%2e/b /a/.%2E/b /a/%2e./b /a/%2e%2e%2fb /a/%2e%2e%5cb /a/%252e%252e/b
    /a/%2e%2e?b /a/%2e%2eb /a/%c0%ae%c0%ae/b /a/%e0%80%ae/b /a/%%32e/b /a/%2%65/b /a/%2%65%2%65/b`),
  "dots with parameters": lines(`
    /a/..;/b /a/..;x=1/b /a/.;/b /a/.;x/b /a/..; /a/..;/ /a/.; /..; /..;/ /..;/a /.; /.;/a /..;/..;/a /a/b/..;/..;/c
    /a/..;;/b /a/..;a..;/b /a/...;/b /a/..;?b /a/..;x?b=/..;/c /a?b=/..;/c /a?..; /;/.. /;/../b /a;x/../b /a;x/..;y/b
    /a/..;%2fb /a/..;x%2fy/b /a/..;x%5cy/b /a/..;\\b /a/..;//b /a//..;/b /a/..;%25/b /a/..;x"y/b /a%2f..;%2fb
    /a/.;./b /a/.;/../b /a/..;/../b /a/b/..;/../c /a/..;%2f..;%2fb`),
  "decoded dots with parameters": lines(`
    /a/%2e%2e;/b /a/%2E%2E;/b /a/.%2e;/b /a/%2e.;x=1/b /a/%2e;/b /a/%2e%2e; /a/%2e; /%2e%2e;/b /a\\..;\\b /a\\..;/b
    /a%5c..;%5cb /a/..%3b/b /a/..%3Bx/b /a/.%3b/b /a/%2e%2e%3b/b /a/%2e%3B /a/%2e%2e;?x /a/x/../%2e%2e;/b
    /a/%252e%252e;/b /a/..%253b/b /a/%2e%2e;x%2f../b /a/...%3b/b`),
  slashes: lines(`
    // /// //? //a //a//b// /a// /a///b /%2f /%2F%2f /a%2fb /a%2F /a%5cb /a\\b \\a /\\ /\\\\ /a\\\\b /%5c%5c /..// /a/..// /.//
    //../a /a//../b /a//./b /a//../../b /a/%2f/b /a%2f%2fb /a%2f..%2fb /a%5c..%5cb /a\\..\\b /a/..\\b /%252fa /a%%32fb`),
  percents: lines(`
    /% /%% /a% /a%2 /a%g1 /a%1g /a%%41 /a%4%31b /a%%34%31b /a%%34b /a%%2ex /a%%32%65 /%%32e%%32e/a /%25 /%2525 /%25%32%65
    /%41%42 /%61dmin /%7e /%2d%5f /%3a /%3A /%3f /%23 /caf%c3%a9 /caf%C3%A9 /%ff /%00 /a%00b /a/..%00;/b /%01 /%0a /%0D%0a /%7f /%zz`),
  characters: lines(`
    /a"b /a<b /a>b /a^b /a\`b /a{b} /a|b /a[b] /a!$&'()*+,;=:@b /a?"<>^\`{|} /a?%zz /a?\\ /a# /a#b /a?b#c /#`),
  "other forms": lines(`
    * a ?a %2fa http://h.test http://h.test/ http://h.test/a/../b HTTP://h.test/a http://h.test:80/a http://h.test/a/..;/b
    http://h.test/a/%2e%2e;/b http://h.test// http://h.test/" http://h.test/% http://h.test/a?b/../c http://h.test/a#b
    http://h.test#b http:///a http:// http:/a ftp://h.test/a http://h.test:/a http://h.test..:80/a http://.h.test/a
    http://h..test/a http://h.test./a http://[::1]/a http://[::1]:80/a http://h%2etest/ h.test h.test:80 mailto:a@b`),
};

/** What paths are put together of. */
const pieces = lines(`
  / / / / / . .. %2e %2E ; %3b %3B %2f %5c \\ % %2 %% a b 41 4 %34 %61 e %65 2 %32 " { ? x=1 // %25 %c3 %C3%a9 ..; /.; /..; /.. f
  %3f ! * | %2e%2e; /%2e%2e /.%2e; ~ %7e #`);

export function handPickedTargets(): string[] {
  return Object.values(byHand).flat();
}

export function madeTargets(count: number, seed: number): string[] {
  const random = new Random(seed);
  return Array.from(
    { length: count },
    () => `/${Array.from({ length: 1 + random.below(10) }, () => pieces[random.below(pieces.length)]).join("")}`,
  );
}
