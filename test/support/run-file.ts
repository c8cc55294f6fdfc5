/**
 * Runs one test file in this process and tells the parent (`run.ts`) by messages what happens.
 * Usage: node run-file.ts /absolute/file.test.ts
 */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { quickImports } from '../../core/cli/quick-imports.ts'

export type FileMessage =
  | { type: 'started'; suite: string; test: string }
  | { type: 'ended'; suite: string; test: string; error?: string }
  | { type: 'skipped'; suite: string; test: string }
  | { type: 'problem'; message: string }
  | { type: 'done' }

/** What a queue of uvu holds: returns `[errors or true, passed, skipped, total]`. */
type QueuedSuite = () => Promise<[string | true, number, number, number]>

const lingerMilliseconds = 5_000
const send = (message: FileMessage): void => void process.send?.(message)

const file = process.argv[2]
if (file === undefined) throw new Error('usage: node run-file.ts FILE')

quickImports(['core', 'plugins', 'presets', 'test'])
const standIn = new URL('./uvu.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) => (specifier === 'uvu' && context.parentURL !== standIn ? { url: standIn, shortCircuit: true } : next(specifier, context)),
})
// uvu then leaves the running of its queue to us.
const shared = globalThis as { UVU_DEFER?: number; UVU_QUEUE?: (string | null | QueuedSuite)[][] }
shared.UVU_DEFER = 1
shared.UVU_QUEUE = [[]]

const waiting: string[] = []
let suites = 0
const { listenToSuites } = await import('./uvu.ts')
listenToSuites({
  made: (suite) => void (suites++, waiting.push(suite)),
  ran: (suite) => void waiting.splice(waiting.indexOf(suite), 1),
  started: (suite, test) => send({ type: 'started', suite, test }),
  ended: (suite, test, error) => send({ type: 'ended', suite, test, ...(error !== undefined && { error: textOf(error) }) }),
  skipped: (suite, test) => send({ type: 'skipped', suite, test }),
  hookFailed: (suite, hook, error) => send({ type: 'problem', message: `${hook} of suite "${suite}": ${textOf(error)}` }),
  only: (suite, test) => {
    if (process.env['CI']) send({ type: 'problem', message: `.only on "${nameOf(suite, test)}" hides the other tests` })
  },
})

await import(pathToFileURL(file).href)
for (const suite of waiting) send({ type: 'problem', message: `suite "${suite}" is never run: its last line must be .run()` })
if (suites === 0) send({ type: 'problem', message: 'no suite: a test file ends with .run()' })

for (const run of shared.UVU_QUEUE[0] ?? []) {
  if (typeof run !== 'function') continue
  try {
    const [errors] = await run()
    if (typeof errors === 'string') process.stdout.write(`\n${errors}\n`)
  } catch {
    // A hook that throws rejects the whole suite; the listener has told of it.
  }
}
send({ type: 'done' })
// Unreferenced: it fires only when something else keeps the process alive.
setTimeout(() => {
  const open = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap')
  send({ type: 'problem', message: `still open ${lingerMilliseconds / 1000} s after the last test: ${open.join(', ') || 'unknown'}` })
  setImmediate(() => process.exit(1))
}, lingerMilliseconds).unref()

function nameOf(suite: string, test: string): string {
  return suite ? `${suite} › ${test}` : test
}

function textOf(error: unknown): string {
  // What failed the test comes first; that its project could not be cleaned up afterwards often follows from it.
  if (error instanceof SuppressedError) return `${textOf(error.suppressed)}\nand then: ${textOf(error.error)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
