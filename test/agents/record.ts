/**
 * Records what real agents print, for the fast tests: `test/fixtures/builders/{agent}/{name}.jsonl`.
 *
 *   npm run record:agents               all
 *   npm run record:agents -- claude     one agent
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Builder, BuildRequest } from '../../core/model/builder.ts'
import { builderBench } from '../core/builders/support.ts'
import { agentProgram, installAgents, pinnedAgents } from '../support/agents/install.ts'
import { startModelEndpoint, type ModelEndpoint, type Script } from '../support/model-endpoint/index.ts'
import { claudeRecordings } from './recordings/claude.ts'
import { codexRecordings } from './recordings/codex.ts'
import { geminiRecordings } from './recordings/gemini.ts'
import { opencodeRecordings } from './recordings/opencode.ts'

export interface Recording {
  script: Script
  builder(executable: string): Builder
  env(endpoint: ModelEndpoint): Record<string, string>
  /** Files in its home. */
  home?(endpoint: ModelEndpoint): Record<string, string>
  /** Goes on with the conversation of the recording before; `thread`: with this one. */
  resumes?: boolean
  thread?: string
  /** A file of its home that Autopack reads beside the stream, by the end of its path; the conversation's name is in it: `{name}.session.jsonl`. */
  keeps?: RegExp
  /** What it tells on standard error counts: `{name}.stderr`. */
  keepsErrors?: boolean
  /** Told while it works: to stop it in the middle, say. */
  during?(endpoint: ModelEndpoint, stop: () => void): Promise<void>
}

const agents: Record<string, Record<string, Recording>> = { claude: claudeRecordings, codex: codexRecordings, opencode: opencodeRecordings, gemini: geminiRecordings }
const folder = fileURLToPath(new URL('../fixtures/builders', import.meta.url))

if (import.meta.main) {
  const missing = await installAgents(console.log)
  for (const [agent, recordings] of Object.entries(agents)) {
    if (process.argv.length > 2 && !process.argv.includes(agent)) continue
    if (missing.has(agent)) throw new Error(`${agent} cannot be had: ${missing.get(agent)}`)
    rmSync(join(folder, agent), { recursive: true, force: true })
    mkdirSync(join(folder, agent), { recursive: true })
    const bench = builderBench()
    const ends: Record<string, unknown> = {}
    let thread: string | undefined
    for (const [name, recording] of Object.entries(recordings)) {
      const recorded = await record(agent, bench, recording, recording.resumes ? thread : recording.thread)
      thread = recorded.thread
      writeFileSync(join(folder, agent, `${name}.jsonl`), recorded.stream)
      if (recorded.session !== undefined) writeFileSync(join(folder, agent, `${name}.session.jsonl`), recorded.session)
      if (recorded.errors !== undefined) writeFileSync(join(folder, agent, `${name}.stderr`), recorded.errors)
      ends[name] = recorded.end
      console.log(`${agent} ${name}: ${recorded.stream.split('\n').length - 1} lines, ${JSON.stringify(recorded.end)}`)
    }
    writeFileSync(join(folder, agent, 'ends.json'), `${JSON.stringify({ version: (await pinnedAgents())[agent]!.version, ends }, null, 2)}\n`)
    bench.remove()
  }
}

async function record(agent: string, bench: ReturnType<typeof builderBench>, recording: Recording, thread: string | undefined) {
  await using endpoint = await startModelEndpoint(recording.script)
  const executable = await agentProgram(agent)
  const stream = join(bench.attemptDir, 'builder.jsonl')
  const log = join(bench.attemptDir, 'builder.log')
  for (const file of [stream, log]) rmSync(file, { force: true })
  writeFileSync(bench.request.promptPath, 'Write one into a.txt\n')
  writeFileSync(join(bench.workspace, 'a.txt'), 'zero\n')
  for (const [file, text] of Object.entries(recording.home?.(endpoint) ?? {})) bench.write(file, text)
  const { AUTOPACK_USAGE_FILE: _file, ...env } = { ...bench.request.env, ...recording.env(endpoint) }
  const controller = new AbortController()
  let end: { exitCode: number | null; signal: string | null } | undefined
  let text: string | undefined
  const request: BuildRequest = {
    ...bench.request, env, signal: controller.signal, ...(thread !== undefined && { thread }),
    exec: async (given) => {
      const result = await bench.request.exec({ ...given, env: { ...given.env, PATH: `${dirname(process.execPath)}:${given.env!['PATH']}` } })
      // One process for each: a builder may begin anew.
      end ??= { exitCode: result.exitCode, signal: result.signal }
      text ??= readFileSync(stream, 'utf8')
      return result
    },
  }
  const said: string[] = []
  request.log = (line) => {
    said.push(...line.split('\n'))
    bench.request.log(line)
  }
  let named: string | undefined
  request.progress = (event) => { named = event.thread ?? named }
  const working = recording.builder(executable).build(request)
  await recording.during?.(endpoint, () => controller.abort())
  await working
  const home = bench.path
  const clean = (whole: string) => whole.replaceAll(bench.workspace, '/workspace').replaceAll(home, '/home/me').replace(/"messaging_socket_path":"[^"]*",/g, '').replaceAll(basename(home), 'test').replaceAll(endpoint.url, 'http://127.0.0.1:8080').replaceAll(new URL(endpoint.url).host, '127.0.0.1:8080')
  const kept = recording.keeps && readdirSync(home, { recursive: true }).map(String).find((file) => recording.keeps!.test(file) && file.includes(named!.slice(0, 8)))
  return {
    stream: clean(text!), end, thread: named,
    ...(kept !== undefined && { session: clean(readFileSync(join(home, kept), 'utf8')) }),
    ...(recording.keepsErrors && { errors: clean(errorsIn(readFileSync(log, 'utf8'), said)) }),
  }
}

/** Of the log what is not said by Autopack, without the stacks, which name the files of an installation. */
function errorsIn(log: string, said: readonly string[]): string {
  const own = [...said]
  const lines = log.split('\n').filter((line) => {
    const at = own.indexOf(line)
    if (at !== -1) own.splice(at, 1)
    return at === -1 && !/^\s+at |file:\/\//.test(line)
  })
  return lines.join('\n')
}
