import { ServiceError } from '@lastgood/contracts';
import type { Options } from 'amqplib';

/** Where the broker is and who asks; `label` is fit for logs: host and port, nothing else. */
export interface BrokerAddress {
  label: string;
  options: Options.Connect;
}

/**
 * Reads `amqp://user:password@host:port/vhost` or `amqps://...` (RabbitMQ URI specification); a missing or empty path is the virtual host `/`.
 * Throws `invalid` without quoting the value.
 */
export function brokerAddress(url: string): BrokerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !isBrokerAddress(url)) {
    throw new ServiceError('invalid', 'broker_address', 'The address of the broker is not of the form amqp://user:password@host:port/vhost (or amqps://...).');
  }
  const protocol = parsed.protocol.slice(0, -1);
  const port = parsed.port === '' ? (protocol === 'amqps' ? 5671 : 5672) : Number(parsed.port);
  const user = parsed.username === '' && parsed.password === '' ? {} : { username: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) };
  return {
    label: `RabbitMQ at ${parsed.hostname}:${port}`,
    options: { protocol, hostname: parsed.hostname.replace(/^\[|\]$/g, ''), port, ...user, vhost: encodeURIComponent(decodeURIComponent(parsed.pathname.slice(1)) || '/'), heartbeat: 10 },
  };
}

/** True when `brokerAddress` can read it. */
export function isBrokerAddress(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^amqps?:$/.test(parsed.protocol) || parsed.hostname === '') return false;
  try {
    return [parsed.username, parsed.password, parsed.pathname].every((part) => decodeURIComponent(part) !== undefined);
  } catch {
    return false;
  }
}
