import type { Cause } from '../../model/failure.ts'
import { makeCause } from '../cause.ts'
import type { FailureContext } from '../context.ts'
import type { Extractor } from '../extract.ts'

const point = /^( *)not ok \d+(?: -)? (.+)$/
const spec = /^test at (\S+?):\d+:\d+$/

/** Failing tests in TAP (node:test, tape, tap) and in node:test's "failing tests" list. A parent fails because its children do: leaves count. */
export const nodeTest: Extractor = {
  tool: 'node-test',
  recognise: (text) => /^ *not ok \d+/m.test(text) || /^✖ failing tests:$/m.test(text),
  extract(text, context) {
    const causes: Cause[] = []
    const lines = text.split('\n')
    let inFailing = false
    for (const [index, line] of lines.entries()) {
      const failed = point.exec(line)
      if (failed && !/(?:^|\s)#\s*(?:todo|skip)\b/i.test(failed[2]!)) {
        const block = blockAfter(lines, index, failed[1]!.length)
        if (block.some((each) => each.includes('subtestsFailed'))) continue
        const message = valueOf(block, 'error')
        // A file that could not be loaded: the runtime's own message, which comes before, is the cause.
        if (message === 'test failed' && block.some((each) => /exitCode: [1-9]/.test(each))) continue
        const file = /^'?(?:file:\/\/)?(.+?)(?::\d+){1,2}'?$/.exec(valueOf(block, 'location') ?? valueOf(block, 'at') ?? '')?.[1]
        const name = failed[2]!.replace(/ \{$/, '').replace(/\\([#\\])/g, '$1')
        const evidence = [line.trim(), ...block.slice(0, 12).map((each) => each.trim())]
        causes.push(testCause({ name, message, file, code: valueOf(block, 'code'), evidence }, context))
      }
      if (line.startsWith('✖ failing tests:')) inFailing = true
      const at = inFailing ? spec.exec(line.trim()) : null
      const name = at ? /^✖ (.+?)(?: \([\d.]+ms\))?$/.exec(lines[index + 1]?.trim() ?? '') : null
      if (at && name) {
        const said = lines.slice(index + 2, index + 20).map((each) => each.trim())
        const message = said.filter((each) => each !== '' && !each.startsWith('at ')).slice(0, 6).join(' ')
        causes.push(testCause({ name: name[1]!, message, file: at[1], evidence: lines.slice(index, index + 4).map((each) => each.trim()) }, context))
      }
    }
    return causes
  },
}

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
  return block.slice(index + 1, end === -1 ? undefined : end).map((line) => line.trim()).filter((line) => line !== '').slice(0, 12).join(' ')
}
