import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Builder } from '../model/builder.ts'
import type { Attempt } from './attempt.ts'

/** What an agent calls a conversation by. It is handed back to it as an argument, and lies where its commands may write: nothing that an agent would read as an option. */
const threadName = /^\w[\w.:-]{0,199}$/
const threadSchema = z.object({ builder: z.string(), thread: z.string().regex(threadName) })

type WithPaths = Pick<Attempt, 'claim' | 'paths'>

/** The conversation that a builder had in the attempt before, where it told of one: also of an attempt that a crash ended. */
export function threadBefore({ claim, paths }: WithPaths, builder: Builder): string | undefined {
  if (claim.number === 1) return undefined
  try {
    const kept = threadSchema.parse(JSON.parse(readFileSync(paths.threadBefore, 'utf8')))
    return kept.builder === builder.name ? kept.thread : undefined
  } catch {
    // It told of none, or the file is not whole: then the builder begins anew.
    return undefined
  }
}

/** Keeps what names the builder's conversation, as soon as it is told. One with an odd name is not gone on with. */
export function keepThread({ paths }: WithPaths, builder: Builder, thread: string): void {
  if (threadName.test(thread)) writeFileSync(paths.thread, `${JSON.stringify({ builder: builder.name, thread })}\n`)
}
