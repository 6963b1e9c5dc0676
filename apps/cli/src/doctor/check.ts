// Owns what a check of the doctor is.

/** One line: what was looked at, how it is, and what to do where it is not well. */
export interface Check {
  /** Stable, for programs: `mongodb`, `redis_eviction` … */
  id: string
  name: string
  ok: boolean
  detail: string
  /** Present where `ok` is false. */
  action?: string
}

/** A check that passed. */
export function well(id: string, name: string, detail: string): Check {
  return { id, name, ok: true, detail }
}

/** A check that did not, with what to do. */
export function ill(id: string, name: string, detail: string, action: string): Check {
  return { id, name, ok: false, detail, action }
}
