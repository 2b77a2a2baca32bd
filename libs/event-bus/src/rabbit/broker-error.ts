/** What an error of the broker means for us. */
export interface BrokerTrouble {
  /** As the end of a sentence that begins with the broker; no credentials, no text of a message. */
  words: string;
  /** The broker knows us and says no: trying the same again does not help. */
  refused: boolean;
}

/** Reads an error of amqplib or of the socket. amqplib tells reply codes of the handshake in its text only. */
export function brokerTrouble(error: unknown): BrokerTrouble {
  const { code, message } = parts(error);
  if (code === 403 || /^Handshake terminated by server: 403\b/.test(message)) return { words: 'refuses the user or the password, or the user lacks a permission (403 ACCESS_REFUSED)', refused: true };
  if (message.startsWith('Expected ConnectionOpenOk; got <ConnectionClose')) return { words: 'refuses the virtual host: it does not exist, or the user may not use it (530 NOT_ALLOWED)', refused: true };
  if (code === 406) return { words: 'has a queue of ours with other arguments (406 PRECONDITION_FAILED); docs/BROKER.md tells which they must have', refused: false };
  if (typeof code === 'number') return { words: `ended it with code ${code}`, refused: false };
  if (message === 'connect ETIMEDOUT') return { words: 'does not answer (ETIMEDOUT)', refused: false };
  if (message === 'Heartbeat timeout') return { words: 'no longer answers', refused: false };
  if (code !== undefined) return { words: `does not answer (${code})`, refused: false };
  return { words: message.startsWith('Socket closed abruptly') ? 'ends connections while they open' : 'ended the connection', refused: false };
}

function parts(error: unknown): { code: string | number | undefined; message: string } {
  if (typeof error !== 'object' || error === null) return { code: undefined, message: '' };
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined;
  return { code, message: 'message' in error && typeof error.message === 'string' ? error.message : '' };
}
