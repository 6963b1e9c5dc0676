// Owns the writes that every record needs: insert one or many, replace one or many if unchanged.
// Promises: who was first is learnt from a duplicate's error, never from an upsert's count: engines over-report those.

import { mongo } from 'mongoose'
import { systemClock, systemRandom } from '../../clock/clock.ts'
import type { InsertResult, WriteResult } from '../store.ts'
import type { CollectionName } from './collections.ts'
import { brokenRule, isLostRace, ruleOfText, type WriteFailure, writeErrorsOf } from './failures.ts'

/** A race that is lost so often is no accident: by then the waits alone came to several seconds. */
const racesMax = 12
/** Upper end of the wait after the first lost race (ms); the next ones double it. */
const firstWaitMs = 10
/** … up to this (ms). */
const longestWaitMs = 1_000

/** Losers that tried again at once would only meet again. */
function afterLostRace(race: number): Promise<void> {
  return systemClock.sleep(systemRandom.next() * Math.min(firstWaitMs * 2 ** race, longestWaitMs))
}

/** Repeats a write that gave way to another and left nothing behind. */
export async function untilRaceWon<T>(write: () => Promise<T>): Promise<T> {
  for (let race = 1; ; race++) {
    try {
      return await write()
    } catch (error) {
      const lost = error instanceof mongo.MongoServerError && isLostRace(error)
      if (!lost || race === racesMax) throw error
      await afterLostRace(race)
    }
  }
}

/** Inserts one document, or says which unique rule forbids it. */
export async function insertOne<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  doc: mongo.OptionalUnlessRequiredId<T>,
): Promise<InsertResult> {
  try {
    await untilRaceWon(() => collection.insertOne(doc))
    return { kind: 'ok' }
  } catch (error) {
    const rule = brokenRule(nameOf(collection), error)
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
  // Places in `docs` that have no answer yet.
  let open = [...docs.keys()]
  for (let race = 1; open.length > 0; race++) {
    const again: number[] = []
    const batch = open.flatMap((place) => docs[place] ?? [])
    const failures = await failuresOf(collection, batch, {
      ordered: options.ordered,
      mayLose: race < racesMax,
    })
    for (const { index, code, errmsg } of failures) {
      const place = open[index] ?? 0
      if (code === 11000) {
        results[place] = { kind: 'duplicate', rule: ruleOfText(nameOf(collection), errmsg ?? '') }
        if (options.ordered) results.fill(options.untried, place + 1)
      } else if (options.ordered) again.push(...open.slice(index))
      else again.push(place)
    }
    open = again
    if (open.length > 0) await afterLostRace(race)
  }
  return results
}

/** Only duplicates and, while it may still lose, lost races are an item's own failure. */
async function failuresOf<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  batch: mongo.OptionalUnlessRequiredId<T>[],
  { ordered, mayLose }: { ordered: boolean; mayLose: boolean },
) {
  try {
    await collection.insertMany(batch, { ordered })
    return []
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error
    const failures = writeErrorsOf(error)
    const known = failures.every((each) => each.code === 11000 || (mayLose && isLostRace(each)))
    // None at all: the batch failed as a whole; its majority did not answer, say.
    if (failures.length === 0 || !known) throw error
    return failures
  }
}

/** Replaces what the filter finds: `stale` where it finds nothing. */
export async function replaceOne<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  filter: mongo.Filter<T>,
  doc: mongo.WithoutId<T>,
): Promise<WriteResult> {
  try {
    const { matchedCount } = await untilRaceWon(() => collection.replaceOne(filter, doc))
    return matchedCount === 0 ? { kind: 'stale' } : { kind: 'ok' }
  } catch (error) {
    const rule = brokenRule(nameOf(collection), error)
    if (rule === null) throw error
    return { kind: 'duplicate', rule }
  }
}

/** One replacement: `filter` finds the revision that it replaces. */
export interface Replacement<T> {
  filter: mongo.Filter<T>
  doc: T
}

