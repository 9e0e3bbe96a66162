/** The system's certificate authorities, as one PEM file. */
import { existsSync } from "node:fs";

/** Where Debian, Ubuntu, Alpine and Envoy's own images have it. */
export const defaultCaFile = "/etc/ssl/certs/ca-certificates.crt";

/** Fedora and its relatives; openSUSE; macOS. */
const others = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

/** The file of this machine; undefined when there is none in any of the usual places. */
export function systemCaFile(): string | undefined {
  return [defaultCaFile, ...others].find((file) => existsSync(file));
}
