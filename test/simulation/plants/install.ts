// Owns the planting: the source of the product is changed while Node loads it, in this process alone.
// Promises: a file is loaded afresh for each plant, so several can be tried one after the other; a patch whose text does not
// stand in its file exactly once is an error, never a plant that does nothing.

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Patch, Plant } from './plant.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** In the URL of a module of a changed product: which plant it belongs to. */
const mark = 'plant'

/** Imports a module of the repository, with all that it imports of the product, as the plant makes them. */
export async function importPlanted(url: URL, plant: Plant): Promise<unknown> {
  install([plant])
  const planted = new URL(url)
  planted.searchParams.set(mark, plant.name)
  return import(planted.href)
}

const planted = new Map<string, Map<string, string>>()
let installed = false

function install(plants: readonly Plant[]): void {
  for (const { name, patches } of plants) planted.set(name, patchedFiles(patches))
  if (installed) return
  installed = true
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const found = nextResolve(specifier, context)
      const plant = context.parentURL === undefined ? null : new URL(context.parentURL).searchParams.get(mark)
      if (plant === null || !isOurs(found.url)) return found
      const url = new URL(found.url)
      url.searchParams.set(mark, plant)
      return { ...found, url: url.href }
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const plant = url.startsWith('file:') ? new URL(url).searchParams.get(mark) : null
      const source = plant === null ? undefined : planted.get(plant)?.get(withoutQuery(url))
      return source === undefined ? loaded : { ...loaded, source }
    },
  })
}

/** The product and the simulation; Stripe's stand-in and libraries stay as they are, and are loaded once. */
function isOurs(url: string): boolean {
  return (
    /\/(apps|packages\/domain|test)\//.test(url) &&
    url.startsWith(pathToFileURL(root).href) &&
    !url.includes('/node_modules/')
  )
}

function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? url
}

/** The changed sources, by URL. */
export function patchedFiles(patches: readonly Patch[]): Map<string, string> {
  const sources = new Map<string, string>()
  for (const { file, find, replace } of patches) {
    const url = pathToFileURL(join(root, file)).href
    const source = sources.get(url) ?? readFileSync(join(root, file), 'utf8')
    const times = source.split(find).length - 1
    if (times !== 1) throw new Error(`${file} has ${times} times: ${find}`)
    sources.set(
      url,
      source.replace(find, () => replace),
    )
  }
  return sources
}