/** What `replaceMany` writes into each document: of a batch the engine says only how many were found. */
export interface Marked {
  _id: string
  mark?: mongo.ObjectId
}

/**
 * One command; each item's own answer. Where a document moved on twice more before its mark was read, an answer may be `stale`
 * although its write stood for a moment: what a process that died right after it would know as well.
 */
export async function replaceMany<T extends Marked>(
  collection: mongo.Collection<T>,
  replacements: Replacement<T>[],
): Promise<WriteResult[]> {
  const [first] = replacements
  if (first && replacements.length === 1) return [await replaceOne(collection, first.filter, first.doc)]
  const marked = replacements.map(({ filter, doc }) => ({
    filter,
    doc: { ...doc, mark: new mongo.ObjectId() },
  }))
  // All writers in one order: two that share documents would else wait for each other.
  const sorted = marked.toSorted((a, b) => (a.doc._id < b.doc._id ? -1 : 1))
  const results = new Map(marked.map((each): [typeof each, WriteResult] => [each, { kind: 'ok' }]))
  const { found, failures } = await untilRaceWon(() => replaceUnordered(collection, sorted))
  for (const { index, code, errmsg } of failures) {
    const failed = sorted[index]
    if (!failed) continue
    results.set(
      failed,
      code === 11000
        ? { kind: 'duplicate', rule: ruleOfText(nameOf(collection), errmsg ?? '') }
        : // A lost race left nothing behind.
          await replaceOne(collection, failed.filter, failed.doc),
    )
  }
  if (found + failures.length < sorted.length) {
    const failed = new Set(failures.map(({ index }) => sorted[index]))
    const unsure = sorted.filter((each) => !failed.has(each))
    const standing = await marksOf(
      collection,
      unsure.map(({ doc }) => doc._id),
    )
    for (const each of unsure)
      if (!standing.get(each.doc._id)?.equals(each.doc.mark)) results.set(each, { kind: 'stale' })
  }
  return marked.map((each) => results.get(each) ?? { kind: 'stale' })
}

/** How many were found, and the items that failed by themselves. */
async function replaceUnordered<T extends Marked>(
  collection: mongo.Collection<T>,
  replacements: Replacement<T>[],
): Promise<{ found: number; failures: WriteFailure[] }> {
  const models = replacements.map(({ filter, doc }) => ({ replaceOne: { filter, replacement: doc } }))
  try {
    // The driver wants a replacement without its `_id`, and takes one that has it.
    const { matchedCount } = await collection.bulkWrite(models as mongo.AnyBulkWriteOperation<T>[], {
      ordered: false,
    })
    return { found: matchedCount, failures: [] }
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error
    const failures = writeErrorsOf(error)
    if (failures.length === 0 || !failures.every((each) => each.code === 11000 || isLostRace(each)))
      throw error
    return { found: error.result.matchedCount, failures }
  }
}

async function marksOf<T extends Marked>(
  collection: mongo.Collection<T>,
  ids: string[],
): Promise<Map<string, mongo.ObjectId>> {
  // The ids are texts of ours.
  const filter = { _id: { $in: ids } } as unknown as mongo.Filter<T>
  const found = await collection.find<Marked>(filter, { projection: { mark: 1 } }).toArray()
  return new Map(found.flatMap(({ _id, mark }): [string, mongo.ObjectId][] => (mark ? [[_id, mark]] : [])))
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
  const attempt = () =>
    untilRaceWon(() => collection.findOneAndUpdate(filter, change, { returnDocument: 'after' }))
  const changed = await attempt()
  if (changed) return changed
  await insertOne(collection, first)
  const second = await attempt()
  if (!second) throw new Error('bug: a counter vanished right after it was made')
  return second
}

function nameOf(collection: { collectionName: string }): CollectionName {
  // Every collection that comes here is one of Collections, made under its own name.
  return collection.collectionName as CollectionName
}
