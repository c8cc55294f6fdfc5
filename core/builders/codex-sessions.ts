import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { numberAt, recordAt, textAt, type JsonObject } from './json.ts'
import { lineStream, type LineStream } from './stream.ts'
import type { ModelCounts } from './tally.ts'

/** What is told of one conversation. */
interface Session {
  stream: LineStream
  model: string
  counts: ModelCounts | undefined
  answers: number
}

export interface CodexSessions {
  /** Reads what was written since. */
  look(thread: string): Promise<void>
  /** Of the conversation itself in this attempt alone; undefined where nothing was found. `answers`: of the model. */
  main(): { model: string; counts: ModelCounts | undefined; answers: number } | undefined
  /** Of the sub-agents that it has started. */
  others(): readonly { model: string; counts: ModelCounts | undefined }[]
  /** What the conversation had counted before this attempt; undefined where that is not known. */
  before: ModelCounts | undefined
  close(): Promise<void>
}

/**
 * Follows the files in which Codex keeps its conversations (`$CODEX_HOME/sessions/2026/11/22/rollout-…-{thread}.jsonl`). There it tells its usage after each answer
 * of the model, with the model's name, and sub-agents too; its stream tells the usage of the main conversation alone, and at the end. Where there are no such files
 * or they say something else, nothing is known but the stream. To be called before it is started; `resumes`: the conversation that it goes on with.
 */
export async function codexSessions(home: string, resumes: string | undefined): Promise<CodexSessions> {
  const folder = join(home, 'sessions')
  const files = await filesIn(folder)
  /** Files that are looked at no more: those of others, and those that were there before. */
  const known = new Set(files)
  const followed = new Map<string, Session>()
  const old = resumes === undefined ? undefined : files.find((file) => isOf(file, resumes))
  const before = resumes === undefined ? zero : old === undefined ? undefined : await totalIn(join(folder, old))
  if (old !== undefined) followed.set(old, { stream: await lineStream(join(folder, old), (await stat(join(folder, old))).size), model: '', counts: undefined, answers: 0 })
  let main = old === undefined ? undefined : followed.get(old)
  return {
    before,
    async look(thread) {
      for (const file of await newest(folder)) {
        if (known.has(file)) continue
        const isMain = isOf(file, thread)
        const session = isMain ? thread : await sessionOf(join(folder, file))
        if (session === undefined) continue
        known.add(file)
        if (session !== thread) continue
        const one: Session = { stream: await lineStream(join(folder, file)), model: '', counts: undefined, answers: 0 }
        followed.set(file, one)
        if (isMain) main = one
      }
      for (const session of followed.values()) await session.stream.read((line) => { if (line.type === 'event') read(session, line.event) }, false)
    },
    main: () => main,
    others: () => [...followed.values()].filter((one) => one !== main),
    close: async () => void await Promise.all([...followed.values()].map(({ stream }) => stream.close())),
  }
}

const zero: ModelCounts = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 }

function read(session: Session, event: JsonObject): void {
  const payload = recordAt(event, 'payload')
  if (event['type'] === 'turn_context') session.model = textAt(payload, 'model') ?? session.model
  if (event['type'] !== 'token_usage_record') return
  session.counts = combined(session.counts ?? zero, codexCounts(recordAt(payload, 'usage')), 1)
  session.answers++
}

/** As Codex counts: input with what came from a cache. */
export function codexCounts(usage: JsonObject): ModelCounts {
  return {
    inputTokens: numberAt(usage, 'input_tokens') ?? 0, outputTokens: numberAt(usage, 'output_tokens') ?? 0,
    cachedInputTokens: numberAt(usage, 'cached_input_tokens') ?? 0, cacheWriteTokens: numberAt(usage, 'cache_write_input_tokens') ?? 0,
  }
}

/** The sum, or (with -1) the difference, of what was counted. */
export function combined(left: ModelCounts, right: ModelCounts, sign: 1 | -1): ModelCounts {
  const of = (key: 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens') => Math.max(0, (left[key] ?? 0) + sign * (right[key] ?? 0))
  return { inputTokens: of('inputTokens'), outputTokens: of('outputTokens'), cachedInputTokens: of('cachedInputTokens'), cacheWriteTokens: of('cacheWriteTokens') }
}

const isOf = (file: string, thread: string): boolean => basename(file).endsWith(`-${thread}.jsonl`)
const isSession = (file: string): boolean => /rollout-[^/]*\.jsonl$/.test(file)

const filesIn = async (folder: string): Promise<string[]> => (await readdir(folder, { recursive: true }).catch(() => [])).filter(isSession)

/** Files of the latest day: a conversation that begins now is among them. */
async function newest(folder: string, within = ''): Promise<string[]> {
  const entries = await readdir(join(folder, within), { withFileTypes: true }).catch(() => [])
  const latest = entries.filter((entry) => entry.isDirectory() && /^\d+$/.test(entry.name)).map(({ name }) => name).toSorted().at(-1)
  const here = entries.filter((entry) => entry.isFile() && isSession(entry.name)).map(({ name }) => join(within, name))
  return latest === undefined ? here : [...here, ...(await newest(folder, join(within, latest)))]
}

/** To whose conversation a file belongs, by its first line; undefined while that is not written. */
async function sessionOf(file: string): Promise<string | undefined> {
  let first: JsonObject | undefined
  await eachEvent(file, (event) => { first ??= event })
  return first === undefined ? undefined : (textAt(recordAt(first, 'payload'), 'session_id') ?? '')
}

/** What a conversation has counted by now; undefined where it does not tell. */
async function totalIn(file: string): Promise<ModelCounts | undefined> {
  let total: ModelCounts | undefined
  await eachEvent(file, (event) => {
    if (event['type'] === 'token_usage_record') total = codexCounts(recordAt(recordAt(event, 'payload'), 'thread_token_usage'))
  })
  return total
}

async function eachEvent(file: string, onEvent: (event: JsonObject) => void): Promise<void> {
  const stream = await lineStream(file)
  try {
    await stream.read((line) => { if (line.type === 'event') onEvent(line.event) }, false)
  } finally {
    await stream.close()
  }
}
