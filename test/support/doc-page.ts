/**
 * A page of the documentation as a reader follows it. Of its code fences:
 *
 * - a `sh run` fence is run, in order, in the folder where the one before it ended; `exit=1` says that it ends with that code
 * - a `text` fence behind it is an excerpt of what it prints; a line with `…` leaves something out
 * - a fence whose first line is a comment with the name of a file is that file, written where the shell is
 * - `sh install` puts Autopack into the folder: it is the caller's to do, and test/e2e/package.test.ts does it in earnest
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot, writeFiles } from './project.ts'
import type { TestProject } from './project.ts'

export type DocStep =
  | { type: 'run'; script: string; exitCode: number; line: number }
  | { type: 'install'; script: string; exitCode: number; line: number }
  | { type: 'excerpt'; text: string; line: number }
  | { type: 'file'; name: string; text: string; line: number }

export function readPage(name: string): string {
  return readFileSync(path.join(repositoryRoot, name), 'utf8')
}

/** The fences that mean something to a reader who types along. */
export function stepsOf(page: string): DocStep[] {
  const steps: DocStep[] = []
  for (const match of page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)) {
    const [, info, text] = match as unknown as [string, string, string]
    const line = page.slice(0, match.index).split('\n').length
    const [language, ...words] = info.split(' ')
    const file = /^(?:\/\/|#) ((?:[\w.-]+\/)*[\w-]+\.\w+(?:\.\w+)?)\n/.exec(text)?.[1]
    if (language === 'sh' && (words[0] === 'run' || words[0] === 'install')) {
      steps.push({ type: words[0], script: text, exitCode: Number(/exit=(\d+)/.exec(info)?.[1] ?? 0), line })
    } else if (language === 'text') steps.push({ type: 'excerpt', text, line })
    else if (file !== undefined) steps.push({ type: 'file', name: file, text, line })
  }
  return steps
}

/** Times, hashes, sizes and stamps differ from run to run; so does the width of columns. */
function comparable(line: string): string {
  return line
    .replace(/\b\d+(?:\.\d+)?(?:ms|s)\b(?: \d+s)?|\b\d+m \d+s\b/g, 'TIME')
    .replace(/\bbatch-drain-\d{8}-\d{6}(?:-\d+)?\b/g, 'SESSION')
    .replace(/\bv\d-[0-9a-f]{12}\b/g, 'FINGERPRINT')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, 'HASH')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The lines of an excerpt that do not occur in the output in this order; `…` stands for anything in a line, and for lines left out. */
export function strayLines(excerpt: string, output: string): string[] {
  const printed = output.split('\n').map(comparable)
  const stray: string[] = []
  let from = 0
  for (const line of excerpt.split('\n').map(comparable)) {
    if (line === '' || line === '…') continue
    const pattern = new RegExp(`^${line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
    const found = printed.findIndex((one, index) => index >= from && pattern.test(one))
    if (found === -1) stray.push(line)
    else from = found + 1
  }
  return stray
}

export interface Followed { step: DocStep; cwd: string; output: string; problem?: string }

/** Follows the steps from `cwd` on; ends at the first step that does not do what the page says. */
export async function followPage(project: TestProject, steps: readonly DocStep[], options: { cwd: string; env: Record<string, string | undefined>; install(cwd: string): Promise<void> }): Promise<Followed[]> {
  const done: Followed[] = []
  let { cwd } = options
  let output = ''
  const inside = (place: string) => place === project.base || place.startsWith(project.base + path.sep)
  for (const step of steps) {
    if (step.type === 'file') await writeFiles(cwd, { [step.name]: step.text })
    else if (step.type === 'install') await options.install(cwd)
    else if (step.type === 'run') {
      const place = path.join(project.base, 'place')
      // The shell of the next step begins where this one ended; any line that fails ends it.
      const script = `trap 'pwd > "${place}"' EXIT\nset -e\n${step.script}`
      const result = await project.run(['sh', '-c', script], { cwd, env: options.env })
      output = result.stdout + result.stderr
      if (result.exitCode !== step.exitCode) {
        done.push({ step, cwd, output, problem: `line ${step.line}: exit code ${result.exitCode}, expected ${step.exitCode}:\n${step.script}\n${output}` })
        return done
      }
      cwd = readFileSync(place, 'utf8').trim()
      if (!inside(cwd)) throw new Error(`line ${step.line} leaves the temporary folder: ${cwd}`)
    } else {
      const stray = strayLines(step.text, output)
      if (stray.length > 0) {
        done.push({ step, cwd, output, problem: `line ${step.line}: not printed, or not in this order:\n  ${stray.join('\n  ')}\nprinted was:\n${output}` })
        return done
      }
    }
    done.push({ step, cwd, output })
  }
  return done
}
