import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { PluginApi } from '../../core/index.ts'
import { bucketsUsageError } from './errors.ts'
import type { BucketDecisionOutput, BucketsOutput } from './outputs.ts'
import { bucketDetails, phases, runLines, tableLines } from './sections.ts'

interface Call { args: readonly string[]; json: boolean; print(line: string): void; api: PluginApi }

/** `autopack buckets [close|park FINGERPRINT]`. Returns the exit code. */
export async function runBuckets(call: Call): Promise<number> {
  const { values, positionals } = parse(call.args)
  const [verb, fingerprint, ...rest] = positionals
  if (verb === undefined) return await show(call, values)
  if (verb !== 'close' && verb !== 'park') throw bucketsUsageError(`there is no \`autopack buckets ${verb}\``, 'there are `autopack buckets`, `autopack buckets close` and `autopack buckets park`')
  if (fingerprint === undefined || rest.length > 0) throw bucketsUsageError(`\`autopack buckets ${verb}\` takes one fingerprint`, `autopack buckets ${verb} 3f9c2a7 --reason "…"`)
  const reason = values.reason?.trim() ?? ''
  if (reason === '') throw bucketsUsageError(`why should the bucket be ${verb === 'close' ? 'closed' : 'parked'}? It is kept with the bucket`, `say it with --reason: autopack buckets ${verb} ${fingerprint} --reason "…"`)
  const decided = await call.api.buckets[verb]({ fingerprint, by: values.by?.trim() || whoAmI(), reason })
  const output: BucketDecisionOutput = { project: call.api.config.project, ...decided }
  if (call.json) call.print(JSON.stringify(output, undefined, 2))
  else {
    call.print(verb === 'close' ? `${decided.fingerprint} is closed: ${decided.title}` : `${decided.fingerprint} parks ${phases(decided.parked)} until it is closed: ${decided.title}`)
    call.print(verb === 'close' ? 'next  autopack drain' : `next  autopack buckets close ${decided.fingerprint} --reason '…'`)
  }
  return 0
}

async function show(call: Call, values: { run?: string | undefined; since?: string | undefined }): Promise<number> {
  const since = values.since === undefined ? undefined : sinceOf(values.since)
  const report = await call.api.buckets.report({ ...(values.run !== undefined && { run: values.run }), ...(since !== undefined && { since }) })
  if (call.json) {
    call.print(JSON.stringify({ project: call.api.config.project, ...report } satisfies BucketsOutput, undefined, 2))
    return 0
  }
  if (report.buckets.length === 0) {
    call.print(values.run === undefined && values.since === undefined ? 'Nothing has failed.' : `Nothing has failed${values.run === undefined ? '' : ` in a run ${values.run}`}${values.since === undefined ? '' : ` since ${values.since}`}.`)
    return 0
  }
  for (const line of tableLines(report)) call.print(line)
  for (const bucket of report.buckets.filter((one) => one.state !== 'closed')) for (const line of ['', ...bucketDetails(bucket)]) call.print(line)
  if (report.runs.length > 1) for (const line of ['', 'runs by their dominant fingerprint', ...runLines(report).map((text) => `  ${text}`)]) call.print(line)
  if (!report.on) call.print('\nThe latest drain had no buckets, breakers or probes.')
  call.print(`\nnext  ${report.buckets[0]!.next}`)
  return 0
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args], allowPositionals: true, strict: true,
      options: { run: { type: 'string' }, since: { type: 'string' }, reason: { type: 'string' }, by: { type: 'string' } },
    })
  } catch (error) {
    throw bucketsUsageError(error instanceof Error ? error.message.split('. ')[0]! : String(error), 'see `autopack buckets --help`')
  }
}

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A day, a time, or how long ago; epoch milliseconds. */
function sinceOf(text: string): number {
  const ago = /^(\d+)([mhdw])$/.exec(text)
  const time = ago ? Date.now() - Number(ago[1]) * units[ago[2]!]! : Date.parse(text)
  // A number alone would be taken for a year, or for a month.
  if (Number.isNaN(time) || /^\d+$/.test(text)) throw bucketsUsageError(`--since ${text} is no time`, 'write a day or time such as 2026-03-01 or 2026-03-01T06:00Z, or how long ago: 36h, 7d')
  return time
}

function whoAmI(): string {
  try {
    return userInfo().username
  } catch {
    // A user without an entry, as in some containers.
    return 'unknown'
  }
}
