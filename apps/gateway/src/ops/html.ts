// Owns writing HTML without accidents: every value is escaped unless it is HTML already.

/** Text that is HTML. */
export interface Html {
  html: string
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template whose values are escaped; nested Html and lists of it go in as they are. */
export function html(parts: TemplateStringsArray, ...values: (string | number | Html | Html[])[]): Html {
  const shown = values.map((value) => {
    if (Array.isArray(value)) return value.map((item) => item.html).join('')
    return typeof value === 'object' ? value.html : escape(String(value))
  })
  return { html: String.raw({ raw: parts }, ...shown) }
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
