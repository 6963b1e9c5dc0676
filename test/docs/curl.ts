// Owns as much of curl as the documents use, so that their snippets run the same on machines without it.
// Promises: an option that it does not know is an error; the body goes to standard output.

const options = { method: undefined as string | undefined, headers: new Headers(), data: [] as string[] }
let url: string | undefined
const words = process.argv.slice(2)
for (let word = words.shift(); word !== undefined; word = words.shift()) {
  if (word === '-s') continue
  else if (word === '-X') options.method = words.shift()
  else if (word === '-u')
    options.headers.set('authorization', `Basic ${Buffer.from(words.shift() ?? '').toString('base64')}`)
  else if (word === '-d') options.data.push(words.shift() ?? '')
  else if (word === '-H') {
    const [name = '', ...value] = (words.shift() ?? '').split(':')
    options.headers.append(name, value.join(':').trim())
  } else if (word.startsWith('-') || url !== undefined) throw new Error(`curl: unknown: ${word}`)
  else url = word
}
if (url === undefined) throw new Error('curl: no URL')
const body = options.data.length === 0 ? undefined : options.data.join('&')
if (body !== undefined && !options.headers.has('content-type'))
  options.headers.set('content-type', 'application/x-www-form-urlencoded')
const response = await fetch(url, {
  method: options.method ?? (body === undefined ? 'GET' : 'POST'),
  headers: options.headers,
  ...(body !== undefined && { body }),
})
process.stdout.write(await response.text())
