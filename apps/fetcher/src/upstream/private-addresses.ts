import { BlockList, isIP } from 'node:net';

const ranges4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
];
/** Besides the plain ranges those that carry an IPv4 address inside (NAT64, 6to4, Teredo, IPv4-compatible): no upstream needs them. */
const ranges6 = ['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'];

const refused = new BlockList();
for (const [ranges, family] of [[ranges4, 'ipv4'], [ranges6, 'ipv6']] as const) {
  for (const range of ranges) {
    const [net, prefix] = range.split('/');
    refused.addSubnet(net as string, Number(prefix), family);
  }
}

/** True for loopback, private, link-local, multicast and reserved addresses (IANA special-purpose registries), IPv4-mapped IPv6 included, and for anything that is no address. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return true;
  return refused.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}
