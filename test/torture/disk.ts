/** A disk that is full, and a runs directory that turns read-only, in the middle of a drain: a small file system in memory, where this machine lets us have one. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { TestProject } from '../support/project.ts'
import { inspectAtEnd } from './inspect.ts'
import { makeWorld } from './world.ts'

const runs = ['one', 'three']
/** Room for the store and the artifacts of the runs, and not much more. */
const sizeMebibytes = 24

export const fillDisk = (problems: string[]): Promise<string> =>
  disturbed(problems, 'a full disk', (folder) => {
    const file = path.join(folder, 'filling')
    const descriptor = openSync(file, 'w')
    // Down to the last block: smaller and smaller pieces, until not even one fits.
    for (let bytes = 1024 * 1024; bytes >= 1; ) {
      try {
        writeSync(descriptor, Buffer.alloc(bytes))
      } catch {
        bytes = Math.floor(bytes / 2)
      }
    }
    closeSync(descriptor)
    return () => rmSync(file)
  })

export const takeWriting = (problems: string[]): Promise<string> =>
  disturbed(problems, 'a read-only runs directory', (folder) => {
    // Descriptors that are open for writing keep a file system from turning read-only; an overlay of itself does not ask them.
    const lay = () => execFileSync('mount', ['--bind', folder, folder], { stdio: 'ignore' })
    lay()
    // Refused while something that was opened since is written to, which may go on to the end of the drain: then another one.
    while (spawnSync('mount', ['-o', 'remount,bind,ro', folder], { stdio: 'ignore' }).status !== 0) {
      execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })
      lay()
    }
    return () => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })
  })

async function disturbed(problems: string[], name: string, disturb: (folder: string) => () => void): Promise<string> {
  const exits: string[] = []
  for (const stage of ['workspace', 'baseline', 'build', 'checks', 'commit']) {
    await using project = await makeWorld(runs)
    const folder = project.path('.autonomous_runs')
    if (!mount(folder)) return 'left out: this user may mount no file system'
    try {
      exits.push(`${stage} ${await disturbAt(project, folder, stage, disturb, problems, name)}`)
    } finally {
      execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })
    }
  }
  return `exit code by the stage in which it began: ${exits.join(', ')}; done by the next drain each time`
}

async function disturbAt(project: TestProject, folder: string, stage: string, disturb: (folder: string) => () => void, problems: string[], name: string): Promise<number> {
  const running = project.startCli(['drain', '--json'])
  await running.waitFor(new RegExp(`"stage-started","stage":"${stage}"`))
  const mend = disturb(folder)
  const { exitCode, stderr, stdout } = await running.result
  mend()
  const found: string[] = []
  if (/\n {4}at /.test(stderr)) found.push(`a stack trace: ${stderr}`)
  // The machine gave out: nobody typed anything wrong, and no phase is to blame.
  if (exitCode !== 4) found.push(`it ended with ${exitCode}: ${stderr}${stdout.slice(-800)}`)
  const after = await project.cli(['drain', '--json'])
  if (after.exitCode !== 0) found.push(`the drain after it ended with ${after.exitCode}: ${after.stderr}${after.stdout.slice(-800)}`)
  found.push(...(await inspectAtEnd(project, runs)))
  problems.push(...found.map((problem) => `${name}, from stage ${stage}: ${problem}`))
  return exitCode
}

function mount(folder: string): boolean {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMebibytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
