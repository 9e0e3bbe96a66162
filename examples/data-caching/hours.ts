/** Hours of the day, which may run over midnight. */

const dayMilliseconds = 86_400_000;

/** How long the hours last still that `now` is in; 0: it is in none. */
export function millisecondsLeft(
  now: number,
  { start_hour, end_hour }: { readonly start_hour: number; readonly end_hour: number },
): number {
  const date = new Date(now);
  const hour = date.getUTCHours();
  const inside = start_hour <= end_hour ? hour >= start_hour && hour < end_hour : hour >= start_hour || hour < end_hour;
  if (!inside) {
    return 0;
  }
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), end_hour);
  return end > now ? end - now : end + dayMilliseconds - now;
}
