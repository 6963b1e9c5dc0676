// Owns the port to the slots of a Stripe budget: the rights to make one call, counted for all processes in one place.
// Promises of every implementation (G8): no sliding second at Stripe holds more calls than a limit, whatever stalls on the
// way, because a slot comes free one second after the answer; one that forgot counts as a window already spent; whoever may
// wait leaves what there is to those of a higher priority that wait already.

/** Calls in any sliding second. Stripe's published defaults: 25 per endpoint; 100 per live account, 25 per sandbox. */
export interface StripeLimits {
  perEndpoint: number
  perAccount: number
}

/** Who goes first: writes that a caller waits for, reads that a webhook asked for, and what can take all night. */
export const priorities = ['live', 'read', 'backfill'] as const
export type Priority = (typeof priorities)[number]

/** One wish for a slot. */
export interface SlotRequest {
  /** `acct_…` and mode: what the limits are counted by. */
  account: string
  /** Verb and template of a path: what Stripe's limits count by. */
  endpoint: string
  /** Whose slot it is: unlike any other's. */
  member: string
  limits: StripeLimits
  priority: Priority
}

export interface Slots {
  /** 0: the slot is taken. Else the milliseconds after which to ask again. Throws where nobody can tell: then nothing is called. */
  take(request: SlotRequest): Promise<number>
  /** After the answer (`used`), or at once where no call was made. Never rejects: a slot that stays taken is only too careful. */
  give(request: SlotRequest, used: boolean): Promise<void>
}

/** The span over which Stripe counts (ms). */
export const windowMs = 1000
/**
 * The longest that a call lasts, from its start to its answer or to the end of our patience (ms): well under the hour that the
 * protocol grants a call on its way, and short enough that silence is noticed.
 */
export const callMs = 20_000
/** A slot is good for a call that starts within this; a process that stalled for longer has lost it (ms). */
export const usableMs = 1_000
/** A slot of a process that died in mid-call: no call that was started in time lasts longer (ms). */
export const heldMs = usableMs + callMs
/**
 * After amnesia: a slot that was given just before may still be used, its call takes up to a window to arrive, and then its
 * second runs (ms). A call that was already on its way for longer than that is not counted any more.
 */
export const spentMs = usableMs + 2 * windowMs
/** Somebody of a higher priority waits: look again (ms). */
export const yieldMs = 20
/** How much longer than it was told to wait a waiter is remembered, so that it finds its place when it asks again (ms). */
export const rememberedMs = 100
