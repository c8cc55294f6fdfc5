import { checkContained } from '../workspace/index.ts'
import { UserError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import type { Preparations } from './before-phase.ts'
import { fail, next, type Step } from './ending.ts'
import type { Resolve, Roots } from './paths.ts'
import { settleStubs, writeStubs, type ResolvedStub, type SettledStubs, type StubBook } from './stubs.ts'

export interface PlacedStubs {
  book: StubBook
  /** Relative to the repository, for the prompt and the builder. */
  paths: { path: string; finished: boolean }[]
}

/** Writes the stubs that plugins declared, each at the place that the one resolver says. */
export async function placeStubs(attempt: Attempt, preparations: Preparations, resolve: Resolve, roots: Roots): Promise<Step<PlacedStubs>> {
  const stubs: ResolvedStub[] = []
  try {
    for (const { path, ...stub } of preparations.stubs) stubs.push({ ...stub, relative: (await resolve(path, 'stub')).relative })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return fail({ stage: 'stubs', class: error.plugin ? 'plugin_error' : 'config_error', message: error.message }, false)
  }
  // What the base has there is not written over.
  const there = attempt.workspace!.absent(stubs.map((stub) => stub.relative))
  if (there.length > 0) await attempt.workspace!.widen({ within: there, also: [] })
  const book = await writeStubs({ stubs, kinds: attempt.engine.provisions.stubKinds, root: roots.repositoryRoot, contain: checkContained })
  if (book.problems.length > 0) {
    const [first] = book.problems
    return fail({ stage: 'stubs', class: 'plugin_error', message: first!.message, problems: [...book.problems] }, false)
  }
  return next({ book, paths: book.written.map((stub) => ({ path: stub.relative, finished: stub.savedAt !== undefined })) })
}

/** After the build: untouched stubs go before the candidate tree is taken. */
export const settlePlaced = (placed: PlacedStubs): Promise<SettledStubs> => settleStubs(placed.book, checkContained)
