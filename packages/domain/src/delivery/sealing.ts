// Owns how an endpoint's secret is stored: sealed to the workers' key. Pure but for fresh key pairs.
// Promises: who holds the public half alone (the gateway, or a copy of the database) can seal and never open; a sealed
// secret opens only for the endpoint that it was sealed for. X25519, HKDF-SHA-256, AES-256-GCM: a sealed box as in
// RFC 9180's base mode, with Node's own primitives.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/** `<id of the sealing key>.<base64url of ephemeral key, nonce, tag, text>`. */
export type SealedSecret = string

/** The half that seals, as the workers publish it. */
export interface SealingKey {
  /** First 16 hex digits of the SHA-256 of `public_key`. */
  _id: string
  /** SubjectPublicKeyInfo, DER, base64. */
  public_key: string
  published_at: number
}

/** The half that opens; it stays in the worker's memory. */
export interface OpeningKey {
  id: string
  publicKey: string
  open(sealed: SealedSecret, context: string): string
}

/** What stands before the 32 bytes of an X25519 private key in PKCS #8 (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** The opening key of 32 bytes in base64; null where the text is none. */
export function openingKey(text: string): OpeningKey | null {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== keyBytes) return null
  const key = Buffer.concat([pkcs8Prefix, bytes])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64')
  const id = keyIdOf(publicKey)
  return {
    id,
    publicKey,
    open(sealed, context) {
      const box = Buffer.from(sealed.slice(id.length + 1), 'base64url')
      const [ephemeral, nonce, tag] = parts(box)
      const secret = sharedKey(privateKey, { ephemeral, recipient: rawKey(publicKey), peer: ephemeral })
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce)
        .setAAD(Buffer.from(context))
        .setAuthTag(tag)
      const text = box.subarray(keyBytes + nonceBytes + tagBytes)
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
    },
  }
}

/** The text sealed to this key, for one context. */
export function seal(
  key: Pick<SealingKey, '_id' | 'public_key'>,
  text: string,
  context: string,
): SealedSecret {
  const pair = generateKeyPairSync('x25519')
  const ephemeral = rawKey(pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'))
  const recipient = rawKey(key.public_key)
  const secret = sharedKey(pair.privateKey, { ephemeral, recipient, peer: recipient })
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const box = Buffer.concat([ephemeral, nonce, cipher.getAuthTag(), sealed])
  return `${key._id}.${box.toString('base64url')}`
}

/** The id of the key that opens this. */
export function keyOf(sealed: SealedSecret): string {
  return sealed.slice(0, sealed.indexOf('.'))
}

/** The id of a public half. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16)
}

function parts(box: Buffer): [Buffer, Buffer, Buffer] {
  const tagAt = keyBytes + nonceBytes
  return [box.subarray(0, keyBytes), box.subarray(keyBytes, tagAt), box.subarray(tagAt, tagAt + tagBytes)]
}

/** Both public keys are in the salt, so that no other pair leads to this key. */
function sharedKey(
  privateKey: KeyObject,
  { ephemeral, recipient, peer }: { ephemeral: Buffer; recipient: Buffer; peer: Buffer },
): Buffer {
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: peer.toString('base64url') },
    format: 'jwk',
  })
  const shared = diffieHellman({ privateKey, publicKey })
  const salt = Buffer.concat([ephemeral, recipient])
  return Buffer.from(hkdfSync('sha256', shared, salt, 'lockstep/endpoint-secret/1', keyBytes))
}

/** The last 32 bytes of an X25519 SubjectPublicKeyInfo are the key (RFC 8410, section 4). */
function rawKey(spki: string): Buffer {
  return Buffer.from(spki, 'base64').subarray(-keyBytes)
}
