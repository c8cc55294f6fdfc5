import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Builder, BuildResult } from '../../../core/model/builder.ts'
import type { Prices } from '../../../core/model/prices.ts'
import { recorded, replayProgram, type Replay } from '../../support/agents/replay.ts'
import { builderBench } from './support.ts'

type Bench = ReturnType<typeof builderBench>

export const jsonLines = (...events: object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('')

/** Lets a builder of `agent` run a program that replays what that agent printed: what has been recorded, by its name, or what a test makes up. */
export function replaying<Options extends { executable?: string }>(agent: string, make: (options: Options) => Builder) {
  const replayOf = (replay: Replay | string): Replay => (typeof replay === 'string' ? recorded(agent, replay) : replay)

  async function build(replay: Replay | string, options: Partial<Options> = {}, request: { thread?: string; env?: Record<string, string> } = {}, prepare?: (bench: Bench) => void) {
    const bench = builderBench()
    try {
      prepare?.(bench)
      const executable = replayProgram(bench.path, agent, replayOf(replay))
      bench.write('attempt/prompt.md', 'Write one into a.txt\n')
      const result = await make({ executable, ...options } as Options).build({ ...bench.request, ...request, env: { ...bench.request.env, ...request.env } })
      return {
        result, progress: bench.progress, bench,
        got: JSON.parse(readFileSync(join(bench.path, 'got.json'), 'utf8')) as { args: string[]; env: Record<string, string>; cwd: string; stdin: string },
        log: readFileSync(bench.request.logPath, 'utf8'),
      }
    } finally {
      bench.remove()
    }
  }

  /** On a clock that does not wait: each look at the stream is as long as it says, once everything is printed. */
  async function hurried(replay: Replay | string, options: Partial<Options> = {}): Promise<{ result: BuildResult; slept: number }> {
    const bench = builderBench()
    let slept = 0
    /** Once it is told to end, how long that takes is a matter of the machine. */
    let ending: AbortSignal | undefined
    try {
      bench.write('attempt/prompt.md', '')
      const given = replayOf(replay)
      const executable = replayProgram(bench.path, agent, given)
      const lineCount = given.stream.split('\n').length - 1
      const result = await make({ executable, ...options } as Options).build({
        ...bench.request,
        async sleep(milliseconds, signal) {
          const isPrinted = readFileSync(join(bench.attemptDir, 'builder.jsonl'), 'utf8').split('\n').length - 1 >= lineCount
          if (isPrinted && ending?.aborted !== true) slept += milliseconds
          await bench.request.sleep(isPrinted ? 1 : 20, signal)
        },
        exec(command) {
          ending = command.signal
          return bench.request.exec({ ...command, graceMs: 100 })
        },
      })
      return { result, slept }
    } finally {
      bench.remove()
    }
  }

  return {
    build,
    hurried,
    /** Asserts that the builder refuses options, with each of the texts. */
    refuses(options: object, ...texts: string[]): void {
      try {
        make(options as Options)
      } catch (error) {
        const said = `${(error as Error).message} ${(error as { fix?: string }).fix}`
        for (const text of texts) assert.ok(said.includes(text), `${said} · ${text}`)
        return
      }
      assert.unreachable(JSON.stringify(options))
    },
    async available(replay: Partial<Replay>, options: Partial<Options> = {}, env: Record<string, string> = {}, prices?: Prices) {
      const bench = builderBench()
      try {
        const executable = replayProgram(bench.path, agent, { stream: '', ...replay })
        return await make({ executable, ...options } as Options).available!({ env: { ...bench.request.env, ...env }, configDir: bench.configDir, ...(prices && { prices }) })
      } finally {
        bench.remove()
      }
    },
  }
}
