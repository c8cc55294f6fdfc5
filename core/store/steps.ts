import type { Compilable } from 'kysely'

/** A statement as text with its values: what Kysely compiles to. `single`: of its rows the first is enough. */
export interface CompiledStatement { sql: string; parameters: readonly unknown[]; single?: boolean }

/** What a statement brought. */
export interface QueryAnswer { rows: unknown[]; changes: number }

/**
 * A transaction, written once: it yields statements and is resumed with their answers. SQLite runs it from beginning to end without giving
 * way, so that nothing of this process can come between; a database behind a socket awaits each answer.
 */
export type Steps<T> = Generator<CompiledStatement, T, QueryAnswer>

export function* all<Row>(query: Compilable<Row>): Steps<Row[]> {
  return (yield query.compile()).rows as Row[]
}

export function* one<Row>(query: Compilable<Row>): Steps<Row | undefined> {
  const { sql, parameters } = query.compile()
  return (yield { sql, parameters, single: true }).rows[0] as Row | undefined
}

/** Returns how many rows changed. */
export function* run(query: Compilable<unknown>): Steps<number> {
  return (yield query.compile()).changes
}

/** A statement as text, for schema changes and what a query builder has no words for. */
export function* raw<Row>(sql: string): Steps<Row[]> {
  return (yield { sql, parameters: [] }).rows as Row[]
}

export interface Statement<Values, Row> {
  /** Its text. */
  sql(): string
  all(values: Values): Steps<Row[]>
  one(values: Values): Steps<Row | undefined>
  run(values: Values): Steps<number>
}

class Placeholder {
  readonly name: string
  constructor(name: string) { this.name = name }
}

/**
 * A statement that is built and compiled on its first use and then only given values: compiling costs several times what a claim does.
 * `build` must use each value as a parameter and never look at it.
 */
export function statement<Values extends object, Row>(build: (values: Values) => Compilable<Row>): Statement<Values, Row> {
  let compiled: CompiledStatement | undefined
  const compile = () => (compiled ??= build(new Proxy({}, { get: (_target, name) => new Placeholder(String(name)) }) as Values).compile())
  const bind = (values: Values, single = false): CompiledStatement => {
    const { sql, parameters } = compile()
    return { sql, parameters: parameters.map((value) => (value instanceof Placeholder ? values[value.name as keyof Values] : value)), single }
  }
  return {
    sql: () => compile().sql,
    *all(values) { return (yield bind(values)).rows as Row[] },
    *one(values) { return (yield bind(values, true)).rows[0] as Row | undefined },
    *run(values) { return (yield bind(values)).changes },
  }
}
