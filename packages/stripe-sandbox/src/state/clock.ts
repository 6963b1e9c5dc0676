/**
 * Owns the sandbox's time: the wall clock plus what was advanced, or a frozen clock that only moves when advanced.
 * Promises: time never goes back; `advance` runs everything that falls due on the way, in order, each at its own time, and waits for it.
 */

/** Time as the sandbox sees it. */
export type Clock = {
  /** Milliseconds since 1970 on the sandbox's clock. */
  now(): number
  /** The same in whole seconds, as Stripe's `created`. */
  seconds(): number
  /** Milliseconds that never jump by `advance` on a running clock: what rate limits are measured by. */
  steady(): number
  /** Milliseconds by which the clock is ahead of the wall. */
  offset(): number
  /** Moves time forward, running what falls due; resolves when all of it has ended. */
  advance(ms: number): Promise<void>
  /** Runs `work` when the clock reaches `due`; returns a function that calls it off. */
  at(due: number, work: () => void | Promise<void>): () => void
  /** The same under a name; an earlier one of that name is called off. */
  named(name: string, due: number, work: () => void | Promise<void>): void
  /** Calls off everything that waits. */
  forget(): void
  /** The same, and for good. */
  close(): void
}

type Timer = { due: number; order: number; work: (() => void | Promise<void>) | null }

/** Node's timers overflow above this many milliseconds and would then fire at once. */
const longestTimeoutMs = 2_147_483_647

/** Makes a clock that begins at `startAt` (ms; now by default); `startOffset` (ms) restores one that was advanced before a restart. */
export function createClock(
  options: { frozen?: boolean; startAt?: number | undefined; startOffset?: number } = {},
): Clock {
  const frozen = options.frozen ?? false
  const startedAt = options.startAt ?? Date.now()
  const startedSteady = performance.now()
  let offset = options.startOffset ?? 0
  let order = 0
  let armed: NodeJS.Timeout | undefined
  let closed = false
  let advancing: Promise<void> = Promise.resolve()
  const heap: Timer[] = []

  const wall = () => (frozen ? startedAt : startedAt + performance.now() - startedSteady)
  const now = () => Math.floor(wall() + offset)

  function arm(): void {
    clearTimeout(armed)
    const first = heap[0]
    if (closed || frozen || !first) return
    armed = setTimeout(runDue, Math.min(Math.max(first.due - now(), 0), longestTimeoutMs))
    armed.unref()
  }

  function runDue(): void {
    for (let first = heap[0]; first && first.due <= now(); first = heap[0]) {
      pop(heap)
      void first.work?.()
    }
    arm()
  }

  async function move(ms: number): Promise<void> {
    const aim = offset + ms
    const target = now() + ms
    for (let first = heap[0]; first && first.due <= target && !closed; first = heap[0]) {
      const due = first.due
      offset = Math.min(aim, offset + Math.max(0, due - now()))
      const together: Promise<void>[] = []
      for (let next = heap[0]; next && next.due <= due; next = heap[0]) {
        pop(heap)
        together.push(Promise.resolve(next.work?.()))
      }
      await Promise.all(together)
    }
    offset = aim
    arm()
  }

  const named = new Map<string, () => void>()

  function at(due: number, work: () => void | Promise<void>): () => void {
    const timer: Timer = { due, order: order++, work }
    push(heap, timer)
    if (heap[0] === timer) arm()
    return () => {
      timer.work = null
    }
  }

  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    steady: () => (frozen ? now() : performance.now()),
    offset: () => offset,
    advance(ms) {
      advancing = advancing.then(() => move(ms))
      return advancing
    },
    at,
    named(name, due, work) {
      named.get(name)?.()
      const callOff = at(due, () => {
        if (named.get(name) === callOff) named.delete(name)
        return work()
      })
      named.set(name, callOff)
    },
    forget() {
      heap.length = 0
      named.clear()
    },
    close() {
      closed = true
      clearTimeout(armed)
      heap.length = 0
    },
  }
}

const earlier = (a: Timer, b: Timer) => a.due < b.due || (a.due === b.due && a.order < b.order)

function push(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1
  while (index > 0) {
    const parentIndex = (index - 1) >> 1
    const parent = heap[parentIndex]
    if (!parent || !earlier(timer, parent)) break
    heap[index] = parent
    index = parentIndex
  }
  heap[index] = timer
}

function pop(heap: Timer[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let index = 0
  for (;;) {
    const left = heap[2 * index + 1]
    if (!left) break
    const right = heap[2 * index + 2]
    const childIndex = right && earlier(right, left) ? 2 * index + 2 : 2 * index + 1
    const child = right && earlier(right, left) ? right : left
    if (!earlier(child, last)) break
    heap[index] = child
    index = childIndex
  }
  heap[index] = last
}
