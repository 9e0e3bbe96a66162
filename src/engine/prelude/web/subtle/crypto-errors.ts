/** The errors that Web Cryptography names. */

export function notSupported(message: string): DOMException {
  return new DOMException(message, "NotSupportedError");
}

export function invalidAccess(message: string): DOMException {
  return new DOMException(message, "InvalidAccessError");
}

export function syntaxError(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}

export function dataError(message: string): DOMException {
  return new DOMException(message, "DataError");
}

export function operationError(message: string): DOMException {
  return new DOMException(message, "OperationError");
}
