import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, fingerprintOf } from '../../../core/failure/index.ts'
import { seeded } from '../../support/checks.ts'
import { failureFixtures } from '../../support/failures.ts'

const test = suite('failure laws')
const fixtures = failureFixtures(process.env['FIXTURES']?.split(','))
const pick = <T>(random: () => number, values: readonly T[]) => values[Math.floor(random() * values.length)]!
const digits = (random: () => number, count: number) => String(Math.floor(random() * 10 ** count)).padStart(count, '0')

/** The root cause's fingerprint; low confidence has none that counts. */
function print(text: string, projectRoot?: string): string {
  const root = causesOf(text, projectRoot === undefined ? {} : { projectRoot })[0]
  return root && root.confidence !== 'low' ? fingerprintOf(root) : 'none'
}

/** The folder of the checkout that an output shows, of those that runners and people use. */
function rootIn(text: string): string | undefined {
  return /(?:\/tmp\/(?:autopack-\d+\/repo|fx\/[\w-]+)|\/home\/dev\/projects\/[\w-]+)(?=[/\s:'")])/.exec(text)?.[0]
}

const stamps: readonly ((random: () => number) => string)[] = [
  (random) => `2026-11-${10 + Math.floor(random() * 18)}T07:53:${digits(random, 2)}.${digits(random, 7)}Z `,
  (random) => `[2026-11-1${digits(random, 1)} 07:53:${digits(random, 2)},${digits(random, 3)}] `,
  (random) => `[${digits(random, 2)}:12:${digits(random, 2)}] `,
]

const changes: Readonly<Record<string, (text: string, random: () => number) => string>> = {
  'behind a banner': (text, random) => {
    const run = `run_${digits(random, 9)}e`
    return `[${run}] attempt 2/3 $ the command\n${text.replace(/\n?$/, '\n')}[${run}] command failed with exit code 1 after 0.${digits(random, 1)}s (pid ${digits(random, 5)})\n`
  },
  'in a job log': (text, random) => `Run ${digits(random, 10)} on runner-${digits(random, 4)} (attempt 4)\nnpm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.\nlint: 0 errors, ${digits(random, 1)} warnings\n  ok 7 - error handler returns 500 when the upstream fails (77ms)\n${text.replace(/\n?$/, '\n')}\nPost job cleanup. Uploading logs to artifact logs-${digits(random, 6)} (82 KiB)\nJob finished with status failure after 7m${digits(random, 1)}s\n`,
  'with colours': (text, random) => text.split('\n').map((line) => (line !== '' && random() < 0.6 ? `\u001b[${31 + Math.floor(random() * 6)}m${line}\u001b[39m` : line)).join('\n'),
  'with CRLF': (text) => text.replace(/\r?\n/g, '\r\n'),
  'with a stamp before each line': (text, random) => {
    const stamp = pick(random, stamps)
    return text.split('\n').map((line) => stamp(random) + line).join('\n')
  },
  'in a downloaded job log': (text, random) => text.split('\n').map((line) => `build\tRun tests\t2026-11-12T11:01:${digits(random, 2)}.1234567Z ${line}`).join('\n'),
  'as a service of compose': (text) => text.split('\n').map((line) => `web-1  | ${line}`).join('\n'),
  'as a step of BuildKit': (text, random) => text.split('\n').map((line) => `#12 3.${digits(random, 3)} ${line}`).join('\n'),
  'below make': (text, random) => `make[1]: Entering directory '/x/y'\n${text.replace(/\n?$/, '\n')}make[1]: *** [Makefile:${digits(random, 2)}: test] Error 1\nmake: *** [Makefile:3: all] Error 2\n`,
  'with another locale’s quotes': (text) => text.replace(/(?<![\w'])'([\w./-]+)'(?![\w'])/g, '‘$1’'),
  'on another day': (text) => text.replace(/\b2026-\d\d-\d\dT?/g, (date) => (date.endsWith('T') ? '2027-03-04T' : '2027-03-04')),
}

test('law: banners, job logs, colours, line ends, stamps, quotes and days change no fingerprint', () => {
  const broken: string[] = []
  for (const [index, { id, text, context }] of fixtures.entries()) {
    const expected = print(text, context.projectRoot)
    if (expected === 'none') continue
    const seed = index + 1
    // Every change on one output of each cause, some on its others.
    const tried = Object.entries(changes).filter((_, number) => id.endsWith('-1.txt') || (number + index) % 4 === 0)
    for (const [name, change] of tried) {
      if (print(change(text, seeded(seed)), context.projectRoot) !== expected) broken.push(`${id} ${name}, seed ${seed}`)
    }
  }
  assert.is(broken.join('\n'), '')
})

test('law: a move of the checkout changes no fingerprint, where the caller knows it and where it has to be guessed', () => {
  const broken: string[] = []
  for (const [index, { id, text }] of fixtures.entries()) {
    const root = rootIn(text)
    if (root === undefined) continue
    const random = seeded(index + 1)
    const known = pick(random, [`/home/ci-${digits(random, 5)}/work`, `/private/tmp/w${digits(random, 3)}/tree`, `/data/x y/${digits(random, 4)}`.replace(' ', '_')])
    if (print(text.replaceAll(root, known), known) !== print(text, root)) broken.push(`${id} at ${known}, seed ${index + 1}`)
    const guessed = pick(random, [`/tmp/worktrees/run-${digits(random, 8)}/attempt-2/repo`, `/var/tmp/ci_${digits(random, 5)}/build-${digits(random, 3)}/checkout`, `/home/runner/work/shop-${digits(random, 2)}/shop`])
    if (!root.startsWith('/tmp/fx/') && print(text.replaceAll(root, guessed)) !== print(text)) broken.push(`${id} at ${guessed}, seed ${index + 1}`)
  }
  assert.is(broken.join('\n'), '')
})

test('law: Windows separators change no fingerprint', () => {
  const broken: string[] = []
  for (const { id, text } of fixtures) {
    const root = rootIn(text)
    // What looks like a URL or a command line of a Unix tool has no such form.
    if (root === undefined || /file:\/\//.test(text)) continue
    const windows = text.replaceAll(new RegExp(`${root.replaceAll('/', '\\/')}((?:/[\\w.@+-]+)+)`, 'g'), (_, rest: string) => `C:\\Users\\dev\\work\\shop${rest.replaceAll('/', '\\')}`).replaceAll(root, 'C:\\Users\\dev\\work\\shop')
    if (print(windows, 'C:\\Users\\dev\\work\\shop') !== print(text, root)) broken.push(id)
  }
  assert.is(broken.join('\n'), '')
})

test('law: a fingerprint does not depend on what lies far from the cause in a long output', () => {
  const filler = Array.from({ length: 3_000 }, (_, index) => `[info] module ${index % 17} is in place`).join('\n')
  const broken: string[] = []
  for (const { id, text, context } of fixtures.filter(({ id: name }) => name.endsWith('-1.txt'))) {
    const expected = print(text, context.projectRoot)
    // What is tried again is a failure only where nothing comes after it.
    const after = /\bretr(?:y|ies|ying|ied)\b/i.test(text) ? '' : filler
    if (expected !== 'none' && print(`${filler}\n${text}\n${after}`, context.projectRoot) !== expected) broken.push(id)
  }
  assert.is(broken.join('\n'), '')
})

test.run()
