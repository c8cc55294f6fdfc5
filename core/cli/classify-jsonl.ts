import { z } from 'zod'
import { jsonLineError } from '../errors.ts'
import type { FailureContext } from '../failure/index.ts'
import type { Hooks } from '../pipeline/facade.ts'
import { classifyOutput } from '../project/classify-output.ts'
import { jsonLines } from '../project/json-lines.ts'
import type { CliContext } from './context.ts'
import { printError } from './print-error.ts'

const said = (expected: string) => ({ error: ({ input }: { input?: unknown }) => (input === undefined ? 'is missing' : `expected ${expected}`) })
const recordSchema = z.looseObject(
  { id: z.union([z.string(), z.number()], said('text or a number')), text: z.string(said('text')), exitCode: z.number(said('a whole number')).int('expected a whole number').optional() },
  { error: 'it is no object' },
)

/** One classification for each line, in constant memory. A line that is none is told by its number, and the rest goes on; then the exit code is 2. */
export async function classifyJsonLines(context: CliContext, input: AsyncIterable<Uint8Array>, known: { hooks?: Hooks; context: FailureContext }): Promise<number> {
  let exitCode = 0
  for await (const line of jsonLines(input)) {
    const read = line.type === 'line' ? parse(line.text) : { type: 'problem' as const, problem: `it has ${line.bytes} bytes, more than a line may have` }
    if (read.type === 'problem') {
      printError(context, jsonLineError(line.number, read.problem))
      exitCode = 2
      continue
    }
    const { id, text, exitCode: code } = read.record
    const { classification } = await classifyOutput({ text, ...known, ...(code !== undefined && { exitCode: code }) })
    context.print(JSON.stringify({ id, class: classification.class, fingerprint: classification.fingerprint, title: classification.title, confidence: classification.confidence }))
    if (context.closed.aborted) break
  }
  return exitCode
}

function parse(text: string): { type: 'record'; record: z.infer<typeof recordSchema> } | { type: 'problem'; problem: string } {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text))
    if (parsed.success) return { type: 'record', record: parsed.data }
    return { type: 'problem', problem: parsed.error.issues.map((issue) => [...issue.path, issue.message].join(' ')).join('; ') }
  } catch (error) {
    return { type: 'problem', problem: `it is no JSON: ${(error as Error).message}` }
  }
}
