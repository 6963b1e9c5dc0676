// Owns what a migration is: one move of stored documents from the shape of one version to that of the next.
// Indexes that are missing are made at every start (indexes.ts); a migration is for what stands in documents.

import type { Collections } from '../collections.ts'

export interface Migration {
  /** The version of the schema that it leads to; from 2 on, without gaps. */
  version: number
  name: string
  /** One sentence, for whoever is asked to run it. */
  does: string
  /**
   * One page, in an order that does not change: what comes after `after`. A page that is done twice changes nothing more, and
   * none takes back what other processes write meanwhile. `count`: nothing is written.
   */
  page: (collections: Collections, after: string | null, mode: 'change' | 'count') => Promise<Page>
}

export interface Page {
  /** Where the next page begins; null: this was the last. */
  after: string | null
  read: number
  /** Documents that were changed, or would be. */
  changed: number
}

/** Documents in one page: a fraction of a second, so that a lease and a person who stops it wait for no longer. */
export const pageMax = 500
