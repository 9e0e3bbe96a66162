/** Whether a response with this status never has content (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5). */
export function isWithoutContent(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
