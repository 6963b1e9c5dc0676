// Owns who goes on next: every port call of every simulated process waits here for its turn.
// Promises: one call at a time; with the same choices, the same order. A step ends when everything that could move has come to
// its next port call, to a sleep, or to its end.

interface Waiting {
  owner: number
  name: string
  since: number
  go: () => void
}

export interface Turns {
  /** Resolves when it is this call's turn. `owner` is the process. */
  wait(owner: number, name: string): Promise<void>
  /** Lets one waiting call go; `choose` picks among their number. Answers its name; null: nobody may go on. */
  step(choose: (count: number) => number): Promise<string | null>
  /** Its calls do not get their turn by `step`, as if it had not been given the processor. */
  hold(owner: number, held: boolean): void
  /** Lets the first waiting call of this process go that begins with `name`; false: there is none. */
  stepNamed(owner: number, name: string): Promise<boolean>
  /** Who waits, in the order in which they came. */
  waiting(): readonly { owner: number; name: string; since: number }[]
  /** The calls of a dead process never get their turn. */
  bury(owner: number): void
  /** Everything that can move has moved. */
  rest(): Promise<void>
}

/** `now` is asked when a call begins to wait (ms). */
export function openTurns(now: () => number): Turns {
  let waiting: Waiting[] = []
  const held = new Set<number>()

  async function letGo(chosen: Waiting | undefined): Promise<string | null> {
    if (!chosen) return null
    waiting = waiting.filter((each) => each !== chosen)
    chosen.go()
    await rest()
    return `${chosen.owner} ${chosen.name}`
  }

  /** Promises of one thread all settle before the next task of the event loop. */
  function rest(): Promise<void> {
    return new Promise((done) => setImmediate(done))
  }

  return {
    rest,
    wait: (owner, name) => new Promise((go) => waiting.push({ owner, name, since: now(), go })),
    step(choose) {
      const able = held.size === 0 ? waiting : waiting.filter(({ owner }) => !held.has(owner))
      return letGo(able[choose(able.length)])
    },
    hold(owner, isHeld) {
      if (isHeld) held.add(owner)
      else held.delete(owner)
    },
    stepNamed: async (owner, name) =>
      (await letGo(waiting.find((each) => each.owner === owner && each.name.startsWith(name)))) !== null,
    waiting: () => waiting,
    bury(owner) {
      waiting = waiting.filter((each) => each.owner !== owner)
    },
  }
}
