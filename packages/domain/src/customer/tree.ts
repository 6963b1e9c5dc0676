// Owns the shape in which a customer's mirrored values are compared: a flat tree of leaves.
// Promises: leaf names are callers' words (`metadata.__proto__`), so they only ever live in Maps and in {k, v}
// pairs, never as property names; an absent leaf and an empty one are the same thing.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A leaf as it is stored: `k` like `address.city` or `metadata.plan`, `v` never null. */
export interface Leaf {
  k: string
  v: Json
}

/** Leaf name → value. A missing name means empty. */
export type Tree = ReadonlyMap<string, Json>

/** The tree of stored leaves. */
export function treeOf(leaves: readonly Leaf[]): Map<string, Json> {
  return new Map(leaves.map((leaf) => [leaf.k, leaf.v]))
}

/** The stored form of a tree, in the tree's own order. */
export function leavesOf(tree: Tree): Leaf[] {
  return [...tree].map(([k, v]) => ({ k, v }))
}

/** A copy with `leaf` set to `value`, or removed where the value is empty. */
export function withLeaf(tree: Tree, leaf: string, value: Json): Map<string, Json> {
  const copy = new Map(tree)
  if (value === null) copy.delete(leaf)
  else copy.set(leaf, value)
  return copy
}

/** Every leaf name that stands in any of the trees, each once. */
export function leafNames(...trees: Tree[]): string[] {
  return [...new Set(trees.flatMap((tree) => [...tree.keys()]))]
}
