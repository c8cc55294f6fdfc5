import type { AvailabilityContext, Builder } from '../model/builder.ts'
import { askProgram } from '../process/ask.ts'
import { secretValues } from '../process/environment.ts'
import { createRedactor } from '../process/redact.ts'
import { findProgram } from './find-program.ts'

type Availability = Awaited<ReturnType<NonNullable<Builder['available']>>>

/** What has to be known of an agent to say whether it can run here. */
export interface Installed {
  /** Its name, and that of its program. */
  name: string
  /** The least version that Autopack knows to work: `2.1.0`. */
  leastVersion: string
  /** How to get it, or a newer one: a command. */
  install: string
  /** What is wrong before any token is spent, though the program is there: not logged in, a model without a price. `ask` runs the program. */
  problem?(context: AvailabilityContext, ask: Ask): Promise<{ reason: string; fix: string } | undefined>
}

/** Runs the agent's program for a moment. `exitCode` is null where it did not end by itself. */
export type Ask = (args: readonly string[]) => Promise<{ exitCode: number | null; output: string }>

/** A program that does not answer for so long will not answer. */
const askMs = 25_000

/** Whether an agent is there, new enough and ready. */
export async function availabilityOf(agent: Installed, program: string, context: AvailabilityContext): Promise<Availability> {
  const file = await findProgram(program, context)
  if (file === undefined) {
    const place = program.includes('/') ? `in ${context.configDir}` : 'on PATH'
    return { ok: false, reason: `the program ${JSON.stringify(program)} was not found ${place}`, fix: program.includes('/') ? 'correct `executable` (relative to the config file)' : `install it with \`${agent.install}\`, or add its folder to PATH` }
  }
  const ask: Ask = async (args) => {
    const { exitCode, stdout, stderr } = await askProgram(file, args, { env: context.env, cwd: context.configDir, limitMs: askMs })
    return { exitCode, output: `${stdout}\n${stderr}` }
  }
  const told = await ask(['--version'])
  const version = versionIn(told.output)
  if (told.exitCode !== 0 || version === undefined) {
    const redactor = createRedactor({ secrets: secretValues(context.env) })
    const said = told.output.trim().split('\n').at(-1) ?? ''
    const how = told.exitCode === 0 ? 'names no version' : told.exitCode === null ? 'did not end' : `exited with code ${told.exitCode}`
    const words = said === '' ? '' : `: ${redactor.redact(said).slice(0, 200)}`
    return { ok: false, reason: `\`${program} --version\` ${how}${words}`, fix: `install it anew with \`${agent.install}\`` }
  }
  if (isOlder(version, agent.leastVersion)) return { ok: false, reason: `${file} is version ${version}, and ${agent.leastVersion} is the least that works`, fix: `update it: \`${agent.install}\`` }
  const problem = await agent.problem?.(context, ask)
  return problem ? { ok: false, ...problem } : { ok: true, version }
}

function versionIn(output: string): string | undefined {
  return /\b\d+\.\d+\.\d+\b/.exec(output)?.[0]
}

/** Whether a version such as `2.1.9` is older than another. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number))
  const at = left!.findIndex((part, index) => part !== right![index])
  return at !== -1 && left![at]! < right![at]!
}
