/** Milliseconds since 1970, the only place where the page asks what time it is. */
export function nowMs(): number {
  return Date.now();
}
