import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, fingerprintOf, shortFingerprint } from '../../../core/failure/index.ts'
import { fixture, seeded } from '../../support/checks.ts'

const test = suite('fingerprint')

test('version and twelve hexadecimal characters, of class, tool and template', () => {
  const cause = { class: 'test_failed', tool: 'pytest', template: 'a | b' }
  const print = fingerprintOf(cause)
  assert.match(print, /^v1-[0-9a-f]{12}$/)
  assert.is(shortFingerprint(print), print.slice(3, 10))
  for (const other of [{ class: 'crash' }, { tool: 'node' }, { template: 'a | c' }]) assert.is.not(fingerprintOf({ ...cause, ...other }), print)
})

// Outputs with the root at which they were made; each must keep its fingerprints wherever and whenever it is made again.
const outputs = [
  { root: '/tmp/fx/py', text: fixture('pytest.txt') },
  { root: '/tmp/fx/pycol', text: fixture('pytest-collection.txt') },
  { root: '/tmp/fx/js', text: fixture('node24.tap') },
  { root: '/tmp/fx/py', text: 'Traceback (most recent call last):\n  File "/tmp/fx/py/app/main.py", line 5, in run\n    go()\nValueError: bad row in /tmp/fx/py/data/in.csv after 12 ms\n' },
  { root: '/tmp/fx/js', text: 'node:assert:90\n\nAssertionError [ERR_ASSERTION]: 43 == 42\n    at Object.<anonymous> (/tmp/fx/js/check.js:4:8)\n\nNode.js v24.1.0\n' },
]
const prints = (text: string, projectRoot: string) => causesOf(text, { projectRoot }).map(fingerprintOf)

const changes: Readonly<Record<string, (text: string, random: () => number) => string>> = {
  'line numbers': (text, random) => text.replace(/(\.(?:py|[cm]?js)):(\d+)/g, (_, file) => `${file}:${1 + Math.floor(random() * 900)}`).replace(/line \d+/g, () => `line ${1 + Math.floor(random() * 900)}`),
  colours: (text, random) => text.split('\n').map((line) => (random() < 0.5 && line !== '' ? `\u001b[${31 + Math.floor(random() * 6)}m${line}\u001b[0m` : line)).join('\n'),
  'CRLF': (text) => text.replaceAll('\n', '\r\n'),
  'stamps before lines': (text, random) => text.split('\n').map((line) => `2026-11-17T07:53:${String(Math.floor(random() * 60)).padStart(2, '0')}.2897801Z ${line}`).join('\n'),
  durations: (text, random) => text.replace(/\d+\.\d+s/g, () => `${(random() * 90).toFixed(2)}s`).replace(/duration_ms: [\d.]+/g, () => `duration_ms: ${random() * 100}`).replace(/\d+ ms/g, () => `${Math.floor(random() * 99)} ms`),
}

test('law: moving the checkout, line numbers, colours, line ends, stamps and durations change nothing', () => {
  for (const [index, { root, text }] of outputs.entries()) {
    const expected = prints(text, root)
    assert.ok(expected.length > 0 && new Set(expected).size === expected.length, `output ${index}`)
    for (let seed = 1; seed <= 15; seed += 1) {
      const random = seeded(seed)
      const moved = `/home/ci-${Math.floor(random() * 1e6)}/worktrees/run_${seed}/checkout`
      assert.equal(prints(text.replaceAll(root, moved), moved), expected, `output ${index}, moved, seed ${seed}`)
      for (const [name, change] of Object.entries(changes)) assert.equal(prints(change(text, random), root), expected, `output ${index}, ${name}, seed ${seed}`)
      const all = Object.values(changes).reduce((changed, change) => change(changed, random), text.replaceAll(root, moved))
      assert.equal(prints(all, moved), expected, `output ${index}, all at once, seed ${seed}`)
    }
  }
})

test('law: two modules, symbols, tests, messages or files are two causes', () => {
  const python = (last: string, file = 'a') => `Traceback (most recent call last):\n  File "/w/${file}.py", line 1, in f\n${last}\n`
  const texts = [
    ...['praw', 'pandas', 'shop.cart', 'shop.card'].map((name) => python(`ModuleNotFoundError: No module named '${name}'`)),
    ...['x', 'y'].map((name) => python(`ImportError: cannot import name '${name}' from 'a' (/w/a.py)`)),
    ...["KeyError: 'id'", "KeyError: 'key'", 'ValueError: 404', 'ValueError: 500'].map((last) => python(last)), python("KeyError: 'id'", 'b'),
    ...['adds', 'totals'].map((name) => `not ok 1 - ${name}\n  ---\n  error: '1 == 2'\n  ...\n`), "not ok 1 - adds\n  ---\n  error: '1 == 3'\n  ...\n",
    ...['left-padder', 'right-padder', './a', './b'].map((name) => `Error: Cannot find module '${name}'\n    at x (node:y:1:1)\nNode.js v24.0.0\n`),
    'sh: 1: tsc: not found', 'sh: 1: tsx: not found', 'Error: state is locked', 'Error: state is gone',
  ]
  const all = texts.flatMap((text) => prints(text, '/w'))
  assert.is(all.length, texts.length)
  assert.is(new Set(all).size, texts.length)
})

test.run()
