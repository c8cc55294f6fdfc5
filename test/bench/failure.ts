import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { causesOf, defaultWindow, fingerprintOf } from '../../core/failure/index.ts'
import { failureFixtures } from '../support/failures.ts'
import { seeded } from '../support/checks.ts'

/** Mebibytes of the large log; `AUTOPACK_BENCH_MIB` lowers it. */
const mebibytes = Number(process.env['AUTOPACK_BENCH_MIB'] ?? 1024)
const repetitions = 15
const best = (values: number[]) => Math.min(...values)

/** The failure engine: a log of any size costs what its windows cost; a window costs less than a pass of fifteen masking rules; how well it groups. */
export async function bench(): Promise<{ name: string; ratio: number; goal: number; atLeast?: boolean; unit?: string; detail?: string }[]> {
  return [sizes(), againstRules(), growing(), ...scores()]
}

const ordinary: readonly ((random: (most: number) => number) => string)[] = [
  (random) => `2026-11-${10 + random(18)}T07:${10 + random(49)}:41.123Z [info] compiled packages/core/src/mod${random(500)}.ts in ${random(900)}ms`,
  (random) => `\u001b[32m✓\u001b[39m tests/unit/case${random(900)}.test.ts (${random(40)} tests) ${random(2000)}ms`,
  (random) => `Downloading https://registry.example.org/pkg-${random(999)}/-/pkg-${random(999)}-1.2.${random(30)}.tgz ${random(900)}.${random(10)} kB/s ${random(100)}%`,
  (random) => `[${random(400)}/400] Building CXX object CMakeFiles/app.dir/src/file${random(400)}.cc.o`,
  (random) => `request id=${random(1e9).toString(16)} listening on 127.0.0.1:${1024 + random(60000)}`,
  () => 'Linking target application with the default configuration and no special options',
]
const ending = ['Traceback (most recent call last):', '  File "/tmp/build-1/repo/app/main.py", line 3, in run', "    return event['id']", "KeyError: 'id'", 'make: *** [Makefile:3: check] Error 1', ''].join('\n')

function log(characters: number): string {
  const random = seeded(7)
  const pick = (most: number) => Math.floor(random() * most)
  const lines: string[] = []
  for (let length = 0; length < characters; length += lines.at(-1)!.length + 1) lines.push(ordinary[pick(ordinary.length)]!(pick))
  return `${lines.join('\n')}\n${ending}`
}

/** What a caller does: the head and the tail of the file, decoded, and the engine. */
function classifyFile(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const read = (from: number, length: number) => {
      const bytes = Buffer.allocUnsafe(length)
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, length, from))
    }
    const { head, tail } = defaultWindow
    const text = size <= head + tail ? read(0, size) : `${read(0, head)}\n${read(size - tail, tail)}`
    return fingerprintOf(causesOf(text)[0]!)
  } finally {
    closeSync(file)
  }
}

