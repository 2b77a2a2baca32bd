/** How an answer leaves the simulator. */
export type Delivery = 'whole' | 'cut' | 'stall' | 'hang' | 'reset';

/** A complete HTTP answer before it is written to the connection. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly delivery: Delivery;
  /** Instead of the body: so many bytes of JSON under this key. */
  readonly huge?: { readonly key: string; readonly bytes: number };
}

/** An answer whose body is JSON already. */
export function jsonText(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body, delivery: 'whole' };
}

/** An answer with a JSON object as its body. */
export function jsonAnswer(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonText(status, JSON.stringify(value), headers);
}
