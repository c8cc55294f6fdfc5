import { causesOf } from './extract.ts'
import { isRetried } from './extractors/agents.ts'
import { readModelError } from './extractors/model-errors.ts'

/** How much of an output's end is looked at, in lines that hold something. */
const lastLines = 10
/** Lines after it, besides those about trying again: what goes on afterwards has got past the limit. */
const mostAfter = { model: 5, other: 2 }

const limits: ReadonlySet<string> = new Set(['usage limit', 'quota', 'overload', 'rate'])

/**
 * The usage limit, or the overload, that somebody who was ended by a limit of time was waiting out in silence: told at the end of its output, by an agent or the
 * client of a model, or in the words of whoever tries again, or as the last word. Undefined where the output went on after it, or where another tool's
 * failure is told there: a program of the project may meet limits too. Pure.
 */
export function limitAtEnd(output: string, isModels: (tool: string) => boolean): { title: string; words: string } | undefined {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '').slice(-lastLines)
  const causes = causesOf(lines.join('\n'), {})
  const told = (line: string, evidence: readonly string[]) => evidence.some((one) => line.includes(one.trim()) || one.includes(line))
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index]!
    const error = readModelError(line)
    const cause = causes.find((one) => told(line, one.evidence))
    if (!error || !limits.has(error.kind)) continue
    if (cause && cause.tool !== 'generic' && !isModels(cause.tool)) return undefined
    const byModel = cause !== undefined && cause.class === 'rate_limit' && isModels(cause.tool)
    const after = lines.slice(index + 1).filter((one) => !isRetried(one)).length
    const waits = isRetried(line) || (lines[index + 1] !== undefined && isRetried(lines[index + 1]!))
    if (after > (byModel ? mostAfter.model : waits ? mostAfter.other : 0)) return undefined
    return { title: byModel ? cause.title : error.message, words: lines.slice(index).join(' ') }
  }
  return undefined
}
