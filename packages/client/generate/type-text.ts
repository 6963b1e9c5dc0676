// Owns the way from JSON Schema, as the API's description uses it, to the text of a TypeScript type.
// (The generators that are kept need the compiler's JavaScript API of TypeScript 5.)

/** A schema as it stands in the description. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  allOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
}

/** The text of the type. What a schema leaves open is `unknown`. */
export function typeText(schema: Schema, indent = ''): string {
  if (schema.$ref !== undefined) return schema.$ref.slice('#/components/schemas/'.length)
  const several = schema.anyOf ?? schema.oneOf
  if (several) return union(several.map((each) => typeText(each, indent)))
  if (schema.allOf) return schema.allOf.map((each) => typeText(each, indent)).join(' & ')
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum) return union(schema.enum.map(literal))
  if (schema.type === undefined) return schema.properties ? objectText(schema, indent) : 'unknown'
  return union([schema.type].flat().map((type) => plainType(type, schema, indent)))
}

function plainType(type: string, schema: Schema, indent: string): string {
  if (type === 'object') return objectText(schema, indent)
  if (type === 'array') {
    const item = typeText(schema.items ?? {}, indent)
    return /[|&]/.test(item) ? `(${item})[]` : `${item}[]`
  }
  return type === 'integer' ? 'number' : type
}

function objectText({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  const deeper = `${indent}  `
  const members = Object.entries(properties ?? {}).map(([name, schema]) => {
    const about = schema.description === undefined ? '' : `${deeper}/** ${schema.description} */\n`
    const optional = required.includes(name) ? '' : '?'
    return `${about}${deeper}${propertyName(name)}${optional}: ${typeText(schema, deeper)}`
  })
  if (members.length > 0) return `{\n${members.join('\n')}\n${indent}}`
  const other = typeof additionalProperties === 'object' ? typeText(additionalProperties, indent) : 'unknown'
  return additionalProperties === false ? 'Record<string, never>' : `{ [name: string]: ${other} }`
}

/** A name as it may stand in an object's type. */
function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value)
}

function union(texts: string[]): string {
  return [...new Set(texts)].join(' | ')
}
