/** What a crash leaves is taken up by the next run: nothing lost, nothing done twice, nothing left behind. */
import { existsSync } from 'node:fs'
import { chmod, readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { GcOutput } from '../../core/model/gc.ts'
import type { Receipt } from '../../core/model/receipt.ts'
import { patchOf, verifiedAttempts } from '../support/attempts.ts'
import { findOnPath } from '../../core/cli/find-program.ts'
import { runInside } from '../support/cli.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import type { RunningCommand, TestProject } from '../support/project.ts'
import { outside, prepare, repositoryState, runHere, statusOf, told } from '../support/run-project.ts'
import type { Preparation, RunResult } from '../support/run-project.ts'
import { runs, waitForFile, waitUntil } from '../support/wait.ts'

const test = suite('recovery')

/** The run after a crash. A lease lasts a minute: who waits for its end instead of looking at its owner does not finish in time. */
async function goOn(project: TestProject, ...args: string[]): Promise<RunResult> {
  const begun = performance.now()
  const run = await runHere(project, args)
  assert.ok(performance.now() - begun < 45_000, 'it waited for the lease to end')
  return run
}

async function crashing(preparation: Preparation, files: Record<string, string> = {}): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/kept.txt': 'kept\n', ...files } })
  await prepare(project, preparation)
  await project.commit('prepare')
  return project
}

/** Starts a run and waits until something of it says that it is where it is to be killed. */
async function runUntil(project: TestProject, file: string, args: readonly string[] = []): Promise<RunningCommand> {
  const running = project.startCli(['run', '--json', ...args])
  await Promise.race([waitForFile(outside(project, file)), running.result.then(({ stdout, stderr }) => Promise.reject(new Error(`ended too early:\n${stdout}${stderr}`)))])
  return running
}

async function kill(running: RunningCommand): Promise<void> {
  running.signal('SIGKILL')
  await running.result
}

const pidsTold = async (project: TestProject): Promise<number[]> => (await told(project, 'pids')).split('\n').filter(Boolean).map(Number)
const filesOf = async (project: TestProject, ref = 'autopack/p/r'): Promise<string[]> => (await project.git('ls-tree', '-r', '--name-only', ref, 'src')).split('\n')

// One that goes on working when nobody looks after it, in its own group and outside of it, and tells if somebody takes its files away meanwhile.
const tireless = `
if [ "$AUTOPACK_ATTEMPT" = 1 ]; then
  echo half > src/half.txt
  printf '\\000\\001' > src/half.bin
  rm src/kept.txt
  echo '{"usage":{"input_tokens":1200,"output_tokens":34}}' >> "$AUTOPACK_USAGE_FILE"
  echo $$ >> "$OUTSIDE/pids"
  node -e 'require("child_process").spawn("sh", ["-c", "echo $$ >> \\"$OUTSIDE/pids\\"; exec sleep 600"], { detached: true, stdio: "ignore" }).unref()'
  echo "export GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789"
  while [ "$(wc -l < "$OUTSIDE/pids")" -lt 2 ]; do sleep 0.02; done
  : > "$OUTSIDE/started"
  while :; do
    [ -e src/half.txt ] || : > "$OUTSIDE/disturbed"
    echo late >> src/late.txt
    sleep 0.02
  done
fi
echo whole > src/whole.txt
`

test('a builder that outlives its supervisor is ended before its worktree is touched, and what it did is kept', async () => {
  await using project = await crashing({ phases: { add: tireless, after: 'echo after > src/after.txt' } })
  const before = await repositoryState(project)
  const running = await runUntil(project, 'started')
  await kill(running)
  const pids = await pidsTold(project)
  assert.is(pids.length, 2)
  assert.ok(pids.every(runs), 'the builder lives on: else this test shows nothing')

  const second = await goOn(project)
  assert.is(second.exitCode, 0, second.stdout)
  assert.equal(pids.map(runs), [false, false])
  assert.not.ok(existsSync(outside(project, 'disturbed')), 'the worktree was touched while the builder lived')
  assert.equal(await filesOf(project), ['src/after.txt', 'src/kept.txt', 'src/whole.txt'])
  assert.is(await repositoryState(project), before)

  const attempts = await verifiedAttempts(project, 'add')
  assert.equal(attempts.map(({ outcome, charged, stage }) => [outcome, charged, stage]), [['interrupted', true, 'build'], ['complete', true, 'commit']])
  const patch = await patchOf(attempts[0]!)
  for (const part of ['src/half.txt', 'src/half.bin', 'src/late.txt', '+half', 'deleted file mode', 'GIT binary patch']) assert.ok(patch.includes(part), part)
  assert.ok(second.notices.some((notice) => notice.startsWith('recovered r add, attempt 1: it was interrupted at stage build and is queued again; what its builder had done is kept in ')), second.notices.join('\n'))
  const log = (await runInside(project, ['show', 'r', 'add', '--log', '--attempt', '1'])).stdout
  assert.is(log, 'export GITHUB_TOKEN=[redacted]\n', 'the log of a dead process is redacted as well')
  assert.equal((await verifiedAttempts(project, 'after')).map(({ outcome }) => outcome), ['complete'])
})

