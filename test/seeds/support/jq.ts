// Owns as much of jq as the documents use: `jq -r '.data.id'`, the text at a path of names.
// Promises: anything else is an error; so is a path that leads nowhere, where jq would print `null`.

import { text } from 'node:stream/consumers'

const [flag, path = '', ...others] = process.argv.slice(2)
if (flag !== '-r' || !/^(\.\w+)+$/.test(path) || others.length > 0) throw new Error('jq: unknown arguments')
let value: unknown = JSON.parse(await text(process.stdin))
for (const name of path.slice(1).split('.')) {
  if (typeof value !== 'object' || value === null || !(name in value)) throw new Error(`jq: no ${name}`)
  value = Reflect.get(value, name)
}
process.stdout.write(`${String(value)}\n`)
