import type { Cause } from '../model/failure.ts'
import { makeCause } from './cause.ts'
import type { FailureContext } from './context.ts'
import type { Extractor, Found } from './extractor.ts'
import { builtInExtractors, runtimes } from './extractors/index.ts'
import { generic } from './extractors/generic.ts'
import { markFlaky } from './flaky.ts'
import { fingerprintOf } from './fingerprint.ts'
import { readOutput, type Output } from './output.ts'

export { builtInExtractors }

/** A cause and where it was read: `lines` are indices into the cleaned output, `extractor` is the family that read it. */
export interface LocatedCause { cause: Cause; fingerprint: string; lines: readonly number[]; extractor: string }

/**
 * Layer 2, with the layers around it: the causes in an output, root cause first, each once. Empty where the output says nothing.
 * At most 50 of each extractor are kept.
 */
export function causesOf(output: string, context: FailureContext = {}, extractors: readonly Extractor[] = builtInExtractors): Cause[] {
  return locateCauses(readOutput(output, context), context, extractors).map(({ cause }) => cause)
}

/** The same for a reader who wants to show where the causes stand. */
export function locateCauses(output: Output, context: FailureContext = {}, extractors: readonly Extractor[] = builtInExtractors): LocatedCause[] {
  if (output.text.trim() === '') return []
  const read = (extractor: Extractor) => (speaks(extractor, output.text) ? extractor.extract(output, context).map((find) => ({ find, extractor })) : [])
  const found = unechoed(extractors.flatMap(read)).filter(({ find }) => find.role !== 'echo')
  const named = found.filter(({ find }) => find.role !== 'wrapper' && find.role !== 'effect')
  // An effect or a wrapper is worse than a message that no tool's parser knows, if that looks like an error.
  const unnamed = named.length > 0 ? named : generic.extract(output, context).map((find) => ({ find, extractor: generic }))
  const strong = unnamed.filter(({ find }) => find.confidence !== 'low')
  const effects = found.filter(({ find }) => find.role === 'effect')
  const chosen = [strong, effects, found, unnamed].find((each) => each.length > 0) ?? []
  const unique = new Map<string, LocatedCause>()
  for (const { find, extractor } of ranked(markFlaky(chosen, output.lines))) {
    const lines = evidenceOf(find, output)
    const cause = makeCause({ ...find, tool: find.tool ?? extractor.tool, evidence: lines.map((line) => output.raw[line]!.slice(0, longestEvidence)) }, context)
    const fingerprint = fingerprintOf(cause)
    if (!unique.has(fingerprint)) unique.set(fingerprint, { cause, fingerprint, lines: lines.map((line) => output.numbers[line]!).filter((line) => line >= 0), extractor: extractor.tool })
  }
  return [...unique.values()]
}

interface Find { find: Found; extractor: Extractor }

const longestEvidence = 500

export function speaks({ signs }: Extractor, text: string): boolean {
  return signs.some((sign) => (typeof sign === 'string' ? text.includes(sign) : sign.test(text)))
}

/** What an earlier extractor read is not read again by a later one: the traceback inside a test's report, the error in an annotation. */
function unechoed(found: readonly Find[]): Find[] {
  const claims: { extractor: Extractor; from: number; to: number }[] = []
  const kept: Find[] = []
  for (const each of found) {
    const { at, span = [at, at] } = each.find
    if (claims.some(({ extractor, from, to }) => extractor !== each.extractor && at >= from && at <= to)) continue
    claims.push({ extractor: each.extractor, from: span[0], to: span[1] })
    kept.push(each)
  }
  return kept
}

const mostEvidence = 10

function evidenceOf({ at, span = [at, at], evidence }: Found, { lines }: Output): number[] {
  if (evidence) return evidence.slice(0, mostEvidence)
  const all: number[] = []
  for (let index = span[0]; index <= span[1] && all.length < mostEvidence; index++) if (lines[index]?.trim()) all.push(index)
  return all
}

/** What explains everything else: without disk or memory, and without being able to load, nothing works; tests fail after that. */
const rootFirst: readonly (readonly string[])[] = [
  ['disk_full', 'oom'], ['missing_dependency', 'import_crash', 'syntax_error'], ['collection_error', 'config_error'],
]
const confidenceOrder: readonly string[] = ['high', 'medium', 'low']

/**
 * By confidence, by what explains the rest, then in the order of the text; but runners that run test files side by side print them in any order, so
 * theirs are ranked by file where the first of them stands.
 */
function ranked(finds: readonly Find[]): Find[] {
  const starts = new Map<Extractor, number>()
  for (const { find, extractor } of finds) if (find.test !== undefined) starts.set(extractor, Math.min(find.at, starts.get(extractor) ?? find.at))
  const rows = finds.map((each) => {
    const { find, extractor } = each
    const isTest = find.test !== undefined
    return { each, order: [confidenceOrder.indexOf(find.confidence ?? 'high'), tier(each), isTest ? starts.get(extractor)! : find.at, isTest ? find.file ?? '' : '', find.at] as const }
  })
  rows.sort(({ order: left }, { order: right }) => left[0] - right[0] || left[1] - right[1] || left[2] - right[2] || (left[3] < right[3] ? -1 : left[3] > right[3] ? 1 : 0) || left[4] - right[4])
  return rows.map(({ each }) => each)
}

function tier({ find, extractor }: Find): number {
  const index = rootFirst.findIndex((classes) => classes.includes(find.class))
  // An exception beside what a compiler or a test runner names was logged by what ran in it.
  const logged = runtimes.includes(extractor) && index !== 0 && index !== 1
  return logged ? rootFirst.length + 1 : index === -1 ? rootFirst.length : index
}
