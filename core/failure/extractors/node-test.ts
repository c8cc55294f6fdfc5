import type { Cause } from '../../model/failure.ts'
import { makeCause } from '../cause.ts'
import type { FailureContext } from '../context.ts'
import type { Extractor } from '../extract.ts'

const point = /^( *)not ok \d+(?: -)? (.+)$/
/** Of a message of several lines: enough to tell two apart. */
const keptLines = 12
const listed = /^test at (\S+?):\d+:\d+$/

/** Failing tests in TAP (node:test, tape, tap) and in node:test's "failing tests" list. A parent fails because its children do: leaves count. */
export const nodeTest: Extractor = {
  tool: 'node-test',
  recognise: (text) => /^ *not ok \d+/m.test(text) || /^✖ failing tests:$/m.test(text),
  extract(text, context) {
    const causes: Cause[] = []
    const lines = text.split('\n')
    const failingList = lines.findIndex((line) => line.startsWith('✖ failing tests:'))
    // Without anything else of TAP, a line that looks like it is what a test printed.
    const isTap = failingList === -1 && lines.some((line) => /^(?:TAP version \d+|1\.\.\d+| *---$)/.test(line))
    for (const [index, line] of lines.entries()) {
      const found = isTap ? fromTap(lines, index) : failingList !== -1 && index > failingList ? fromList(lines, index) : undefined
      if (found) causes.push(testCause({ ...found, evidence: [line.trim(), ...lines.slice(index + 1, index + 12).map((each) => each.trim())] }, context))
    }
    return causes
  },
}

function fromTap(lines: readonly string[], index: number): Found | undefined {
  const failed = point.exec(lines[index]!)
  if (!failed || /(?:^|\s)#\s*(?:todo|skip)\b/i.test(failed[2]!)) return undefined
  const block = blockAfter(lines, index, failed[1]!.length)
  if (block.some((line) => line.includes('subtestsFailed'))) return undefined
  const message = valueOf(block, 'error')
  // A file that could not be loaded: the runtime's own message, which comes before, is the cause.
  if (message === 'test failed' && block.some((line) => /exitCode: [1-9]/.test(line))) return undefined
  const file = /^'?(?:file:\/\/)?(.+?)(?::\d+){1,2}'?$/.exec(valueOf(block, 'location') ?? valueOf(block, 'at') ?? '')?.[1]
  const name = failed[2]!.replace(/ \{$/, '').replace(/\\([#\\])/g, '$1')
  return { name, message, file, code: valueOf(block, 'code') }
}

function fromList(lines: readonly string[], index: number): Found | undefined {
  const at = listed.exec(lines[index]!.trim())
  const name = at && /^✖ (.+?)(?: \([\d.]+ms\))?$/.exec(lines[index + 1]?.trim() ?? '')?.[1]
  if (!at || !name || /\([\d.]+ms\) # /.test(name)) return undefined
  const after = lines.slice(index + 2, index + 40)
  const end = after.findIndex((line) => /^\s+at |^test at /.test(line))
  const said = (end === -1 ? after : after.slice(0, end)).map((line) => line.trim()).filter((line) => line !== '')
  if (said[0] === "'test failed'") return undefined
  const message = said.slice(0, keptLines).join(' ')
  const [, code, rest] = /^\w*Error(?: \[(\w+)\])?: (.*)$/.exec(message) ?? []
  return { name, message: rest ?? message, file: at[1], code }
}

type Found = Omit<FailedTest, 'evidence'>
interface FailedTest { name: string; message: string | undefined; file: string | undefined; code?: string | undefined; evidence: string[] }

function testCause({ name, message, file, code, evidence }: FailedTest, context: FailureContext): Cause {
  const title = `Test "${name}" fails${message ? `: ${message}` : ''}`
  return makeCause({ tool: 'node-test', class: 'test_failed', test: name, file, code, title, key: [file, name, message], evidence }, context)
}

function blockAfter(lines: readonly string[], index: number, indent: number): string[] {
  if (lines[index + 1]?.trim() !== '---') return []
  const end = lines.findIndex((line, position) => position > index && /^ *\.\.\.$/.test(line) && line.length - 3 <= indent + 2)
  return lines.slice(index + 2, end === -1 ? index + 40 : end)
}

function valueOf(block: readonly string[], key: string): string | undefined {
  const index = block.findIndex((line) => line.trim().startsWith(`${key}:`))
  if (index === -1) return undefined
  const value = block[index]!.trim().slice(key.length + 1).trim()
  if (!/^[|>][-+]?$/.test(value)) return value.replace(/^(['"])(.*)\1$/, '$2')
  const depth = block[index]!.length - block[index]!.trimStart().length
  const end = block.findIndex((line, position) => position > index && line.trim() !== '' && line.length - line.trimStart().length <= depth)
  return block.slice(index + 1, end === -1 ? undefined : end).map((line) => line.trim()).filter((line) => line !== '').slice(0, keptLines).join(' ')
}
