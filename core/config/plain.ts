import { builderNames } from '../model/agent-names.ts'
import { notifiedEvents } from '../model/drain.ts'
import { parseDuration } from '../model/duration.ts'
import { isProjectId, isIdentifier } from '../model/identifiers.ts'
import { leastPromptTokens } from '../model/prompt.ts'
import { parseSize } from '../model/size.ts'
import type { ConfigLayer } from './schema.ts'

/**
 * What a config says, where it is certainly right; undefined where only the schema can tell. The schema and zod below it are a hundred and twenty
 * modules, which load longer than most commands run. A test holds that nothing passes here which the schema refuses or reads in another way.
 */
export function plainLayer(value: unknown): ConfigLayer | undefined {
  const read = config(value)
  return read === unsure ? undefined : (read as ConfigLayer)
}

const unsure = Symbol('unsure')
/** The value as the schema would hand it on, or `unsure`. */
type Reader = (value: unknown) => unknown

const is = (test: (value: unknown) => boolean): Reader => (value) => (test(value) ? value : unsure)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
/** An object as written: one of a class may hold what is not seen here. */
const isWritten = (value: unknown): value is Record<string, unknown> => isObject(value) && Object.getPrototypeOf(value) === Object.prototype

function list(item: Reader, atLeast = 0): Reader {
  return (value) => {
    if (!Array.isArray(value) || value.length < atLeast) return unsure
    // Not `map`, which passes over holes.
    const read = Array.from(value as unknown[], item)
    return read.includes(unsure) ? unsure : read
  }
}

/** Keys in the order of the shape, as the schema has them. A key that is not `needed` may be left out. */
function object(shape: Readonly<Record<string, Reader>>, { needed = [], defaults = {} }: { needed?: readonly string[]; defaults?: Readonly<Record<string, unknown>> } = {}): Reader {
  return (value) => {
    if (!isWritten(value) || Reflect.ownKeys(value).some((key) => typeof key === 'symbol' || !Object.hasOwn(shape, key))) return unsure
    const read: Record<string, unknown> = {}
    for (const [key, reader] of Object.entries(shape)) {
      const given = value[key] ?? (value[key] === undefined ? defaults[key] : null)
      if (given === undefined && !needed.includes(key)) continue
      const inner = reader(given)
      if (inner === unsure) return unsure
      read[key] = inner
    }
    return read
  }
}

function record(isKey: (key: string) => boolean, item: Reader): Reader {
  return (value) => {
    if (!isWritten(value)) return unsure
    const entries = Reflect.ownKeys(value).map((key) => [key, typeof key === 'string' && key !== '__proto__' && isKey(key) ? item(value[key]) : unsure] as const)
    return entries.some(([, read]) => read === unsure) ? unsure : Object.fromEntries(entries)
  }
}

const anyText = is((value) => typeof value === 'string')
const text = is((value) => typeof value === 'string' && value !== '')
const flag = is((value) => typeof value === 'boolean')
const amount = is((value) => Number.isFinite(value) && (value as number) > 0)
const whole = (least: number, most = Infinity): Reader => is((value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
const dollars = is((value) => Number.isFinite(value) && (value as number) >= 0)
const count = whole(1)
const oneOf = (...names: readonly string[]): Reader => is((value) => names.includes(value as string))
const texts = list(text)
const shellLine = object({ shell: text }, { needed: ['shell'] })
const command: Reader = (value) => (!Array.isArray(value) ? shellLine(value) : value[0] === '' ? unsure : list(anyText, 1)(value))
const duration = is((value) => (typeof value === 'string' || typeof value === 'number') && (parseDuration(value) ?? 0) > 0)
const size = is((value) => typeof value === 'string' && parseSize(value) !== undefined)
const called = (value: unknown): value is Record<string, unknown> => isObject(value) && typeof value['name'] === 'string'

const builder = is((value) => called(value) && typeof value['build'] === 'function')
const price = object({ input: dollars, output: dollars, cachedInput: dollars, cacheWrite: dollars }, { needed: ['input', 'output'] })
const preset = is((value) => called(value) && value['type'] === 'preset')
const plugin = is((value) => called(value) && value['name'] !== '' && (value['type'] === 'without' || (value['type'] === 'plugin' && typeof value['apply'] === 'function')))
const classifier = is((value) => isObject(value) && value['type'] === 'classifier' && typeof value['classify'] === 'function')
const check = object({
  name: is((value) => typeof value === 'string' && isIdentifier(value)), run: command, format: text, timeout: duration, against: oneOf('baseline', 'none'), rerun: command, report: text, cwd: text,
  env: record(() => true, anyText), unaffectedBy: texts,
}, { needed: ['name', 'run'], defaults: { format: 'exit-code' } })
const notifyTarget = object({ command, on: list(oneOf(...notifiedEvents), 1), timeout: duration }, { needed: ['command'] })
const learningOptions = object({ inPrompt: whole(0, 20), promoteAfter: whole(2) })
const sparseOptions = object({ also: texts })
const perScope = object({ attempt: amount, phase: amount, drain: amount })

const config = object({
  $schema: anyText,
  project: is((value) => typeof value === 'string' && isProjectId(value)),
  root: text,
  runsDir: text,
  presets: list(preset),
  plugins: list(plugin),
  classifiers: list(classifier),
  plans: texts,
  builder: (value) => (builderNames.includes(value as string) ? value : builder(value)),
  builders: record((name) => name !== '', builder),
  prices: record((name) => name !== '', price),
  checks: list(check),
  preflight: list(command),
  workspace: object({ dir: text, setup: list(command), cache: texts, key: texts, sparse: (value) => (typeof value === 'boolean' ? value : sparseOptions(value)), minFreeDisk: size }),
  protect: texts,
  env: object({ pass: texts, set: record((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name), anyText) }),
  notify: list(notifyTarget),
  keepAwake: flag,
  learning: (value) => (typeof value === 'boolean' ? value : learningOptions(value)),
  context: object({ maxTokens: whole(leastPromptTokens), fileTokens: whole(0) }),
  prompt: object({ template: text }),
  drain: object({
    batchSize: count, phaseTimeoutSeconds: count, idleTimeoutSeconds: count, maxAttemptsPerPhase: count, absoluteAttemptCap: count, maxFingerprintRepeats: count, maxTimeoutsPerRun: count,
    maxTotalMinutes: amount, maxZeroYield: count, maxTokens: perScope, maxCost: perScope, assumedTokensPerAttempt: count, assumedCostPerAttempt: amount, maxPauseMinutes: amount, parallel: count, phaseParallelism: count, maxLoad: amount, minFreeMemory: size,
    skipRunsWithQueued: flag, stopOnFirstFailure: flag,
  }),
})

const matchText = is((value) => value instanceof RegExp || typeof value === 'function')
const definition = object({ class: text, match: matchText, title: text, template: text, blame: oneOf('phase', 'check', 'run', 'builder', 'project', 'machine'), name: text }, { needed: ['class', 'match'] })

/** Whether the argument of `defineClassifier` is certainly right. */
export const isPlainDefinition = (value: unknown): boolean => definition(value) !== unsure
