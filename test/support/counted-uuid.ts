// Owns ids for worlds that must repeat.

/** A UUID v7 whose time part counts: ids sort by birth, and a run repeats. */
export function countedUuid(count: number): string {
  const hex = count.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
