import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lastLine } from '../../../core/process/log.ts'
import { createRedactor } from '../../../core/process/redact.ts'

const test = suite('log')

const secret = 'correct horse battery staple'

test('the last line of a log that is written holds no part of a secret, wherever the look at it begins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'autopack-log-'))
  try {
    const file = join(folder, 'a.log')
    const redactor = createRedactor({ secrets: [secret] })
    const length = 8 * 1024 + redactor.margin
    // Where the window begins in the secret, and where what is shown of it does.
    for (const start of [length, 8 * 1024]) {
      for (let inside = 0; inside <= secret.length; inside++) {
        writeFileSync(file, `${'. '.repeat(length)}${secret}${'. '.repeat(length).slice(0, start - secret.length + inside)}`)
        const line = lastLine(file, 0, redactor)
        assert.ok(line.length > 4_000, 'nothing was shown')
        for (const part of [secret.slice(0, 8), secret.slice(-8), 'staple', 'ple']) assert.not.ok(line.includes(part), `${start} ${inside}: ${part}`)
      }
    }
    writeFileSync(file, `first\nthe key is ${secret}\n\n`)
    assert.is(lastLine(file, 0, redactor), 'the key is [redacted]')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
