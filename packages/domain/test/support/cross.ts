// Owns the product of a table's axes: what "every combination" means in a test.

/** One value of each axis; every combination, once. */
export function cross<const Axes extends Record<string, readonly unknown[]>>(
  axes: Axes,
): { [Name in keyof Axes]: Axes[Name][number] }[] {
  const rows = Object.entries(axes).reduce<Record<string, unknown>[]>(
    (combined, [name, values]) =>
      combined.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  )
  // Each row has been given a value of every axis, which a reduction cannot tell the compiler.
  return rows as { [Name in keyof Axes]: Axes[Name][number] }[]
}
