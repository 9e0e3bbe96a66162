/** On a machine that is busy a module may take long without being at fault; no case is about this limit. */
export const testedLimits = { callbackMilliseconds: 5_000 };