test('a crash of the whole tree loses the attempt and nothing else', async () => {
  await using project = await crashing({ phases: { first: 'echo first > src/first.txt', add: tireless } })
  const running = await runUntil(project, 'started')
  running.signal('SIGKILL')
  for (const pid of await pidsTold(project)) process.kill(pid, 'SIGKILL')
  await running.result

  const second = await goOn(project)
  assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete' }], 'what was complete is not done again')
  assert.equal(await filesOf(project), ['src/first.txt', 'src/kept.txt', 'src/whole.txt'])
  assert.equal((await verifiedAttempts(project, 'first')).map(({ outcome }) => outcome), ['complete'])
  const attempts = await verifiedAttempts(project, 'add')
  assert.equal(attempts.map(({ outcome }) => outcome), ['interrupted', 'complete'])
  assert.equal(attempts[0]?.usage, { inputTokens: 1200, outputTokens: 34 }, 'what was spent is not forgotten')
  assert.match(await patchOf(attempts[0]!), /\+half/)
  const third = await goOn(project)
  assert.equal([third.exitCode, third.outcomes], [0, {}])
})

test('a crash in the middle of a check keeps the candidate as it was judged', async () => {
  const check = 'if [ -e src/added.txt ] && [ "$AUTOPACK_ATTEMPT" = 1 ]; then echo litter > src/litter.txt; echo $$ > "$OUTSIDE/pids"; : > "$OUTSIDE/started"; exec sleep 600; fi'
  await using project = await crashing({
    phases: { add: 'echo $AUTOPACK_ATTEMPT >> "$OUTSIDE/builds"; echo added > src/added.txt' },
    config: `checks: [{ name: 'slow', run: { shell: ${JSON.stringify(check)} } }],`,
  })
  await kill(await runUntil(project, 'started'))
  const pids = await pidsTold(project)
  assert.ok(pids.every(runs))

  const second = await goOn(project)
  assert.is(second.exitCode, 0, second.stdout)
  assert.equal(pids.map(runs), [false])
  assert.is(await told(project, 'builds'), '1\n2\n')
  assert.equal(await filesOf(project), ['src/added.txt', 'src/kept.txt'])
  const attempts = await verifiedAttempts(project, 'add')
  assert.equal(attempts.map(({ outcome, stage }) => [outcome, stage]), [['interrupted', 'checks'], ['complete', 'commit']])
  const patch = await patchOf(attempts[0]!)
  assert.match(patch, /\+added/)
  assert.not.match(patch, /litter/)
})

/** What somebody who has lost the run must leave as it is. */
async function whatIs(project: TestProject): Promise<unknown> {
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'), { readOnly: true })
  try {
    const rows = (table: string) => database.prepare(`select * from ${table}`).all()
    const fresh = (await project.git('worktree', 'list', '--porcelain')).split('\n').filter((line) => line.includes('/@fresh/')).map((line) => line.slice('worktree '.length))
    const files = await Promise.all(fresh.map(async (folder) => Promise.all((await readdir(join(folder, 'src'))).sort().map(async (name) => [name, await readFile(join(folder, 'src', name), 'utf8')]))))
    const attempts = (await verifiedAttempts(project, 'add')).map(({ outcome, stage }) => [outcome, stage])
    return { phases: rows('phases'), attempts: rows('attempts'), leases: rows('leases'), worktrees: rows('worktrees'), refs: await project.git('for-each-ref'), files, verified: attempts }
  } finally {
    database.close()
  }
}

