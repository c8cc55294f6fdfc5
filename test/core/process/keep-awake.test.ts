import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keepAwake } from '../../../core/process/keep-awake.ts'
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

test.run()
