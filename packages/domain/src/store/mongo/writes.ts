// Owns the three writes that every record needs: insert one, insert many, replace if unchanged.
// Promises: who was first is learnt from a duplicate's error, never from an upsert's count: engines over-report those.

import { mongo } from 'mongoose'
import type { InsertResult, WriteResult } from '../store.ts'
import { brokenRule, ruleOfText, writeErrorsOf } from './failures.ts'

/** Inserts one document, or says which unique rule forbids it. */
export async function insertOne<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  doc: mongo.OptionalUnlessRequiredId<T>,
): Promise<InsertResult> {
  try {
    await collection.insertOne(doc)
    return { kind: 'ok' }
  } catch (error) {
    const rule = brokenRule(error)
    if (rule === null) throw error
    return { kind: 'duplicate', rule }
  }
}

/**
 * One command; each item's own answer. `ordered`: stops at the first duplicate, and what was not tried any more
 * answers `untried`.
 */
export async function insertMany<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  docs: mongo.OptionalUnlessRequiredId<T>[],
  options: { ordered: boolean; untried: InsertResult } = { ordered: false, untried: { kind: 'ok' } },
): Promise<InsertResult[]> {
  const results = docs.map((): InsertResult => ({ kind: 'ok' }))
  if (docs.length === 0) return results
  try {
    await collection.insertMany(docs, { ordered: options.ordered })
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error
    const failures = writeErrorsOf(error)
    // No item's failure, but the batch's: its majority did not answer, say.
    if (failures.length === 0 || failures.some(({ code }) => code !== 11000)) throw error
    for (const { index, errmsg } of failures) {
      results[index] = { kind: 'duplicate', rule: ruleOfText(errmsg ?? '') }
      if (options.ordered) results.fill(options.untried, index + 1)
    }
  }
  return results
}

/** Replaces what the filter finds: `stale` where it finds nothing. */
export async function replaceOne<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  filter: mongo.Filter<T>,
  doc: mongo.WithoutId<T>,
): Promise<WriteResult> {
  try {
    const { matchedCount } = await collection.replaceOne(filter, doc)
    return matchedCount === 0 ? { kind: 'stale' } : { kind: 'ok' }
  } catch (error) {
    const rule = brokenRule(error)
    if (rule === null) throw error
    return { kind: 'duplicate', rule }
  }
}

/** A change to a document that may have to be made first. `first` is what it starts from. */
export async function changeOrStart<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  first: mongo.OptionalUnlessRequiredId<T>,
  change: mongo.UpdateFilter<T>,
): Promise<mongo.WithId<T>> {
  // Never an upsert: of two at once on an absent document, an engine may let one overwrite the other.
  // The id of `first` is a text of ours.
  const filter = { _id: first._id } as mongo.Filter<T>
  const changed = await collection.findOneAndUpdate(filter, change, { returnDocument: 'after' })
  if (changed) return changed
  await insertOne(collection, first)
  const second = await collection.findOneAndUpdate(filter, change, { returnDocument: 'after' })
  if (!second) throw new Error('bug: a counter vanished right after it was made')
  return second
}
