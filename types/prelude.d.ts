/** Put in when the engine's prelude is bundled: whether it has `crypto.subtle`, or of that no more than what services verify with. */
declare const HAS_SUBTLE: boolean;
