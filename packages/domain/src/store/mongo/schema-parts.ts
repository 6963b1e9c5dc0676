// Owns the words in which the collections' fields are declared.
// Promises: every field of a type is declared, or the compiler says so; an undeclared field throws.

import { Schema, type SchemaDefinitionProperty } from 'mongoose'

export const text = { type: String, required: true }
export const textOrNull = { type: String, default: null }
export const number = { type: Number, required: true }
export const numberOrNull = { type: Number, default: null }
export const flag = { type: Boolean, required: true }

/** A declaration for every field of a type, so that the compiler sees a forgotten one. */
export type Fields<T> = { [Field in keyof T]-?: SchemaDefinitionProperty }

/** A part of a document: no id of its own, no undeclared field. */
export function part<T>(fields: Fields<NonNullable<T>>): Schema {
  return new Schema(fields, { _id: false, strict: 'throw', minimize: false })
}
