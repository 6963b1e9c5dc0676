/** Owns the doors of API keys and the accounts behind them. */
import type { BoundKey } from '../state/keys.ts'
import type { Door, DoorCall } from './door.ts'

/** Bind, revoke, list, unbind. */
export const accountDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox/accounts',
    about: 'The keys that are bound; every other well-formed key is the default account.',
    run: ({ core }) => ({ default_account: core.settings.account, keys: core.keys.list().map(shown) }),
  },
  {
    method: 'POST',
    path: '/_sandbox/accounts',
    about: 'Binds {key} to {account}, or sets its {state} (active, revoked, expired) or {permissions}.',
    run: ({ core, body }) => {
      const key = readKey(core, body)
      core.keys.bind(key)
      return shown(key)
    },
  },
  {
    method: 'DELETE',
    path: '/_sandbox/accounts/{id}',
    about: 'Makes a key ordinary again.',
    run: ({ core, id }) => {
      core.keys.unbind(id)
      return {}
    },
  },
]

const states = ['active', 'revoked', 'expired'] as const
const rights = ['none', 'read', 'write'] as const

/** A key as the body of a request describes it; what it leaves out stays as it was. */
export function readKey(core: DoorCall['core'], body: DoorCall['body']): BoundKey {
  const { key, account, state = 'active', permissions } = body
  if (typeof key !== 'string' || key === '') throw new Error('key must be a string')
  const known = states.find((one) => one === state)
  if (!known) throw new Error(`state must be one of ${states.join(', ')}`)
  if (account !== undefined && (typeof account !== 'string' || !/^acct_\w+$/.test(account))) {
    throw new Error('account must look like acct_…')
  }
  const before = core.keys.list().find((one) => one.id === key)
  return {
    id: key,
    account: account ?? before?.account ?? core.settings.account,
    state: known,
    permissions: permissions === undefined ? (before?.permissions ?? null) : readPermissions(permissions),
  }
}

function readPermissions(permissions: unknown): BoundKey['permissions'] {
  if (permissions === null) return null
  if (typeof permissions !== 'object' || Array.isArray(permissions))
    throw new Error('permissions must be an object: {customers: "read"}')
  return Object.fromEntries(
    Object.entries(permissions).map(([resource, right]) => {
      const known = rights.find((one) => one === right)
      if (!known) throw new Error(`a permission must be one of ${rights.join(', ')}`)
      return [resource, known]
    }),
  )
}

function shown({ id, ...rest }: BoundKey) {
  return { key: id, ...rest }
}