function sizes() {
  const folder = mkdtempSync(join(tmpdir(), 'autopack-bench-'))
  try {
    const piece = log(1024 * 1024)
    const write = (name: string, pieces: number) => {
      const file = openSync(join(folder, name), 'w')
      for (let index = 0; index < pieces; index++) writeSync(file, piece)
      closeSync(file)
      return join(folder, name)
    }
    const [small, large] = [write('small.log', 1), write('large.log', mebibytes)]
    const times: Record<string, number[]> = { small: [], large: [] }
    for (let round = 0; round < repetitions; round++) {
      for (const [name, path] of [['small', small], ['large', large]] as const) times[name]!.push(timed(() => classifyFile(path)))
    }
    const [one, all] = [best(times['small']!), best(times['large']!)]
    return { name: `fingerprint of a ${mebibytes} MiB log against one of 1 MiB`, ratio: all / one, goal: 1.2, detail: `${all.toFixed(1)} against ${one.toFixed(1)} ms` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a normaliser does that knows nothing of tools. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/\u001b\[[0-9;?]*[A-Za-z]/g, ''], [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'], [/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'], [/\b0x[0-9a-f]+\b/gi, '<address>'], [/\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g, '<hash>'],
  [/\bhttps?:\/\/[^\s'")]+/g, '<url>'], [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<ip>'], [/(?:\/tmp|\/var\/folders)\/[^\s:)'"]+/g, '<tmp>'], [/(?:\/[\w.@+-]+){2,}/g, '<path>'],
  [/\((\d+),(\d+)\)|:(\d+):(\d+)/g, ':<place>'], [/\b\d+(?:\.\d+)?\s?(?:ms|s|seconds|m)\b/g, '<duration>'], [/\b\d+(?:\.\d+)?\s?(?:[kKMG]i?B|%)/g, '<size>'], [/\b\d+(?:\.\d+)*\b/g, '<n>'], [/[ \t]+/g, ' '],
]

function againstRules() {
  const text = log(256 * 1024)
  const times: Record<string, number[]> = { ours: [], rules: [] }
  for (let round = 0; round < repetitions; round++) {
    times['ours']!.push(timed(() => causesOf(text)))
    times['rules']!.push(timed(() => rules.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text)))
  }
  const [ours, masked] = [best(times['ours']!), best(times['rules']!)]
  return { name: 'a window of 256 KiB, against a pass of fifteen rules', ratio: ours / masked, goal: 1, detail: `${ours.toFixed(1)} against ${masked.toFixed(1)} ms` }
}

/** Errors only, ever more of them: what a text costs above the window is what bounding it costs. */
function growing() {
  const errors = (count: number) => Array.from({ length: count }, (_, index) => `src/file${index % 97}.ts(${index},3): error TS2304: Cannot find name 'value${index % 89}'.`).join('\n')
  const [small, large] = [errors(4_000), errors(400_000)]
  const times: Record<string, number[]> = { small: [], large: [] }
  for (let round = 0; round < repetitions; round++) {
    times['small']!.push(timed(() => causesOf(small)))
    times['large']!.push(timed(() => causesOf(large)))
  }
  const [one, all] = [best(times['small']!), best(times['large']!)]
  return { name: 'a hundred times as many errors', ratio: all / one, goal: 1.5, detail: `${all.toFixed(1)} ms of ${Math.round(large.length / 1024 / 1024)} MiB against ${one.toFixed(1)} ms of ${Math.round(small.length / 1024)} KiB` }
}

/** Over the project's own fixtures: of all pairs with one fingerprint, how many are one cause; how many records are grouped exactly; classes. */
function scores() {
  const rows = failureFixtures().map(({ text, context, expected, tool, cause, id }) => {
    const root = causesOf(text, context)[0]
    return { group: expected.group ?? `${tool}/${cause}`, print: root && root.confidence !== 'low' ? fingerprintOf(root) : id, right: (root?.class ?? 'unknown') === expected.class }
  })
  const pairs = (key: (row: (typeof rows)[number]) => string) => [...Map.groupBy(rows, key).values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0)
  const byPrint = Map.groupBy(rows, ({ print }) => print)
  const byGroup = Map.groupBy(rows, ({ group }) => group)
  const exact = rows.filter(({ group, print }) => byPrint.get(print)!.every((row) => row.group === group) && byGroup.get(group)!.every((row) => row.print === print)).length
  const percent = (value: number) => 100 * value
  const same = pairs(({ group, print }) => `${group} ${print}`)
  const detail = `${rows.length} fixtures, ${byGroup.size} causes`
  return [
    { name: 'pairwise precision', ratio: percent(same / pairs(({ print }) => print)), goal: 99.5, atLeast: true, unit: '%', detail },
    { name: 'grouping accuracy', ratio: percent(exact / rows.length), goal: 92, atLeast: true, unit: '%', detail },
    { name: 'class accuracy', ratio: percent(rows.filter(({ right }) => right).length / rows.length), goal: 97, atLeast: true, unit: '%', detail },
  ]
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
