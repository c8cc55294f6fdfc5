import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { guessRoot, isOwnFile, pathLocaliser } from '../../../core/failure/roots.ts'

const test = suite('roots')
const guessed = pathLocaliser({})

/** Where CI services, agents and people check out. */
const checkouts = [
  '/tmp/autopack-59710f/repo', '/var/tmp/ci_16452/build-287/checkout', '/tmp/ws.986d6933-ebc1-4608-8569-cd2f83f6e547/phase-07_attempt-3', '/home/runner/work/shop-18/shop', '/home/runner/work/shop/shop',
  '/srv/agents/wt-c629a2e5/src-3', '/Users/kim/dev/shop', '/home/dev/projects/shop', '/home/dev/shop', `/root${'/'}shop`, '/builds/acme/shop', '/__w/shop/shop', '/github/workspace', '/workspace', '/usr/src/app',
  '/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/tmp.8sjK2/repo', '/tmp/tmpab12cd9x', '/mnt/agent/work/77/s', '/opt/actions-runner/_work/shop/shop', '/var/lib/jenkins/workspace/shop', '/data/jobs/8812/checkout',
  'C:\\Users\\dev\\AppData\\Local\\Temp\\ap-4a2e2a\\repo', 'D:\\a\\shop\\shop',
]

test('a project is found below the folders that hold checkouts', () => {
  for (const root of checkouts) {
    const separator = root.includes('\\') ? '\\' : '/'
    for (const path of ['src/cart.js', 'test/unit/cart.test.js', 'packages/cart/src/index.ts', 'lib/v2/a.py']) {
      assert.is(guessed(`  at ${[root, ...path.split('/')].join(separator)}:3:4`), `  at ${path}:3:4`, root)
    }
  }
})

test('what is installed, and what is no path, is left as it is', () => {
  for (const line of ['/usr/lib/python3.11/json/decoder.py', '/home/ci/.pyenv/versions/3.11.7/lib/python3.11/ast.py', 'http://127.0.0.1:43703/http503/v1/items/373', 'https://example.com/home/dev/shop/src', 'and/or', 'a / b', '/etc/hosts', 'src/cart.c:2:10', "import '../lib/a.js'"]) {
    assert.is(guessed(line), line)
  }
  assert.is(guessRoot(['usr', 'lib', 'x.py']), undefined)
})

test('known roots come before guesses; a neighbour of a like name is none', () => {
  const known = pathLocaliser({ projectRoot: '/w/wt-3/shop', workspace: '/w/wt-3' })
  assert.is(known('in /w/wt-3/shop/src/a.ts and /w/wt-3/b.ts and file:///w/wt-3/shop/c.ts'), 'in src/a.ts and b.ts and c.ts')
  assert.is(known('in /w/wt-30/shop/src/a.ts'), 'in /w/wt-30/shop/src/a.ts')
  assert.is(pathLocaliser({ projectRoot: 'C:\\w\\shop' })('at C:\\w\\shop\\src\\a.ts:3:4'), 'at src/a.ts:3:4')
})

test('whose file it is', () => {
  for (const path of ['src/a.ts', 'app/main.py', 'a.rb', '/home/dev/shop/a.py']) assert.ok(isOwnFile(path), path)
  for (const path of ['node:internal/a', 'node_modules/a/b.js', '/usr/lib/python3/a.py', 'x/site-packages/a.py', '<frozen importlib>', '/rustc/abc/library/core.rs']) assert.not.ok(isOwnFile(path), path)
})

test.run()
