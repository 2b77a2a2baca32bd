import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { isPrivateAddress } from './private-addresses.js';
import { UpstreamFailure } from './upstream-failure.js';

/** Resolves a name to all its addresses, as `dns.lookup` with `all`. */
export type Resolve = (hostname: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;

const systemResolve: Resolve = (hostname, done) => systemLookup(hostname, { all: true }, done);

/**
 * An HTTP/1.1 agent with keep-alive that follows no redirect. Unless private addresses are allowed, the address of every new
 * connection is checked after the name was resolved and is the one connected to, so that a name that changes between check and use gains nothing.
 */
export function makeAgent(options: { allowPrivateAddresses: boolean; resolve?: Resolve }): Agent {
  const settings = { allowH2: false, timeout: 30_000 };
  if (options.allowPrivateAddresses) return new Agent({ ...limits, connect: settings });
  const connect = buildConnector({ ...settings, lookup: guardedLookup(options.resolve ?? systemResolve) });
  return new Agent({
    ...limits,
    connect: (target, done) => {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && isPrivateAddress(host)) done(refusal(), null);
      else connect(target, done);
    },
  });
}

const limits = { pipelining: 1, keepAliveTimeout: 10_000, headersTimeout: 0, bodyTimeout: 0 };

function guardedLookup(resolve: Resolve): LookupFunction {
  return (hostname, wanted, done) => {
    resolve(hostname, (error, addresses) => {
      const first = addresses?.[0];
      if (error) done(error, '', 0);
      else if (!first || addresses.some(({ address }) => isPrivateAddress(address))) done(refusal(), '', 0);
      else if (wanted.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

function refusal(): UpstreamFailure {
  return new UpstreamFailure('private_address_refused', 'The upstream resolves to a loopback, private or reserved address; set allowPrivateAddresses for an upstream inside the house.', { retryable: false });
}
