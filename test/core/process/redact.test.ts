import { appendFileSync, chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRedactor } from '../../../core/process/redact.ts'
import { secretValues } from '../../../core/process/environment.ts'

const test = suite<{ folder: string }>('redaction')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'autopack-redact-'))
})
test.after.each((context) => rmSync(context.folder, { recursive: true, force: true }))

/** Written in two parts, so that nothing that searches for keys stumbles over this file. */
const fake = (...parts: string[]) => parts.join('')
const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7'
const keyBlock = (kind: string, separator = '\n') =>
  [fake('-----BEGIN ', kind, 'PRIVATE KEY-----'), body, body, 'abc=', fake('-----END ', kind, 'PRIVATE KEY-----')].join(separator)

const shapes: [name: string, text: string, redacted: string][] = [
  ['an OpenAI key', fake('key sk-', 'proj-abcdefghijklmnop123456 end'), 'key [redacted] end'],
  ['an Anthropic key', fake('"sk-', 'ant-api03-AAAAbbbbCCCC1111-_x"'), '"[redacted]"'],
  ['a Stripe key', fake('sk_', 'live_abcdefghij1234567890'), '[redacted]'],
  ['a GitHub token', fake('ghp_', 'abcdefghijklmnopqrstuvwxyz0123456789'), '[redacted]'],
  ['a fine-grained GitHub token', fake('github_', 'pat_11AAAAAAA0aaaaaaaaaaaa_bbbbbbbb'), '[redacted]'],
  ['an Amazon key id', fake('id=AKIA', 'IOSFODNN7EXAMPLE,'), 'id=[redacted],'],
  ['a Google key', fake('AIza', 'SyA1234567890abcdefghijklmnopqrstuv'), '[redacted]'],
  ['a Slack token', fake('xoxb-', '123456789012-abcdefghijkl'), '[redacted]'],
  ['a web token', fake('eyJ', 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123_-abcdef'), '[redacted]'],
  ['a bearer header', 'Authorization: Bearer abcdef', 'Authorization: Bearer [redacted]'],
  ['a basic header in JSON', '{"authorization": "Basic dXNlcjpwYXNz"}', '{"authorization": "Basic [redacted]"}'],
  ['a bearer token elsewhere', 'curl -H "bearer 0123456789abcdef0123"', 'curl -H "bearer [redacted]"'],
  ['a password in a URL', 'postgres://app:hunter2@db.local:5432/x', 'postgres://app:[redacted]@db.local:5432/x'],
  ['a password in a URL without a user', 'redis://:hunter2@cache', 'redis://:[redacted]@cache'],
  ['a private key', `before\n${keyBlock('RSA ')}\nafter`, 'before\n[redacted]\nafter'],
  ['a private key in JSON', `{"private_key": "${keyBlock('', '\\n')}\\n"}`, '{"private_key": "[redacted]\\n"}'],
  ['a private key without an end', `${fake('-----BEGIN ', 'PRIVATE KEY-----')}\n${body}\n${body}\nthe end of it`, '[redacted]\nthe end of it'],
]
for (const [name, text, redacted] of shapes) {
  test(`redacts ${name}`, () => assert.is(createRedactor().redact(text), redacted))
}

const harmless = [
  'task-implement-the-front-end-2026-build',
  'sk-component-library-base-name',
  'risk-assessment-of-quarter-four-2026',
  'the bearer of this letter',
  'bearer authentication-is-required',
  'http://localhost:3000/path@2',
  'https://example.invalid/a:b',
  'git@github.com:owner/name.git',
  'at Object.<anonymous> (file:///a/b.js:1:2)',
  fake('-----BEGIN ', 'CERTIFICATE-----'),
  'sha512-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ==',
]
for (const text of harmless) test(`leaves alone: ${text}`, () => assert.is(createRedactor().redact(text), text))

test('known values are found as they are, line by line, percent-encoded, escaped and in base64', () => {
  const { redact } = createRedactor({ secrets: ['p@ss "word" 1', 'first line of it\nsecond line', 'short'] })
  assert.is(redact('<p@ss "word" 1>'), '<[redacted]>')
  assert.is(redact(JSON.stringify({ a: 'p@ss "word" 1' })), '{"a":"[redacted]"}')
  assert.is(redact(`?q=${encodeURIComponent('p@ss "word" 1')}`), '?q=[redacted]')
  assert.is(redact(`b64 ${Buffer.from('p@ss "word" 1').toString('base64')}`).startsWith('b64 [redacted]'), true)
  assert.is(redact('x second line y short'), 'x [redacted] y short')
})

test('secret values of an environment: by name, and passwords in URLs; never a path, a switch or a working directory', () => {
  const values = secretValues({
    OPENAI_API_KEY: 'value-of-the-key', GITHUB_TOKEN: 'value-of-the-token', DB_PASSWORD: 'alllowercase', DATABASE_URL: 'postgres://u:pass-word-1@h/d', SENTRY_DSN: 'https://abc@sentry/1',
    PWD: '/home/dev/project/here', OLDPWD: '/home/dev/project', SSH_AUTH_SOCK: '/tmp/ssh/agent.1', GOOGLE_APPLICATION_CREDENTIALS: '/home/u/creds.json', AUTH_TYPE: 'password', MAX_TOKENS: '20000000',
    AUTHOR: 'Somebody Important', MONKEY: 'banana-banana', PATH: '/usr/bin:/bin', API_KEY: 'short', KEY_FILE: 'somewhere-else', EMPTY_SECRET: undefined,
  })
  assert.equal(values.sort(), ['alllowercase', 'https://abc@sentry/1', 'pass-word-1', 'value-of-the-key', 'value-of-the-token'])
})

/** A small generator with a seed that a failure prints. */
function generator(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('a file is redacted as its text is, wherever secrets fall on the borders of what is read at once', async ({ folder }) => {
  const secrets = ['correct-horse-battery', `long-${'x'.repeat(3000)}`, 'schlüssel-mit-umlaut']
  const redactor = createRedactor({ secrets })
  const bits = [...secrets, ...shapes.map(([, text]) => text), ...harmless, '\n', ' ', 'ü', 'plain text\n', fake('-----BEGIN ', 'PRIVATE KEY-----\n')]
  for (let seed = 1; seed <= 6; seed++) {
    const random = generator(seed)
    const parts: string[] = []
    let bytes = 0
    const add = (part: string) => {
      parts.push(part)
      bytes += Buffer.byteLength(part)
    }
    // Around two borders of one megabyte each, secrets lie close together; filler between them, without newlines for odd seeds.
    for (const border of [1024 * 1024, 2 * 1024 * 1024]) {
      const filler = seed % 2 ? 'x.' : 'some line\n'
      const start = border - 40_000 + random(200)
      add(filler.repeat(Math.ceil((start - bytes) / filler.length)))
      while (bytes < border + 5_000) add(`${bits[random(bits.length)]!} `)
    }
    const text = parts.join('')
    const file = join(folder, `${seed}.log`)
    writeFileSync(file, text)
    assert.is(await redactor.redactFile(file), true)
    const got = readFileSync(file, 'utf8')
    const wanted = redactor.redact(text)
    if (got !== wanted) {
      const at = wanted.split('').findIndex((character, index) => character !== got[index])
      assert.unreachable(`seed ${seed}: differs at ${at}: wanted ${JSON.stringify(wanted.slice(at - 60, at + 60))}, got ${JSON.stringify(got.slice(at - 60, at + 60))}`)
    }
    for (const secret of secrets) assert.not.ok(got.includes(secret), `seed ${seed}`)
  }
})

test('a file without a secret is not touched, one with a secret keeps its mode and what stood before', async ({ folder }) => {
  const file = join(folder, 'a.log')
  writeFileSync(file, 'Bearer of news\n')
  chmodSync(file, 0o640)
  const { ino } = statSync(file)
  const redactor = createRedactor({ secrets: ['correct-horse-battery'] })
  assert.is(await redactor.redactFile(file), false)
  assert.is(statSync(file).ino, ino)
  writeFileSync(file, Buffer.concat([Buffer.from('old correct-horse-battery '), Buffer.from([0, 255, 10]), Buffer.from('new correct-horse-battery')]))
  assert.is(await redactor.redactFile(file, 29), true)
  assert.is(readFileSync(file, 'latin1'), 'old correct-horse-battery \0\xff\nnew [redacted]')
  assert.is(statSync(file).mode & 0o777, 0o640)
  assert.equal(readdirSync(folder), ['a.log'])
})

test('lines that are made to be slow take time in proportion to their length', () => {
  const redactor = createRedactor({ secrets: ['correct-horse-battery'] })
  const nasty = ['sk-', 'eyJaaaaaaaaaaaa.', 'a://b:', 'Authorization: Bearer ', 'bearer ', fake('-----BEGIN ', 'PRIVATE KEY-----\n'), 'aaaaaaaaaaaaaaaa', '://', 'sk-a', 'a.eyJ']
  // Processor time of twenty times the input against that of the input: linear is 20, quadratic 400.
  const cost = (text: string) => {
    let best = Infinity
    for (let run = 0; run < 3; run++) {
      const start = process.cpuUsage()
      redactor.redact(text)
      const { user, system } = process.cpuUsage(start)
      best = Math.min(best, user + system)
    }
    return best
  }
  for (const piece of nasty) {
    const repeat = (length: number) => piece.repeat(Math.ceil(length / piece.length))
    const [small, large] = [cost(repeat(10_000)), cost(repeat(200_000))]
    assert.ok(large < Math.max(small, 2_000) * 120, `${JSON.stringify(piece)}: ${small} µs for 10 kB, ${large} µs for 200 kB`)
  }
})

test('lines that are added while a file is rewritten stand in it afterwards', async ({ folder }) => {
  const secret = 'correct horse battery staple'
  const file = join(folder, 'a.log')
  const { redactFile } = createRedactor({ secrets: [secret] })
  writeFileSync(file, `${secret}\n${'x'.repeat(3 * 1024 * 1024)}\n`)
  const rewriting = redactFile(file)
  let [count, isOver] = [0, false]
  void rewriting.finally(() => { isOver = true })
  while (!isOver) {
    appendFileSync(file, `line ${count++}\n`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.is(await rewriting, true)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(2)
  assert.equal(lines, Array.from({ length: count }, (_, index) => `line ${index}`))
  assert.ok(count > 10, 'nothing was added meanwhile')
})

test.run()
