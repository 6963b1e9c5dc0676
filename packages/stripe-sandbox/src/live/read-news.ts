/**
 * Owns the other end of the stream: what a client of `/_sandbox/stream` makes of it.
 * Promises: news comes in the order in which it was sent, whole, however the network cuts it.
 */
import type { News } from './feed.ts'

/** Reads news until the connection ends, or `signal` ends it. Rejects if there is no sandbox. */
export async function* readNews(
  url: string,
  options: { readonly backlog?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<News> {
  const { backlog = 0, signal = null } = options
  const response = await fetch(`${url}/_sandbox/stream?backlog=${backlog}`, { signal })
  if (!response.ok || !response.body) throw new Error(`${url} answers ${response.status} and no stream`)
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const messages = (text + chunk).split('\n\n')
    text = messages.pop() ?? ''
    for (const message of messages) {
      const [, name = '', data = 'null'] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? []
      const parsed: unknown = JSON.parse(data)
      // The sender is the sandbox, which sends exactly the members of News, each under its name.
      yield { [name]: parsed } as News
    }
  }
}
