import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a program does that stands for an agent. */
export interface Replay {
  /** Printed line by line on standard output, as it is. */
  stream: string
  stderr?: string
  exitCode?: number
  /** After the last line it stays alive: for ever, or (`'deaf'`) also when it is asked to end. */
  afterwards?: 'stays' | 'deaf'
  /** What `--version` prints. */
  version?: string
  /** Other calls, by their first argument: what they print and how they exit. Default: it is logged in. */
  calls?: Record<string, { output: string; exitCode: number }>
}

/** Writes a program that replays a recorded stream, by way of a real process, and returns its path. What it got lies beside it, as `got.json`. */
export function replayProgram(folder: string, name: string, replay: Replay): string {
  const file = join(folder, name)
  writeFileSync(`${file}.json`, JSON.stringify(replay))
  writeFileSync(file, `#!${process.execPath}
const { readFileSync, writeFileSync, writeSync } = process.getBuiltinModule('node:fs')
const replay = JSON.parse(readFileSync(${JSON.stringify(`${file}.json`)}, 'utf8'))
const args = process.argv.slice(2)
const call = args[0] === '--version' ? { output: replay.version ?? '99.0.0', exitCode: 0 } : (replay.calls ?? { auth: { output: '{ "loggedIn": true }', exitCode: 0 }, login: { output: 'Logged in', exitCode: 0 } })[args[0]]
if (call) { console.log(call.output); process.exit(call.exitCode) }
writeFileSync(${JSON.stringify(join(folder, 'got.json'))}, JSON.stringify({ args, env: process.env, cwd: process.cwd(), stdin: readFileSync(0, 'utf8') }))
if (replay.afterwards === 'deaf') process.on('SIGTERM', () => {})
writeSync(1, replay.stream)
if (replay.stderr) writeSync(2, replay.stderr)
if (replay.afterwards) setInterval(() => {}, 60_000)
else process.exit(replay.exitCode ?? 0)
`)
  chmodSync(file, 0o755)
  return file
}

/** A stream that `npm run record:agents` has recorded, with how its process ended. */
export function recorded(agent: string, name: string): Replay {
  const folder = new URL(`../../fixtures/builders/${agent}/`, import.meta.url)
  const { ends } = JSON.parse(readFileSync(new URL('ends.json', folder), 'utf8')) as { ends: Record<string, { exitCode: number | null }> }
  const errors = new URL(`${name}.stderr`, folder)
  return { stream: readFileSync(new URL(`${name}.jsonl`, folder), 'utf8'), exitCode: ends[name]!.exitCode ?? 1, ...(existsSync(errors) && { stderr: readFileSync(errors, 'utf8') }) }
}
