// Owns how a name of the client becomes one of the command line. Pure.

/** `webhookEndpoints` is `webhook-endpoints`, `tax_id` is `tax-id`. */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z_]/g, (letter) => (letter === '_' ? '-' : `-${letter.toLowerCase()}`))
}
