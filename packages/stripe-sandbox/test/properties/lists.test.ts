import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idOf } from '../../src/json.ts'
import { openDirect, type DirectSandbox } from '../support/direct-sandbox.ts'
import { listed } from '../support/everything.ts'
import { runs } from '../support/runs.ts'
import { listedKinds, listedKindsOfV2, type ListedKind } from '../support/shop/listed-kinds.ts'

/** What others do between two looks: make one, or take one out (counted from the newest). */
const change = fc.oneof({ weight: 2, arbitrary: fc.constant('make' as const) }, fc.nat(15))
const changes = (maxLength: number) => fc.array(change, { maxLength })
const limits = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(-1, 0, 100, 101))

/** What should be listed, newest first; `all` holds what left as well. */
type Model = { readonly live: string[]; readonly all: string[] }

function apply(list: ListedKind, model: Model, done: readonly ('make' | number)[]): void {
  for (const one of done) {
    if (one === 'make') {
      const id = list.make()
      model.live.unshift(id)
      model.all.unshift(id)
    } else if (list.remove && model.live.length > 0) {
      const [id = ''] = model.live.splice(one % model.live.length, 1)
      list.remove(id)
    }
  }
}

describe.each(Object.entries(listedKinds))('a list of %s', (_name, open) => {
  const page = (sandbox: DirectSandbox, { path }: ListedKind, form: { [name: string]: string | number }) => {
    const { status, body, text } = sandbox.call('GET', path, form)
    expect(status, text).toBe(200)
    return { ids: listed(body['data']).map(idOf), more: body['has_more'] }
  }

  it('gives the newest first, and from any cursor, gone or not, the next ones either way, and whether there are more', () => {
    fc.assert(
      fc.property(changes(20), fc.nat(), limits, (done, cursorIndex, limit) => {
        const sandbox = openDirect()
        const list = open(sandbox)
        const model: Model = emptyModel(sandbox, list)
        apply(list, model, done)
        const size = Math.min(Math.max(limit, 1), 100)
        const first = page(sandbox, list, { limit })
        expect(first).toEqual({ ids: model.live.slice(0, size), more: model.live.length > size })

        const cursor = model.all[cursorIndex % Math.max(model.all.length, 1)]
        if (cursor !== undefined) {
          const at = model.all.indexOf(cursor)
          const [newer, older] = [model.all.slice(0, at), model.all.slice(at + 1)].map((ids) =>
            ids.filter((id) => model.live.includes(id)),
          )
          const after = page(sandbox, list, { limit, starting_after: cursor })
          expect(after).toEqual({ ids: older?.slice(0, size), more: (older ?? []).length > size })
          // The mirror: those next to the cursor, and still the newest first.
          const before = page(sandbox, list, { limit, ending_before: cursor })
          expect(before).toEqual({ ids: newer?.slice(-size), more: (newer ?? []).length > size })
        }
        sandbox.close()
      }),
      runs(20),
    )
  })

  it('read page by page skips and repeats nothing, whatever others make and take out meanwhile', () => {
    fc.assert(
      fc.property(changes(20), fc.array(changes(4), { maxLength: 12 }), limits, (done, between, limit) => {
        const sandbox = openDirect()
        const list = open(sandbox)
        const model: Model = emptyModel(sandbox, list)
        apply(list, model, done)
        const atStart = [...model.all]
        const read: string[] = []
        for (let turn = 0; ; turn++) {
          const after = read.at(-1)
          const next = page(sandbox, list, { limit, ...(after ? { starting_after: after } : {}) })
          const left = model.live.slice(after ? firstBelow(model, after) : 0)
          expect(next.ids).toEqual(left.slice(0, next.ids.length))
          read.push(...next.ids)
          if (!next.more) break
          apply(list, model, between[turn] ?? [])
        }
        expect(read).toEqual(atStart.filter((id) => read.includes(id)))
        const stayed = atStart.filter((id) => model.live.includes(id))
        expect(read).toEqual(expect.arrayContaining(stayed))
        sandbox.close()
      }),
      runs(20),
    )
  })
})

describe.each(Object.entries(listedKindsOfV2))('a v2 list of %s', (_name, open) => {
  it('read by its addresses, forth and back, skips and repeats nothing, whatever others do meanwhile', () => {
    fc.assert(
      fc.property(
        changes(20),
        fc.array(changes(4), { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        (done, between, limit) => {
          const sandbox = openDirect()
          const list = open(sandbox)
          const model: Model = { live: [], all: [] }
          apply(list, model, done)
          const atStart = [...model.live]
          const get = (address: string) => {
            const { status, body, text } = sandbox.call('GET', address)
            expect(status, text).toBe(200)
            const { next_page_url: next, previous_page_url: previous } = body
            return { ids: listed(body['data']).map(idOf), next, previous }
          }
          const pages: string[][] = []
          let address = `${list.path}?limit=${limit}`
          let back: unknown
          for (let turn = 0; ; turn++) {
            const { ids, next, previous } = get(address)
            pages.push(ids)
            back = previous
            if (typeof next !== 'string') break
            address = next
            apply(list, model, between[turn] ?? [])
          }
          const read = pages.flat()
          expect(read).toEqual(atStart.filter((id) => read.includes(id)))
          expect(read).toEqual(expect.arrayContaining(atStart.filter((id) => model.live.includes(id))))

          const again = [...(pages.at(-1) ?? [])]
          while (typeof back === 'string') {
            const { ids, previous } = get(back)
            again.unshift(...ids)
            back = previous
          }
          expect(again.filter((id) => atStart.includes(id) && model.live.includes(id))).toEqual(
            atStart.filter((id) => model.live.includes(id)),
          )
          sandbox.close()
        },
      ),
      runs(20),
    )
  })
})

function firstBelow({ live, all }: Model, id: string): number {
  const below = all.slice(all.indexOf(id) + 1)
  const first = live.findIndex((one) => below.includes(one))
  return first < 0 ? live.length : first
}

/** Some lists are not empty when they are opened: events tell of what the list needed. */
function emptyModel(sandbox: DirectSandbox, { path }: ListedKind): Model {
  const { body } = sandbox.call('GET', path, { limit: 100 })
  const ids = listed(body['data']).map(idOf)
  return { live: [...ids], all: [...ids] }
}
