/** Owns what a sandbox is made from, beside its settings. */
import type { FixtureSet } from './fixtures/fixture.ts'

/** A receiver of events that is there from the start, with a secret that both sides know beforehand. */
export type PresetWebhook = {
  readonly url: string
  readonly secret: string
  /** All by default. Types of thin events begin with `v1.`. */
  readonly enabled_events?: readonly string[]
  /** `snapshot` (by default) is a webhook endpoint of v1, `thin` an event destination of v2. */
  readonly payload?: 'snapshot' | 'thin'
}

/** What is given to a sandbox when it is made. */
export type CoreOptions = {
  readonly persist?: string | undefined
  readonly webhooks?: readonly PresetWebhook[] | undefined
  readonly seed?: number | undefined
  readonly frozen?: boolean | undefined
  readonly startAt?: number | undefined
  readonly fixtures?: FixtureSet | undefined
}
