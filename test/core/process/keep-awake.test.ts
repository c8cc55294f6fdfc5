import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../../../core/cli/main.ts'
import { keepAwake } from '../../../core/process/keep-awake.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { makeProject } from '../../support/project.ts'
import { outside, prepare } from '../../support/run-project.ts'
import { runs, waitUntil } from '../../support/wait.ts'

const test = suite('keeping awake')

/** A folder with helpers that tell how they were called, and then do what the real ones do. */
async function withHelpers(use: (place: { dir: string; path: string; told(): Promise<{ pid: number; args: string }> }) => Promise<void>): Promise<void> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'awake-')))
  const tell = `echo "$$ $*" > '${dir}/told.part'; mv '${dir}/told.part' '${dir}/told'`
  const helpers = {
    'systemd-inhibit': `${tell}; while [ "\${1#--}" != "$1" ]; do shift; done; exec "$@"`,
    'caffeinate': `${tell}; while kill -0 "$3" 2>/dev/null; do sleep 0.05; done`,
  }
  for (const [name, text] of Object.entries(helpers)) {
    await writeFile(join(dir, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(dir, name), 0o755)
  }
  try {
    await use({
      dir, path: `${dir}:${process.env['PATH']}`,
      told: async () => {
        const [pid, ...args] = (await waitUntil('the helper', () => readFile(join(dir, 'told'), 'utf8').catch(() => undefined))).trim().split(' ')
        return { pid: Number(pid), args: args.join(' ') }
      },
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

for (const platform of ['linux', 'darwin'] as const) {
  test(`${platform}: the helper is there, and gone once it is told so`, () => withHelpers(async ({ dir, path, told }) => {
    const awake = keepAwake({ platform, env: { PATH: path }, pid: process.pid }, { systemdFolder: dir })
    const { pid, args } = await told()
    assert.is(args, platform === 'linux' ? '--what=sleep:idle --who=Autopack --why=a drain is at work --mode=block cat' : `-ims -w ${process.pid}`)
    assert.ok(runs(pid))
    awake.end()
    await waitUntil('its end', () => !runs(pid))
    awake.end()
  }))

  test(`${platform}: it goes with a process that is killed`, () => withHelpers(async ({ dir, path, told }) => {
    const module = new URL('../../../core/process/keep-awake.ts', import.meta.url).href
    const script = `import { keepAwake } from ${JSON.stringify(module)}; keepAwake({ platform: '${platform}', env: process.env, pid: process.pid }, { systemdFolder: ${JSON.stringify(dir)} }); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, PATH: path }, stdio: 'ignore' })
    const { pid } = await told()
    assert.ok(runs(pid))
    child.kill('SIGKILL')
    await waitUntil('its end', () => !runs(pid))
  }))
}

test('nothing happens where there is no helper, where it fails, and where systemd does not run', async () => {
  const nowhere = { env: { PATH: '/nonexistent' }, pid: process.pid }
  for (const platform of ['linux', 'darwin', 'freebsd'] as const) {
    const awake = keepAwake({ platform, ...nowhere }, { systemdFolder: '/' })
    await new Promise((resolve) => setImmediate(resolve))
    awake.end()
  }
  await withHelpers(async ({ dir, path }) => {
    keepAwake({ platform: 'linux', env: { PATH: path }, pid: process.pid }, { systemdFolder: join(dir, 'none') }).end()
    await writeFile(join(dir, 'systemd-inhibit'), '#!/bin/sh\nexit 1\n')
    const awake = keepAwake({ platform: 'linux', env: { PATH: path }, pid: process.pid }, { systemdFolder: dir })
    awake.end()
    assert.is(await readFile(join(dir, 'told'), 'utf8').catch(() => ''), '')
  })
})

test('a process that has nothing else to do is not kept alive by it', () => withHelpers(async ({ dir, path, told }) => {
  const module = new URL('../../../core/process/keep-awake.ts', import.meta.url).href
  const child = spawn(process.execPath, ['--input-type=module', '-e', `import { keepAwake } from ${JSON.stringify(module)}; keepAwake({ platform: 'linux', env: process.env, pid: process.pid }, { systemdFolder: ${JSON.stringify(dir)} })`], { env: { ...process.env, PATH: path }, stdio: 'ignore' })
  assert.is(await new Promise((resolve) => child.on('exit', resolve)), 0)
  const { pid } = await told()
  await waitUntil('its end', () => !runs(pid))
}))

test('a drain keeps awake, unless the config says otherwise; a dry run does not', () => withHelpers(async ({ dir, path, told }) => {
  await using project = await makeProject({ files: { 'src/a.txt': '' } })
  await prepare(project, { phases: { add: 'echo one > src/a.txt' }, config: 'drain: { phaseTimeoutSeconds: 60 },' })
  // Of the run that is to keep awake: it works until the helper is there.
  await writeFile(outside(project, 'goal'), `while ! test -e '${dir}/told'; do sleep 0.05; done; echo two > src/a.txt`)
  await project.write({ 'other.config.ts': (await project.read('autopack.config.mjs')).replace("project: 'p',", "project: 'p', keepAwake: false,") })
  await project.commit('prepare')
  const nowhere = { write: () => undefined, isTTY: false, columns: Infinity }
  const run = (...args: string[]) => runCli(['run', ...args], {
    // Of the two helpers, the one that asks for no systemd.
    runtime: { ...systemRuntime(), platform: 'darwin', env: { ...project.env, PATH: `${dir}:${project.env['PATH'] ?? path}` }, cwd: project.dir, home: project.home },
    stdout: nowhere, stderr: nowhere, stdin: async function* () {}, stdinIsTTY: () => false, closed: new AbortController().signal, ask: undefined, exitNow: () => undefined,
  })
  const wasTold = () => existsSync(join(dir, 'told'))
  assert.equal([await run('--dry-run'), wasTold()], [0, false])
  assert.equal([await run('--config', 'other.config.ts'), wasTold()], [0, false])
  assert.is(await run('--goal', 'Keep awake'), 0)
  const { pid } = await told()
  await waitUntil('its end', () => !runs(pid))
}))

test.run()
