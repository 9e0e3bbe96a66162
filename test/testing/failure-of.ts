/** What a promise is rejected with; undefined when it is fulfilled. */
export async function failureOf(promise: Promise<unknown>): Promise<(Error & { code?: string }) | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
