/**
 * Owns the watching of parameters: which of those that a request was allowed to send its route looked at.
 * Promises: nothing of the program is replaced; its routes run as they are, on parameters that note each look.
 */
import { handleRequest, type ApiRequest } from '../../src/http/handle-request.ts'
import type { Reply } from '../../src/http/execute.ts'
import { createRouter } from '../../src/http/router.ts'
import { openCore } from '../../src/open-core.ts'
import type { Params } from '../../src/params/param.ts'
import { changeSettings, defaultSettings } from '../../src/settings.ts'

/** An answer, and the parameters that were looked at on the way to it, as `a[b][0][c]`. */
export type Watched = Reply & { readonly looked: ReadonlySet<string> }

/** A sandbox without a server, whose requests are watched. Close it. */
export function watchedSandbox(): {
  request(method: string, path: string, form?: string): Promise<Watched>
  close(): void
} {
  const settings = defaultSettings()
  changeSettings(settings, { latency: 0, limits: 'off' })
  const core = openCore(settings, { frozen: true })
  let looked = new Set<string>()
  const routes = core.router.routes().map((route) => ({
    ...route,
    ...(route.check
      ? {
          check: (params: Params) =>
            route.check?.(
              watch(params, '', (at) => looked.add(at)),
              core,
            ),
        }
      : {}),
    run: (call: Parameters<typeof route.run>[0]) =>
      route.run({ ...call, params: watch(call.params, '', (at) => looked.add(at)) }),
  }))
  const watched = { ...core, router: createRouter(routes) }
  return {
    request: (method, path, form = '') =>
      new Promise((resolve) => {
        looked = new Set()
        const query = method === 'GET' ? form : ''
        const request: ApiRequest = {
          method,
          path,
          query,
          body: method === 'GET' ? '' : form,
          headers: {
            authorization: 'Bearer sk_test_watched',
            'content-type': 'application/x-www-form-urlencoded',
          },
        }
        handleRequest(watched, request, (reply) => resolve({ ...reply, looked }))
      }),
    close() {
      core.clock.close()
      core.stopWaiting()
      core.agents.close()
    },
  }
}

function watch<T extends object>(value: T, at: string, note: (at: string) => void): T {
  return new Proxy(value, {
    get(target, name, receiver) {
      const inner: unknown = Reflect.get(target, name, receiver)
      if (typeof name !== 'string' || !Object.hasOwn(target, name)) return inner
      const here = at === '' ? name : `${at}[${name}]`
      note(here)
      return typeof inner === 'object' && inner !== null ? watch(inner, here, note) : inner
    },
  })
}
