/** What a Standard Schema (https://standardschema.dev) gives: Zod, Valibot, ArkType and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/**
 * What says how a part of a request, or a result, must be: a JSON Schema of dialect 2020-12, as
 * TypeBox makes it or written down, or a Standard Schema.
 */
export type Schema = StandardSchema<any, any> | object

type Flatten<T> = { [K in keyof T]: T[K] }

/** What is there when a value has passed a schema. */
export type OutputOf<S> = S extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : FromSchema<S>

/** What a handler may give where a schema describes its result. */
export type InputOf<S> = S extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : FromSchema<S>

/** The type that a JSON Schema describes, as far as types can tell; `unknown` beyond that. */
export type FromSchema<S> = S extends { readonly static: infer Static } // TypeBox up to 0.34
  ? Static
  : S extends { readonly '~unsafe': infer Unsafe }
    ? Unsafe
    : S extends { readonly const: infer Constant }
      ? Constant
      : S extends { readonly enum: readonly (infer Value)[] }
        ? Value
        : S extends { readonly anyOf: infer List }
          ? OneOf<List>
          : S extends { readonly oneOf: infer List }
            ? OneOf<List>
            : S extends { readonly allOf: infer List }
              ? AllOf<List>
              : S extends { readonly type: infer Type }
                ? ByType<Type extends readonly (infer Each)[] ? Each : Type, S>
                : unknown

type OneOf<List> = List extends readonly unknown[]
  ? { [I in keyof List]: FromSchema<List[I]> }[number]
  : unknown

type AllOf<List> = List extends readonly [infer First, ...infer Rest]
  ? FromSchema<First> & AllOf<Rest>
  : unknown

type ByType<Type, S> = Type extends 'string'
  ? string
  : Type extends 'number' | 'integer'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'null'
        ? null
        : Type extends 'array'
          ? ArrayOf<S>
          : Type extends 'object'
            ? ObjectOf<S>
            : unknown

type ArrayOf<S> = S extends { readonly prefixItems: readonly [...infer List] }
  ? { -readonly [I in keyof List]: FromSchema<List[I]> }
  : S extends { readonly items: infer Items }
    ? Items extends readonly [...infer List]
      ? { -readonly [I in keyof List]: FromSchema<List[I]> }
      : FromSchema<Items>[]
    : unknown[]

type RequiredOf<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never

/** A member with a default is always there. */
type IsThere<Property, Name, Required> = Name extends Required
  ? true
  : Property extends { readonly default: {} | null }
    ? true
    : false

type ObjectOf<S> = S extends { readonly properties: infer Properties }
  ? Flatten<
      {
        -readonly [K in keyof Properties as IsThere<Properties[K], K, RequiredOf<S>> extends true
          ? K
          : never]: FromSchema<Properties[K]>
      } & {
        -readonly [K in keyof Properties as IsThere<Properties[K], K, RequiredOf<S>> extends true
          ? never
          : K]?: FromSchema<Properties[K]>
      }
    >
  : S extends { readonly patternProperties: infer Patterns }
    ? Record<string, FromSchema<Patterns[keyof Patterns]>>
    : S extends { readonly additionalProperties: infer Values }
      ? Record<string, Values extends object ? FromSchema<Values> : unknown>
      : Record<string, unknown>