for (const stage of ['build', 'check'] as const) {
  test(`a process that was stopped in its ${stage}, and wakes up when its run has gone on without it, changes nothing`, async () => {
    const wait = 'if [ "$AUTOPACK_PHASE-$AUTOPACK_ATTEMPT" = add-1 ] && [ -e src/add.txt ]; then : > "$OUTSIDE/started"; exec sleep 600; fi'
    await using project = await crashing({
      phases: { add: `echo "$AUTOPACK_ATTEMPT" > src/add.txt; ${stage === 'build' ? wait : ''}`, after: 'echo after > src/after.txt' },
      config: stage === 'check' ? `checks: [{ name: 'slow', run: { shell: ${JSON.stringify(wait)} } }],` : '',
    })
    const stopped = await runUntil(project, 'started')
    const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
    await waitUntil('a stop between two transactions', () => {
      stopped.signal('SIGSTOP')
      try {
        // Its lease has run out: the minute passes on paper.
        database.exec('update leases set expires_at = 1')
        return true
      } catch (error) {
        // Its builder runs while it is put on record: stopped in there, it would keep everybody from the store.
        if (!/locked/.test((error as Error).message)) throw error
        stopped.signal('SIGCONT')
        return false
      }
    })
    database.close()

    const second = await runHere(project)
    assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete', after: 'complete' }], second.stdout)
    const before = await whatIs(project)
    stopped.signal('SIGCONT')
    const { exitCode, stdout, stderr } = await stopped.result
    assert.is(exitCode, 0, stdout + stderr)
    assert.equal(await whatIs(project), before)
    assert.equal(await filesOf(project), ['src/add.txt', 'src/after.txt', 'src/kept.txt'])
    assert.is(await project.git('show', 'autopack/p/r:src/add.txt'), '2')
    assert.not.match(stdout, /"type":"phase-finished"/, 'it claims no end for an attempt that others have ended')

    const { items } = JSON.parse((await runInside(project, ['gc', '--older-than', '0s', '--json'])).stdout) as GcOutput
    const gone = items.filter(({ outcome }) => outcome === 'removed').map(({ kind }) => kind)
    assert.equal([gone.includes('worktree'), gone.includes('fence')], [true, false], JSON.stringify(items))
    // Saved as a patch where its builder was cut off; of a candidate that was judged there is one in any case.
    assert.ok(gone.includes('quarantine'), JSON.stringify(items))
    assert.match(await project.git('worktree', 'list'), /^[^\n]*$/)
  })
}

/** A git in front of the real one that kills whoever called it, once, right before or after a branch of ours is moved. */
async function killerGit(project: TestProject, when: 'before' | 'after'): Promise<string> {
  const real = (await findOnPath('git', project.env))!
  const die = `if [ ! -e '${outside(project, 'killed')}' ]; then : > '${outside(project, 'killed')}'; kill -9 $PPID; fi`
  const script = `#!/bin/sh
case "$*" in
  *"update-ref -m autopack: commit a phase"*)
    ${when === 'before' ? `${die}; exit 1` : `'${real}' "$@" || exit $?; ${die}`} ;;
  *) exec '${real}' "$@" ;;
esac
`
  await writeFiles(outside(project), { 'bin/git': script })
  await chmod(outside(project, 'bin/git'), 0o755)
  return [outside(project, 'bin'), project.env['PATH']].join(delimiter)
}

const counting = { phases: { one: 'echo $AUTOPACK_PHASE >> "$OUTSIDE/builds"; echo one > src/one.txt', two: 'echo $AUTOPACK_PHASE >> "$OUTSIDE/builds"; echo two > src/two.txt' } }

test('an attempt whose commit was made before the crash is complete, once', async () => {
  await using project = await crashing(counting)
  const first = await project.cli(['run'], { env: { PATH: await killerGit(project, 'after') } })
  assert.is(first.exitCode, -1, first.stdout)
  assert.is(await project.git('log', '--format=%s', 'main..autopack/p/r'), 'one: Do one')
  assert.is((await statusOf(project))['one']!.state, 'EXECUTING')

  const second = await goOn(project)
  assert.equal([second.exitCode, second.outcomes], [0, { two: 'complete' }])
  assert.is(await told(project, 'builds'), 'one\ntwo\n', 'nothing is paid for twice')
  assert.is(await project.git('log', '--format=%s', 'main..autopack/p/r'), 'two: Do two\none: Do one')
  for (const phase of ['one', 'two']) assert.equal((await verifiedAttempts(project, phase)).map(({ outcome, charged }) => [outcome, charged]), [['complete', true]])
  assert.ok(second.notices.some((notice) => /^recovered r one, attempt 1: its commit [0-9a-f]{12} was made before the crash$/.test(notice)), second.notices.join('\n'))
})

