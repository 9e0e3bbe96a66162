/** Names of messages that nobody guesses: where one turns up, that message, and no other, is there. */
import { hash } from "./random.mjs";

/** @param {number} seed @param {number} number */
export function messageId(seed, number) {
  return `m${number}-${hash(`${seed} id ${number}`).toString(16)}`;
}

const pattern = /^m(\d+)-[0-9a-f]+$/;

/** The number of a message; undefined where the text is no name that this seed gives. @param {number} seed @param {string} text */
export function messageNumber(seed, text) {
  const number = Number(pattern.exec(text)?.[1] ?? NaN);
  return messageId(seed, number) === text ? number : undefined;
}
