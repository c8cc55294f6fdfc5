import { open } from 'node:fs/promises'
import type { Usage } from '../model/usage.ts'
import { addUsage } from '../model/usage.ts'
import type { Prices } from '../model/prices.ts'
import { costOf, priceOf } from '../telemetry/prices.ts'
import { isRecord } from './json.ts'

/** In the environment of a `command` builder: the file to which it may write its usage. */
export const usageFileVariable = 'AUTOPACK_USAGE_FILE'

/** More than a builder that reports every call writes in a day; a file that is larger is read up to here. */
const longestFile = 16 * 1024 * 1024

export interface UsageFileReading {
  /** The sum of all lines; `'unknown'` when there is no file or no line of use. */
  usage: Usage
  /** Numbers of the lines that say nothing that can be understood, from 1. */
  malformed: number[]
}

export interface UsageFile {
  /** Reads what was added since. `ended`: nothing more will be, so that a last line without its end counts too. */
  read(ended: boolean): Promise<UsageFileReading>
}

/**
 * Follows a file of JSON lines such as `{"usage":{"input_tokens":1200,"output_tokens":90,"cached_input_tokens":800,"cost":0.02}}`, also in camel case. Lines
 * without `usage` are passed over. A line without `cost` that names its `model` is priced by `prices` and docs/prices.md. A file that becomes shorter is read anew.
 */
export function usageFile(file: string, prices?: Prices): UsageFile {
  let position = 0
  let rest: Buffer = Buffer.alloc(0)
  let line = 0
  let sum: Usage | undefined
  let malformed: number[] = []
  const take = (text: string): void => {
    line++
    if (text.trim() === '') return
    const found = usageOfLine(text, prices)
    if (found === 'malformed') malformed.push(line)
    else if (found !== undefined) sum = addUsage(sum, found)
  }
  return {
    async read(ended) {
      const added = await readFrom(file, position)
      if (added === 'shorter') {
        position = line = 0
        rest = Buffer.alloc(0)
        sum = undefined
        malformed = []
        return await this.read(ended)
      }
      position += added.length
      const lines = Buffer.concat([rest, added]).toString('latin1').split('\n')
      // Bytes, for a character may be written in two parts.
      rest = Buffer.from(ended ? '' : lines.pop()!, 'latin1')
      for (const text of lines) take(Buffer.from(text, 'latin1').toString('utf8'))
      return { usage: sum ?? 'unknown', malformed }
    },
  }
}

async function readFrom(file: string, position: number): Promise<Buffer | 'shorter'> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return Buffer.alloc(0)
  try {
    const { size } = await handle.stat()
    if (size < position) return 'shorter'
    const buffer = Buffer.alloc(Math.min(size, longestFile) - Math.min(position, longestFile))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    return buffer.subarray(0, bytesRead)
  } catch {
    // A folder in its place, say: the builder's own doing, and no reason to lose its work.
    return Buffer.alloc(0)
  } finally {
    await handle.close()
  }
}

/** The usage of one line; undefined when it is about something else. A count that cannot be understood is never taken for 0. */
function usageOfLine(line: string, prices: Prices | undefined): Usage | 'malformed' | undefined {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return 'malformed'
  }
  if (!isRecord(record)) return 'malformed'
  if (!('usage' in record)) return undefined
  if (!isRecord(record['usage'])) return 'malformed'
  const counts = record['usage']
  const inputTokens = counts['input_tokens'] ?? counts['inputTokens']
  const outputTokens = counts['output_tokens'] ?? counts['outputTokens']
  const cachedInputTokens = counts['cached_input_tokens'] ?? counts['cachedInputTokens'] ?? undefined
  const cost = counts['cost'] ?? undefined
  if (!isCount(inputTokens) || !isCount(outputTokens)) return 'malformed'
  if (cachedInputTokens !== undefined && !isCount(cachedInputTokens)) return 'malformed'
  if (cost !== undefined && !(typeof cost === 'number' && Number.isFinite(cost) && cost >= 0)) return 'malformed'
  const tokens = { inputTokens, outputTokens, ...(cachedInputTokens !== undefined && { cachedInputTokens }) }
  if (cost !== undefined) {
    const [unpricedTokens, models] = [counts['unpricedTokens'], counts['unpricedModels']]
    return {
      ...tokens, cost, ...(counts['costEstimated'] === true && { costEstimated: true }), ...(isCount(unpricedTokens) && unpricedTokens > 0 && { unpricedTokens }),
      ...(Array.isArray(models) && models.every((model) => typeof model === 'string') && { unpricedModels: models }),
    }
  }
  const estimate = typeof counts['model'] === 'string' ? costOf(tokens, priceOf(counts['model'], prices)) : undefined
  if (estimate !== undefined) return { ...tokens, cost: estimate, costEstimated: true }
  return { ...tokens, ...(typeof counts['model'] === 'string' && { unpricedTokens: inputTokens + outputTokens, unpricedModels: [counts['model']] }) }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