test('an attempt that crashed right before its commit is interrupted, and its receipt says so', async () => {
  await using project = await crashing(counting)
  const first = await project.cli(['run'], { env: { PATH: await killerGit(project, 'before') } })
  assert.is(first.exitCode, -1, first.stdout)
  assert.is(await project.git('branch', '--list', 'autopack/*'), '')

  const second = await goOn(project)
  assert.equal([second.exitCode, second.outcomes], [0, { one: 'complete', two: 'complete' }])
  const attempts = await verifiedAttempts(project, 'one')
  assert.equal(attempts.map(({ outcome }) => outcome), ['interrupted', 'complete'])
  assert.match(await patchOf(attempts[0]!), /\+one/)
  assert.is(await project.git('log', '--format=%s', 'main..autopack/p/r'), 'two: Do two\none: Do one')
})

test('attempts that crash are paid for: the cap ends them', async () => {
  const hanging = 'echo $$ >> "$OUTSIDE/pids"; : > "$OUTSIDE/started-$AUTOPACK_ATTEMPT"; exec sleep 600'
  await using project = await crashing({ phases: { add: hanging }, config: 'drain: { absoluteAttemptCap: 2 },' })
  for (const attempt of [1, 2]) {
    const running = await runUntil(project, `started-${attempt}`)
    await kill(running)
  }
  const third = await goOn(project)
  assert.equal([third.exitCode, third.outcomes], [3, {}], third.stdout)
  assert.equal((await pidsTold(project)).map(runs), [false, false])
  const status = (await statusOf(project))['add']!
  assert.equal([status.state, status.attempts], ['FAILED', 2])
  assert.ok(third.notices.some((notice) => notice === 'recovered r add, attempt 2: it was interrupted at stage build and has no attempts left'), third.notices.join('\n'))
  assert.equal((await verifiedAttempts(project, 'add')).map(({ outcome, charged }) => [outcome, charged]), [['interrupted', true], ['interrupted', true]])
})

test('a resumed session gives no new allowance to what crashed', async () => {
  const hanging = 'echo $$ >> "$OUTSIDE/pids"; : > "$OUTSIDE/started"; exec sleep 600'
  await using project = await crashing({ phases: { add: hanging }, config: 'drain: { maxAttemptsPerPhase: 1 },' })
  await kill(await runUntil(project, 'started'))
  const resumed = await goOn(project, '--resume')
  assert.equal([resumed.exitCode, resumed.outcomes], [3, {}], resumed.stdout)
  assert.is((await statusOf(project))['add']!.state, 'FAILED')
  assert.equal((await verifiedAttempts(project, 'add')).map(({ outcome }) => outcome), ['interrupted'])
})

test('what a builder did to the git of all worktrees before the crash is put back, and what people did since is not', async () => {
  const meddling = `if [ "$AUTOPACK_ATTEMPT" = 1 ]; then
  common=$(git rev-parse --git-common-dir)
  git config core.hooksPath /tmp/none; git config remote.x.url https://me:ghp_0123456789abcdefghijABCDEFGHIJ012345@example.invalid
  printf '#!/bin/sh\\nexit 1\\n' > "$common/hooks/pre-commit"; chmod +x "$common/hooks/pre-commit"
  git branch -q -D keep; echo half > src/half.txt
  echo $$ >> "$OUTSIDE/pids"; : > "$OUTSIDE/started"; exec sleep 600
fi
echo whole > src/whole.txt`
  await using project = await crashing({ phases: { add: meddling } })
  await project.git('branch', 'keep')
  const before = await repositoryState(project)
  await kill(await runUntil(project, 'started'))
  assert.is.not(await repositoryState(project), before)
  await project.git('-c', 'core.hooksPath=', 'branch', 'mine')

  const second = await goOn(project)
  assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete' }], second.stdout)
  await project.git('rev-parse', 'mine')
  await project.git('branch', '-D', 'mine')
  assert.is(await repositoryState(project), before)
  const [attempt] = await verifiedAttempts(project, 'add')
  const problems = (JSON.parse(await readFile(join(attempt!.dir, 'receipt.json'), 'utf8')) as Receipt).problems
  assert.equal(problems.map(({ code, path }) => `${code} ${path}`), ['git-config .git/config', 'git-hooks .git/hooks/pre-commit', 'git-ref refs/heads/keep'])
  for (const { message } of problems) assert.ok(second.notices.includes(message), message)
  assert.match(await readFile(join(attempt!.dir, 'replaced-git/hooks/pre-commit'), 'utf8'), 'exit 1')
  const config = await readFile(join(attempt!.dir, 'replaced-git/config'), 'utf8')
  assert.match(config, 'hooksPath')
  assert.not.match(config, 'ghp_0123456789')
  assert.not.ok(existsSync(join(attempt!.dir, 'git-shared.json')))
})

test.run()
