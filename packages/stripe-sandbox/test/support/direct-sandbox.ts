/**
 * Owns a sandbox without a port: requests go straight into the pipeline, so that thousands of sequences of calls take seconds.
 * Promises: the same calls in the same order give the same answers, ids and times included; an answer is there when the call returns.
 */
import { vi } from 'vitest'
import { handleRequest } from '../../src/http/handle-request.ts'
import type { JsonObject } from '../../src/json.ts'
import { openCore } from '../../src/open-core.ts'
import { changeSettings, defaultSettings } from '../../src/settings.ts'
import { encodeForm, type Form } from './form.ts'

/** An answer; `text` is what would go over the wire. */
export type DirectAnswer = {
  readonly status: number
  readonly body: JsonObject
  readonly text: string
  readonly headers: { readonly [name: string]: string }
}

/** Who calls, and with which idempotency key. */
export type Caller = { readonly apiKey?: string; readonly key?: string | undefined }

/** A running sandbox. */
export type DirectSandbox = ReturnType<typeof openDirect>

/** What the sandbox says of itself when it meets a bug of its own, at a timer for example: a failure, whoever was asking. */
const bugs: string[] = []
vi.spyOn(console, 'error').mockImplementation((...said: unknown[]) => {
  bugs.push(said.map(String).join(' '))
})

/** 2031-01-30: months end on different days from here, and a leap year is near. Any fixed time would do. */
const startAt = Date.UTC(2031, 0, 30, 12)

/** Opens a sandbox whose clock stands still. A path may carry a query. `persist`: the file that it keeps, or is restored from. */
export function openDirect(options: { readonly persist?: string; readonly seed?: number } = {}) {
  const settings = defaultSettings()
  // Events are read by the last one seen, which must not be forgotten while time passes; nor must keys, unless a test asks for it.
  const years = { event_retention_days: 36_500, idempotency_prune_seconds: 24_000 * 86_400 }
  changeSettings(settings, { latency: 0, limits: 'off', ...years })
  const core = openCore(settings, { seed: 1, ...options, frozen: true, startAt })

  function call(method: string, path: string, form: Form = {}, caller: Caller = {}): DirectAnswer {
    const [bare = '', query = ''] = path.split('?', 2)
    const encoded = path.startsWith('/v2/') && method === 'POST' ? JSON.stringify(form) : encodeForm(form)
    const inQuery = method === 'GET' || method === 'DELETE'
    const request = {
      method,
      path: bare,
      query: [query, inQuery ? encoded : ''].filter(Boolean).join('&'),
      body: inQuery ? '' : encoded,
      headers: {
        authorization: `Bearer ${caller.apiKey ?? 'sk_test_direct'}`,
        ...(caller.key === undefined ? {} : { 'idempotency-key': caller.key }),
      },
    }
    const answers: DirectAnswer[] = []
    handleRequest(core, request, ({ status, body, headers }) =>
      answers.push({ status, body, text: JSON.stringify(body), headers }),
    )
    const [answer] = answers
    if (!answer) throw new Error(`${method} ${path} was not answered at once`)
    if (answer.headers['Sandbox-Bug']) throw new Error(`${method} ${path} ${encoded}: ${answer.text}`)
    return answer
  }

  return {
    core,
    call,
    /** Moves the clock, and waits for what that causes. */
    async advance(seconds: number) {
      await core.clock.advance(seconds * 1000)
      core.keepClock()
      await core.settled()
    },
    /** Ends it; throws if it met a bug of its own. */
    close() {
      core.clock.close()
      core.stopWaiting()
      core.agents.close()
      core.store.close()
      const [bug] = bugs.splice(0)
      if (bug !== undefined) throw new Error(bug)
    },
  }
}
