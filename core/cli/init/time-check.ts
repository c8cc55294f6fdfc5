import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Runtime } from '../../model/runtime.ts'
import { createProcessRunner } from '../../process/run.ts'
import type { DetectedCheck } from './detect.ts'

/** Longer than that the check is not waited for, in milliseconds. */
const longestMs = 30 * 60_000
const minuteMs = 60_000

/** Runs the check once and returns the limit that fits it, such as `3m`: four times as long, in whole minutes. Undefined when it did not end by itself. */
export async function timeCheck({ check, pythonPath }: { check: DetectedCheck; pythonPath?: string }, dir: string, runtime: Runtime): Promise<{ limit: string; durationMs: number; exitCode: number | null } | undefined> {
  const folder = await mkdtemp(path.join(runtime.temporaryDir, 'autopack-init-'))
  try {
    const env = Object.fromEntries(Object.entries(runtime.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
    Object.assign(env, check.env, pythonPath !== undefined && { PYTHONPATH: pythonPath })
    const command = check.run.map((argument) => argument.replaceAll('{report}', path.join(folder, 'report.xml')))
    const result = await createProcessRunner({ runtime })({ command, cwd: dir, env, logPath: path.join(folder, 'check.log'), timeoutMs: longestMs })
    if (result.ended !== 'exit') return undefined
    return { limit: limitFor(result.durationMs), durationMs: result.durationMs, exitCode: result.exitCode }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function limitFor(durationMs: number): string {
  return `${Math.max(1, Math.ceil((durationMs * 4) / minuteMs))}m`
}
