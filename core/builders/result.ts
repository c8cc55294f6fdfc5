import type { BuildResult } from '../model/builder.ts'
import type { ProcessResult } from '../model/process.ts'
import { unreachable } from '../model/unreachable.ts'
import type { Usage } from '../model/usage.ts'

/** How a builder that is one process ended. A non-zero exit is an error; a clean one says only that it ended by itself. */
export function buildResultOf(process: ProcessResult, argv: readonly string[], usage: Usage): BuildResult {
  const { exitCode, signal, tail } = process
  const base = { argv, usage, tail }
  switch (process.ended) {
    case 'exit':
      if (exitCode === 0) return { type: 'done', ...base, exitCode }
      return { type: 'error', ...base, exitCode, signal, message: exitMessage(argv[0] ?? '', exitCode, signal) }
    case 'spawn-failed':
      return { type: 'error', ...base, exitCode, signal, message: process.message ?? `${argv[0]} could not be started` }
    case 'timeout':
      return { type: 'timeout', ...base, limit: 'wall-clock' }
    case 'idle':
      return { type: 'timeout', ...base, limit: 'idle' }
    case 'cancelled':
      return { type: 'cancelled', ...base }
    default:
      return unreachable(process.ended)
  }
}

function exitMessage(program: string, exitCode: number | null, signal: string | null): string {
  return signal === null ? `${program} exited with code ${exitCode}` : `${program} was ended by ${signal}`
}
