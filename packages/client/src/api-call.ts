// Owns what a method gives back: a call that can be awaited for its data, asked for its whole answer, or walked through.

/** What a caller may say of one call. */
export interface CallOptions {
  /** Ends the call. */
  signal?: AbortSignal
  /** Milliseconds for the whole call, tries and waits included. */
  timeoutMs?: number
  /** How often it is tried again. */
  retries?: number
  /** Of a write; without it each call has one of its own. Give it where your process may die and repeat the write. */
  idempotencyKey?: string
  /** Of a change: refuse (VersionError) unless the customer is still at this version. */
  ifMatch?: number
  /** Seconds that the server waits for the outcome of a write (5 without it, 30 at most). */
  wait?: number
  /** Wait until Stripe has it too. */
  untilSynced?: boolean
  /** Further headers. */
  headers?: Readonly<Record<string, string>>
}

/** The answer as it came. */
export interface RawAnswer<Data = unknown> {
  status: number
  headers: Headers
  /** `Request-Id`, to name in a report. */
  requestId: string | null
  /** Parsed JSON, envelope included. */
  body: unknown
  /** `body.data`; after 202 what was accepted. */
  data: Data
}

/** Awaited, it is the data. It is under way whether awaited or not. */
export interface ApiCall<Data> extends PromiseLike<Data> {
  /** The whole answer; of a write that is not applied yet, the 202. */
  answer: () => Promise<RawAnswer>
}

/** One page of a list. */
export interface Page<Item> {
  data: Item[]
  hasMore: boolean
  /** The cursor of the next page. */
  nextAfter: string | null
}

/** Awaited, it is the first page; `for await` goes through all. */
export interface PagedCall<Item> extends ApiCall<Page<Item>>, AsyncIterable<Item> {}

/** A call from its answer and what its data is made of. */
export function apiCall<Data>(
  sent: Promise<RawAnswer>,
  dataOf: (answer: RawAnswer) => Data | Promise<Data>,
): ApiCall<Data> {
  const data = sent.then(dataOf)
  // Who asks for the answer alone has seen the failure there.
  data.catch(() => undefined)
  return {
    answer: () => sent,
    // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what it is for
    then: (resolve, reject) => data.then(resolve, reject),
  }
}
