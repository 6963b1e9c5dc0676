import { inspect } from 'node:util'
import { mongo } from 'mongoose'
import { describe, expect, test } from 'vitest'
import {
  brokenRule,
  isAway,
  isLostRace,
  ruleOfText,
  told,
  translated,
} from '../../src/store/mongo/failures.ts'

const serverError = (code: number, message: string) =>
  new mongo.MongoServerError({ code, message, errmsg: message })

describe('the broken rule is read from the text of either engine', () => {
  const mongoText = (index: string, values: string) =>
    `E11000 duplicate key error collection: lockstep.customers index: ${index} dup key: { ${values} }`
  const ferretText = (index: string) =>
    `Duplicate key violation on the requested collection: Index '${index}'`
  const cases = [
    ['customers', 'customers_key', 'key'],
    ['customers', 'customers_email_claim', 'email_claim'],
    ['customers', 'customers_stripe_id', 'stripe_id'],
    ['customers', '_id_', '_id'],
    ['operations', 'operations_idempotency_key', 'idempotency_key'],
    ['stripe_events', '_id_', '_id'],
    ['events', 'events_event_id', '_id'],
    ['events', '_id_', 'pos'],
  ] as const
  test.each(cases)('in %s %s is the rule %s', (collection, index, rule) => {
    expect(ruleOfText(collection, mongoText(index, 'tenant_id: "default", key: "k"'))).toBe(rule)
    expect(ruleOfText(collection, ferretText(index))).toBe(rule)
    expect(brokenRule(collection, serverError(11000, mongoText(index, 'key: "k"')))).toBe(rule)
  })

  test('a value that imitates the text changes nothing', () => {
    const imitation = mongoText(
      'customers_key',
      `key: "index: customers_stripe_id dup key: Index 'events_event_id'"`,
    )
    expect(ruleOfText('customers', imitation)).toBe('key')
  })

  test('an index that is none of ours is a bug, not a guess', () => {
    expect(() => ruleOfText('customers', mongoText('somebody_elses', ''))).toThrow(/^bug: /)
    expect(() => ruleOfText('customers', 'E11000')).toThrow(/^bug: /)
  })

  test('any other error breaks no rule', () => {
    expect(brokenRule('customers', serverError(2, 'BadValue'))).toBeNull()
    expect(brokenRule('customers', new Error('E11000'))).toBeNull()
  })
})

describe('an absent database is told from a bug, whatever words it uses', () => {
  const ferretTexts = [
    'pool.go:90 (documentdb.(*Pool).Acquire): failed to connect to `user=postgres database=postgres`: dial tcp 127.0.0.1:1: connect: connection refused',
    'FATAL: terminating connection due to administrator command (SQLSTATE 57P01)',
    'terminating connection due to unexpected postmaster exit',
    'FATAL: the database system is starting up (SQLSTATE 57P03)',
    'FATAL: the database system is shutting down (SQLSTATE 57P03)',
    'FATAL: the database system is not yet accepting connections (SQLSTATE 57P03)',
    'FATAL: sorry, too many clients already (SQLSTATE 53300)',
    'conn closed',
    'unexpected EOF',
    'failed to deallocate cached statement(s): read tcp 127.0.0.1:1->127.0.0.1:2: use of closed network connection',
    'server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally',
    'postmaster was shut down while establishing libpq connection, exiting',
    'read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer',
    'write tcp 127.0.0.1:1: write: broken pipe',
    'context deadline exceeded',
  ]
  test.each(ferretTexts)('InternalError: %s', (text) => {
    expect(isAway(serverError(1, text))).toBe(true)
    // The same words in a code that means something else are that something else.
    expect(isAway(serverError(121, text))).toBe(false)
  })

  test.each([
    [91, 'ShutdownInProgress'],
    [189, 'PrimarySteppedDown'],
    [10107, 'NotWritablePrimary'],
    [11600, 'InterruptedAtShutdown'],
    [64, 'waiting for replication timed out'],
    [262, 'ExceededTimeLimit'],
  ])('code %i, %s', (code, text) => {
    expect(isAway(serverError(code, text))).toBe(true)
  })

  test('lost connections, no primary, a cleared pool', () => {
    expect(isAway(new mongo.MongoNetworkError('connection 1 to 127.0.0.1 closed'))).toBe(true)
    expect(isAway(new mongo.MongoNetworkTimeoutError('connection 1 timed out'))).toBe(true)
    expect(isAway(new mongo.MongoNotConnectedError('Client must be connected'))).toBe(true)
    expect(
      isAway(Object.assign(new Error('Connection pool was cleared'), { name: 'MongoPoolClearedError' })),
    ).toBe(true)
  })

  test('a connection that dies under a command, alone or as the end of a whole batch', () => {
    const broken = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' })
    expect(isAway(broken)).toBe(true)
    // As the driver wraps what it did not foresee; of the result nothing is read.
    expect(isAway(new mongo.MongoBulkWriteError(broken as never, {} as never))).toBe(true)
    expect(isAway(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe(false)
  })

  test('bugs and duplicates are not called absence', () => {
    expect(isAway(serverError(1, 'unknown operator $foo'))).toBe(false)
    expect(isAway(serverError(11000, "Index 'customers_key'"))).toBe(false)
    expect(isAway(serverError(85, 'IndexOptionsConflict'))).toBe(false)
    expect(isAway(new TypeError('x is not a function'))).toBe(false)
    expect(isAway('failed to connect')).toBe(false)
  })

  test('PostgreSQL’s numbers that FerretDB passes on: deadlock and serialisation are lost races, 57P01 is absence', () => {
    // What FerretDB 2.7 answered for "deadlock detected" (40P01).
    expect(isLostRace({ code: 16_908_292 })).toBe(true)
    // 40001 and 57P01 by the same rule.
    expect(isLostRace({ code: 4 + 2 ** 24 })).toBe(true)
    expect(isAway(serverError(5 + 7 * 64 + 32 * 4096 + 2 ** 24, 'admin shutdown'))).toBe(true)
    expect(isLostRace({ code: 112 })).toBe(true)
    expect(isLostRace({ code: 11000 })).toBe(false)
  })
})

describe('what callers are told', () => {
  // As the driver throws it: the whole batch hangs on it.
  const document = { _id: '1', email_lower: 'ada@example.com' }
  const bulk = (code: number, errmsg: string) =>
    new mongo.MongoBulkWriteError(
      { code, message: errmsg, writeErrors: [] },
      // Only what is read of a result.
      { getRawResponse: () => ({ document }), insertedIds: { 0: '1' } } as never,
    )

  test('no error carries the documents of its command along', async () => {
    for (const error of [bulk(2, 'BadValue'), bulk(91, 'ShutdownInProgress')]) {
      Object.assign(error, { document })
      const port = translated({ write: () => Promise.reject(error) })
      const heard: unknown = await port.write().catch((thrown: unknown) => thrown)
      expect(inspect(heard, { depth: 9, showHidden: true })).not.toContain('ada@example.com')
      expect(inspect(heard, { depth: 9 })).toContain(error.message)
    }
  })

  test('a bug of ours passes as it is', () => {
    const bug = new Error('bug: impossible')
    expect(told(bug)).toBe(bug)
  })
})
