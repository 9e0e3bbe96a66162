/** What is true of a message, as bits of one number; the lowest three are its mode. */
import { Mode } from "./body-message.js";

export const modeBits = 7;
export const endOfStreamBit = 1 << 3;
export const headOutBit = 1 << 4;
export const headersShownBit = 1 << 5;
export const letHeadGoBit = 1 << 6;
export const continuePendingBit = 1 << 7;
export const responseBit = 1 << 8;
/** The headers have been read or changed. */
export const headBit = 1 << 9;
/** The state of the head is consumed; or the filter was ended. */
export const consumedBit = 1 << 10;
export const endedBit = 1 << 11;
/** There is a `MessageBody`. */
export const contentBit = 1 << 12;
export const outcomeBits = modeBits | headOutBit | continuePendingBit | contentBit;
/** Set where the head can no longer be changed; `Mode.Passed` is a bit of both last modes, and of no other. */
export const closedBits = consumedBit | endedBit | Mode.Passed;
export const touchedBits = headOutBit | headBit | consumedBit | endedBit;

/**
 * The bits of a message whose headers are shown: as it comes, without and with the end of the stream, when it has gone on, and
 * when its filter has answered.
 */
export const shownBits = {
  request: {
    open: headersShownBit,
    ended: headersShownBit | endOfStreamBit,
    gone: headersShownBit | headOutBit | Mode.Passed,
    answered: headersShownBit | endedBit | Mode.Stopped,
  },
  response: {
    open: headersShownBit | responseBit,
    ended: headersShownBit | responseBit | endOfStreamBit,
    gone: headersShownBit | responseBit | headOutBit | Mode.Passed,
  },
} as const;
