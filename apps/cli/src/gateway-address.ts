import { CommandError, EXIT } from './exit-codes.js';

/** The address of the gateway as `LASTGOOD_URL` gives it; ends the command with 2 where it is none. The words never repeat it: it may hold a password. */
export function gatewayAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new CommandError(EXIT.usage, 'LASTGOOD_URL is no address of a gateway. Set it as http://host:8080 or https://host, without a user or password; the key goes into LASTGOOD_KEY.');
  }
  return url.href;
}

/** The key as `LASTGOOD_KEY` gives it; ends the command with 2 where it cannot be sent. */
export function gatewayKey(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x21-\x7e]+$/.test(text)) throw new CommandError(EXIT.usage, 'LASTGOOD_KEY holds blanks or other letters that no key has. Set it as lg_..., all in one word.');
  return text;
}
