import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { numberAt, recordAt, textAt, type JsonObject } from './json.ts'
import { lineStream, type LineStream } from './stream.ts'
import { addCounts, type ModelCounts, type Tally } from './tally.ts'

export interface GeminiSessions {
  /** Reads what was written since. */
  look(thread: string): Promise<void>
  /** What each model was asked in this attempt, by the conversation and its sub-agents; undefined where nothing was found. */
  tally(): Tally | undefined
  close(): Promise<void>
}

/** Where a conversation is not found by then it is not written, and nobody looks for it for ever. */
const mostLooks = 40

/**
 * Follows the files in which Gemini CLI keeps its conversations (`.gemini/tmp/{project}/chats/session-…-{thread}.jsonl`, those of sub-agents in a folder named by
 * the thread). There it tells its usage after each answer of a model; its stream tells it at the end. What chooses the model stands in the stream alone. To be
 * called before it is started; `resumes`: the conversation that it goes on with.
 */
export async function geminiSessions(home: string, resumes: string | undefined): Promise<GeminiSessions> {
  const folder = join(home, '.gemini/tmp')
  const followed = new Map<string, LineStream>()
  /** By message: one is written again with what its tools returned. */
  const messages = new Map<string, ModelCounts & { model: string }>()
  let chats: string | undefined
  let looks = 0
  const follow = async (files: readonly string[], fromEnd: boolean): Promise<void> => {
    for (const file of files) if (!followed.has(file)) followed.set(file, await lineStream(file, fromEnd ? (await stat(file)).size : 0))
  }
  if (resumes !== undefined) {
    chats = await chatsOf(folder, resumes)
    if (chats !== undefined) await follow(await filesOf(chats, resumes), true)
  }
  return {
    async look(thread) {
      if (chats === undefined && looks++ < mostLooks) chats = await chatsOf(folder, thread)
      if (chats !== undefined) await follow(await filesOf(chats, thread), false)
      for (const stream of followed.values()) await stream.read((line) => { if (line.type === 'event') count(messages, line.event) }, false)
    },
    tally: () => (messages.size === 0 ? undefined : sumOf(messages.values())),
    close: async () => void await Promise.all([...followed.values()].map((stream) => stream.close())),
  }
}

function count(messages: Map<string, ModelCounts & { model: string }>, event: JsonObject): void {
  const id = textAt(event, 'id')
  if (event['type'] !== 'gemini' || id === undefined || event['tokens'] === undefined) return
  const tokens = recordAt(event, 'tokens')
  const [inputTokens = 0, output = 0, total = 0] = [numberAt(tokens, 'input'), numberAt(tokens, 'output'), numberAt(tokens, 'total')]
  // What was thought is in the sum alone.
  messages.set(id, { model: textAt(event, 'model') ?? '', inputTokens, outputTokens: Math.max(output, total - inputTokens), cachedInputTokens: numberAt(tokens, 'cached') ?? 0 })
}

function sumOf(all: Iterable<ModelCounts & { model: string }>): Tally {
  const tally = new Map<string, ModelCounts>()
  for (const { model, ...counts } of all) tally.set(model, addCounts(tally.get(model), counts))
  return tally
}

/** The folder with a conversation: one of each project that it was ever started in. */
async function chatsOf(folder: string, thread: string): Promise<string | undefined> {
  for (const project of await namesIn(folder)) {
    const chats = join(folder, project, 'chats')
    if ((await namesIn(chats)).some((name) => isOf(name, thread))) return chats
  }
  return undefined
}

async function filesOf(chats: string, thread: string): Promise<string[]> {
  const own = (await namesIn(chats)).filter((name) => isOf(name, thread)).map((name) => join(chats, name))
  const others = (await namesIn(join(chats, thread))).filter((name) => name.endsWith('.jsonl')).map((name) => join(chats, thread, name))
  return [...own, ...others]
}

const isOf = (name: string, thread: string): boolean => name.startsWith('session-') && name.endsWith(`-${thread.slice(0, 8)}.jsonl`)
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
