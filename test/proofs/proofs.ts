// Owns the list of proofs: what each shows at the counts that a release wants, and how it is run.

/** A proof: tests at another count, or a command of its own. */
export interface Proof {
  readonly name: string
  /** What it proves, with its numbers. */
  readonly proves: string
  /** What picks the test files; or the arguments of Node. */
  readonly run: { readonly tests: string } | { readonly node: readonly string[] }
  /** The counts; a variable that is set already wins, to try a proof with fewer or more. */
  readonly counts: { readonly [variable: string]: string }
}

const sandbox = 'packages/stripe-sandbox/test'

/** All of them, those that take longest last. */
export const proofs: readonly Proof[] = [
  {
    name: 'sandbox-idempotency',
    proves: '30 concurrent creates with one key make one object at the sandbox, 1,000 times over',
    run: { tests: `${sandbox}/idempotency-bursts.test.ts` },
    counts: { SANDBOX_BURSTS: '1000' },
  },
  {
    name: 'sandbox-fuzz',
    proves: 'the sandbox survives 50,000 strange requests, and what it holds still adds up',
    run: { tests: `${sandbox}/fuzz.test.ts` },
    counts: { SANDBOX_FUZZ: '50000' },
  },
  {
    name: 'sandbox-properties',
    proves: 'what holds of any sequence of calls to the sandbox, on 50 times as many sequences',
    run: { tests: `${sandbox}/properties/` },
    counts: { SANDBOX_RUNS: '50' },
  },
  {
    name: 'migrations',
    proves: 'a database of release 0.1.0 with 100,000 customers is migrated while callers write',
    run: { tests: 'packages/domain/test/store/migrations.test.ts' },
    counts: { MIGRATED_CUSTOMERS: '100000' },
  },
  {
    name: 'simulate',
    proves: 'the guarantees hold in 20,000 fresh schedules of the simulation',
    run: { node: ['test/simulation/main.ts', '--schedules', '20000'] },
    counts: {},
  },
  {
    name: 'plants',
    proves: 'each bug that is planted in the simulation is found',
    run: { node: ['test/simulation/main.ts', '--plant', 'all'] },
    counts: {},
  },
  {
    name: 'backfill',
    proves:
      'beside a first sync of 2,000 strangers 200 live writes are served first, and it takes what is left',
    run: { tests: 'test/faults/backfill.test.ts' },
    counts: { BACKFILL_CUSTOMERS: '2000', BACKFILL_WRITES: '200' },
  },
  {
    name: 'reconcile',
    proves:
      '100 missing, extra, drifted, deleted and doubled customers among 100,000: all found and repaired in one pass',
    run: { tests: 'test/faults/anti-entropy.test.ts' },
    counts: { RECONCILE_CUSTOMERS: '100000', RECONCILE_FAULTS: '100' },
  },
  onStack(
    'limits',
    '4 workers, Redis flushed in between: never above Stripe’s limits, and 90 % of them used under backlog',
  ),
  onStack(
    'storm',
    'half of all answers are 429: nothing is parked, nothing lost, drained within 3 times as long',
  ),
  onStack('hot-customer', 'one customer has half of all writes: the others’ delay grows by 2 s at most'),
  onStack(
    'burst',
    '30,000 writes on 1,000 customers in a minute cost 2,500 updates at Stripe at most, and both sides agree',
  ),
  onStack(
    'recovery',
    'after a worker’s kill -9 work goes on within 10 s, and 20 kills in a row park nothing healthy',
  ),
  onStack(
    'outages',
    'Redis, MongoDB and Stripe away or restored, under load: nothing is lost, nothing done twice',
  ),
  onStack('soak', '30 minutes of steady load: memory stays flat, Redis keeps no keys, both sides end equal'),
  onStack(
    'kills',
    '200 kills of every kind of process under load: no acknowledged operation is lost or unexpected',
  ),
]

/** One on the real stack: processes, MongoDB, Redis and the sandbox behind wires that fail. */
function onStack(name: string, proves: string): Proof {
  return { name, proves, run: { node: ['test/proofs/stack/main.ts', name] }, counts: {} }
}
