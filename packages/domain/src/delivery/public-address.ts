// Owns which addresses the deliveries may go to: those of the public Internet. Pure.
// Promises: nothing of this machine, of a private network, of a link, of a cloud's metadata service, and nothing that
// hides one of those in another form (IPv4 in IPv6, NAT64, 6to4, Teredo), passes.

import ipaddr from 'ipaddr.js'

/** Public addresses at which clouds answer machines of their own: Azure's, by its documentation of 168.63.129.16. */
const cloudAddresses = new Set(['168.63.129.16'])
/** All that IANA has given out as global unicast IPv6 so far. */
const globalIPv6 = ipaddr.parseCIDR('2000::/3')

/** True for an address of the public Internet, in whatever notation; false for what is no address. */
export function isPublicAddress(text: string): boolean {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (!ipaddr.isValid(bare)) return false
  // `process` takes IPv4 out of IPv4-mapped IPv6.
  const address = ipaddr.process(bare)
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' ? !cloudAddresses.has(address.toString()) : address.match(globalIPv6)
}

/** True where the host of a URL is an address and not a name. */
export function isAddress(host: string): boolean {
  return ipaddr.isValid(host.startsWith('[') ? host.slice(1, -1) : host)
}
