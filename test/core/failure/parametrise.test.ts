import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parametrise, relativise } from '../../../core/failure/index.ts'

const test = suite('parametrise')
const context = { projectRoot: '/w/wt-3/shop', workspace: '/w/wt-3', home: '/home/dev', temporaryDir: '/tmp', run: 'shop-p2-20251208', phase: 'frontend-build', branch: 'autopack/shop/shop-p2-20251208', attempt: 2 }

const same: readonly (readonly [string, string])[] = [
  ['Error at /w/wt-3/shop/src/a.ts:10:4', 'Error at src/a.ts'],
  ['file:///w/wt-3/shop/src/a.ts:10:4', 'src/a.ts'],
  ['src\\cart\\total.ts(10,4): error', 'src/cart/total.ts: error'],
  ['C:\\Users\\dev\\AppData\\repo\\a.ts', '{…}/repo/a.ts'],
  ['cannot write /tmp/ab12cd/out.csv', 'cannot write {…}/out.csv'],
  ['cannot write /tmp/tmpk3j_x9qz/deep/in/out.csv', 'cannot write {…}/in/out.csv'],
  ['cannot read /tmp/tmpk3j_x9qz', 'cannot read {…}/{id}'],
  ['GET http://127.0.0.1:43703/v1/items/373?x=1: 404', 'GET http://127.0.0.1:{port}/v1/items/{id}?x=1: 404'],
  ['mkdir data/cache-908d', 'mkdir data/cache-{id}'],
  ['[worker-3] timed out after 2000 milliseconds', '[worker-{pid}] timed out after {duration}'],
  ['took 12.5ms, 3 seconds', 'took {duration}, {duration}'],
  ['at 2026-01-05T10:11:12.123Z and 10:11:12', 'at {time} and {time}'],
  ['connect ECONNREFUSED 127.0.0.1:28933', 'connect ECONNREFUSED 127.0.0.1:{port}'],
  ['listening on port 8080 (pid 4242)', 'listening on port {port} (pid {pid})'],
  ['<Cart object at 0x7f03bb5fa4d0>', '<Cart object at {address}>'],
  ['request 6d3c1f0e-1111-4222-8333-9c0ffee00001', 'request {uuid}'],
  ['commit 8b1a9953c4611296a827abf8c47804d7', 'commit {hash}'],
  ['3 errors, 12 tests failed', '{n} errors, {n} tests failed'],
  ['attempt 2/3 of shop-p2-20251208 in frontend-build', 'attempt {n} of {run} in {phase}'],
  ['line 3, column 8 (char 9)', 'line {n}, column {n} (char {n})'],
  ['wrote 12 MiB, id 1700000000', 'wrote {size}, id {n}'],
]

test('what varies is replaced', () => {
  for (const [text, expected] of same) assert.is(parametrise(text, context), expected)
})

test('a phase that is called by an ordinary word leaves that word in what others read too', () => {
  const message = 'SyntaxError: invalid syntax'
  for (const phase of ['syntax', 'invalid', 'a']) {
    assert.is(parametrise(message, { ...context, phase }), message)
    assert.is(parametrise(`${message} (phase ${phase}, Phase: ${phase}, phase="${phase}")`, { ...context, phase }), `${message} (phase {phase}, Phase: ${phase}, phase="{phase}")`)
  }
})

test('what names the cause stays', () => {
  for (const text of ["No module named 'praw'", 'expected 500 to be 200', 'TS2304: Cannot find name', 'error[E0308]', 'exit code 127', 'tests/test_a.py::test_b[2]', '43 !== 42', 'ENOENT']) {
    assert.is(parametrise(text, context), text)
  }
})

test('twice is as once', () => {
  for (const [text] of same) assert.is(parametrise(parametrise(text, context), context), parametrise(text, context))
})

test('titles keep their numbers and lose the checkout', () => {
  assert.is(relativise('/w/wt-3/shop/src/a.ts:10:4 took 12ms in /w/wt-3/shop', context), 'src/a.ts:10:4 took 12ms in .')
  assert.is(relativise('/w/wt-30/shop/x', context), '{…}/shop/x', 'a neighbour of a like name is not the checkout')
})

test.run()
