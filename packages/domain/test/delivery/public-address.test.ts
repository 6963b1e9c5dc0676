import { expect, test } from 'vitest'
import { isAddress, isPublicAddress } from '../../src/delivery/public-address.ts'

test.each(['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '[2606:4700:4700::1111]'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test.each([
  // This machine, private networks, carriers' NAT (RFC 1918, 1122, 6598), and 127.0.0.1 in other notations.
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  // Link-local and the clouds' metadata services.
  '169.254.169.254',
  '168.63.129.16',
  '100.100.100.200',
  'fd00:ec2::254',
  'fe80::1',
  // Broadcast, multicast, documentation, benchmarks, reserved.
  '255.255.255.255',
  '224.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '240.0.0.1',
  '::',
  '::1',
  '[::1]',
  'ff02::1',
  '2001:db8::1',
  'fec0::1',
  // IPv4 hidden in IPv6: mapped, compatible, NAT64, 6to4, Teredo.
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  // No addresses at all.
  'example.com',
  '',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test('a name is no address', () => {
  expect(isAddress('example.com')).toBe(false)
  expect(isAddress('[::1]')).toBe(true)
  expect(isAddress('127.1')).toBe(true)
})
