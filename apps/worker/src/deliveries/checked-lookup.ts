// Owns how a delivery's host becomes an address.
// Promises: the address that is connected to is the very one that was checked, so a name that answers differently the
// second time (DNS rebinding) gains nothing; one forbidden address among a name's many refuses it whole.

import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isAddress, isPublicAddress } from '@lockstep/domain/delivery/public-address'

/** A name, or an address in a URL, that leads to where deliveries may not go. */
export class RefusedAddress extends Error {
  constructor() {
    super('the address is private, local or reserved')
    this.name = 'RefusedAddress'
  }
}

/** Throws for an address that stands in the URL itself: no name is looked up for it. */
export function checkLiteral(host: string, allowPrivate: boolean): void {
  if (!allowPrivate && isAddress(host) && !isPublicAddress(host)) throw new RefusedAddress()
}

/** For `net.connect`: looks the name up and hands on only what was checked. */
export function checkedLookup(resolve: typeof lookup = lookup): LookupFunction {
  return (host, options, answer) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return answer(error ?? new RefusedAddress(), '', 0)
      if (!addresses.every(({ address }) => isPublicAddress(address)))
        return answer(new RefusedAddress(), '', 0)
      if (options.all) answer(null, addresses)
      else answer(null, first.address, first.family)
    })
  }
}
