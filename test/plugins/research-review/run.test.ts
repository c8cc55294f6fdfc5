import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { researchReviewSchemas } from '../../../plugins/research-review/outputs.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import type { TestProject } from '../../support/project.ts'
import { outside, prepare, runHere, told } from '../../support/run-project.ts'
import type { Preparation, StatusPhase } from '../../support/run-project.ts'
import { waitForFile } from '../../support/wait.ts'

const test = suite('phases that wait for a review')

const findings = (confidence: number, titles: readonly string[] = ['Parcelo pushes every scan'], recommendations: readonly string[] = ['Take Parcelo']) =>
  JSON.stringify({ confidence, findings: titles, recommendations }, undefined, 2)
/** A research phase that hands in this text. */
const research = (id: string, text: string, more = '') =>
  ({ build: `mkdir -p docs; cat > docs/${id}-findings.json <<'J'\n${text}\nJ\n${more}`, kind: 'research' as const, deliverables: [`docs/${id}-findings.json`] })
const builds = 'mkdir -p src; echo $AUTOPACK_PHASE > src/$AUTOPACK_PHASE.txt'

async function projectWith(preparation: Preparation): Promise<TestProject> {
  const project = await makeProject()
  await prepare(project, preparation)
  await project.commit('prepare')
  return project
}
const runsDir = (project: TestProject, ...parts: string[]) => project.path('.autonomous_runs/p', ...parts)
const review = async (project: TestProject, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await runInside(project, ['review', ...args, '--json'])
  const output: unknown = stdout === '' ? {} : JSON.parse(stdout)
  const schema = args[0] === 'list' ? 'review-list' : args[0] === 'show' ? 'review-show' : 'review-decision'
  // What is printed is what is published.
  if (stdout !== '') researchReviewSchemas[schema].parse(output)
  return { exitCode, stderr, output: output as Record<string, unknown> & { reviews?: { phase: string; state: string }[] } }
}
const errorOf = ({ stderr }: { stderr: string }) => (JSON.parse(stderr) as { error: { code: string; message: string; fix: string } }).error
const phasesOf = async (project: TestProject) => (JSON.parse((await runInside(project, ['status', '--json'])).stdout) as { runs: { phases: StatusPhase[] }[] }).runs[0]?.phases ?? []
const states = async (project: TestProject) => Object.fromEntries((await phasesOf(project)).map((phase) => [phase.id, phase.state]))
const branchFiles = async (project: TestProject) => (await project.git('ls-tree', '-r', '--name-only', 'autopack/p/r')).split('\n')
const prompt = (project: TestProject, folder: string, attempt: number) => readFile(runsDir(project, `runs/r/r/phases/${folder}/attempt-${attempt}/prompt.md`), 'utf8')

test('research waits, everything names it, and what needs it goes on once it is approved', async () => {
  await using project = await projectWith({
    phases: { survey: research('survey', findings(0.8)), adapter: { build: builds, needs: ['survey'] } },
    config: `checks: [{ name: 'ok', run: ['sh', '-c', 'echo >> "$OUTSIDE/checks"'] }],`,
  })
  const first = await runHere(project)
  assert.equal([first.exitCode, first.outcomes, first.report?.counts.blocked], [0, { survey: 'review' }, 1])
  assert.equal(first.report?.next[0], { command: 'autopack review show r survey', why: 'it waits for a review: what it found out' })
  for (const args of [['status'], ['show', 'r', 'survey']]) assert.match((await runInside(project, args)).stdout, /next +autopack review show r survey/, args.join(' '))
  assert.match(await readFile(runsDir(project, 'runs/r/r/run_summary.md'), 'utf8'), /## survey: waits for a review\n\n- `autopack review show r survey`/)
  assert.is(await project.git('for-each-ref', '--format=%(refname)', 'refs/autopack/review'), 'refs/autopack/review/p/r/survey')
  assert.equal(await readdir(runsDir(project, 'runs/r/r/reviews')), ['survey-1.json'])
  assert.match(await prompt(project, '01_survey', 1), /## The findings file \(docs\/survey-findings\.json\)/)

  const listed = await review(project, 'list')
  assert.equal(listed.output.reviews?.map(({ phase, state }) => [phase, state]), [['survey', 'REVIEW']])
  const checksBefore = (await told(project, 'checks')).length
  const approved = await review(project, 'approve', 'r', 'survey', '--reviewer', 'ann', '--comments', 'take it')
  assert.equal([approved.exitCode, approved.output['state'], approved.output['decision'], approved.output['reviewer']], [0, 'COMPLETE', 'APPROVED', 'ann'])
  assert.is((await told(project, 'checks')).length, checksBefore, 'the tree was judged on this very commit')
  assert.ok((await branchFiles(project)).includes('docs/survey-findings.json'))
  assert.match(await project.git('log', '-1', '--format=%B', 'autopack/p/r'), /^survey: Do survey\n[\s\S]*^Autopack-Approved-By: ann$/m)
  assert.is(await project.git('for-each-ref', 'refs/autopack/review'), '')

  const record = JSON.parse(await readFile(String(approved.output['file']), 'utf8')) as { status: string; commit: string; result: { reviewer: string; comments: string } }
  assert.equal([record.status, record.result.reviewer, record.result.comments], ['completed', 'ann', 'take it'])
  assert.is(await project.git('cat-file', '-t', record.commit), 'commit', 'what was reviewed stays')
  const history = await readFile(runsDir(project, 'docs/BUILD_HISTORY.md'), 'utf8')
  assert.match(history, /^# Build history\n\n## Research review: r\/survey\n[\s\S]*- decision: APPROVED by ann, /)
  assert.is(history.split('\n\n## ')[1], (await readFile(runsDir(project, 'runs/r/r/reviews/survey-1.md'), 'utf8')).replace(/^## /, ''))

  const again = await review(project, 'reject', 'r', 'survey', '--reviewer', 'bob')
  assert.equal([again.exitCode, errorOf(again).code], [1, 'review-decided'])
  assert.match(errorOf(again).message, /^r\/survey is decided already: APPROVED by ann, /)
  const second = await runHere(project)
  assert.equal([second.exitCode, second.outcomes, await states(project)], [0, { adapter: 'complete' }, { survey: 'COMPLETE', adapter: 'COMPLETE' }])
  assert.is((await readFile(runsDir(project, 'docs/BUILD_HISTORY.md'), 'utf8')), history, 'exported once')
})

test('more, reject, a branch that moved on, and a findings file that is none', async () => {
  const phases: Preparation['phases'] = {
    gaps: research('gaps', findings(0.5), 'echo $AUTOPACK_ATTEMPT > docs/gaps-attempt.txt'),
    wrong: research('wrong', findings(0.2)),
    clash: research('clash', findings(0.9), 'mkdir -p src; echo clash > src/other.txt'),
    breaks: research('breaks', findings(0.9), 'mkdir -p src; echo > src/breaks.txt'),
    broken: research('broken', '{\n  "confidence": 1.4,\n  "findings": [],\n  "recommendations": []\n}'),
    plain: { build: 'mkdir -p docs; echo text > docs/plain.md', kind: 'research' },
    other: builds,
  }
  await using project = await projectWith({ phases, config: `drain: { maxAttemptsPerPhase: 1 }, checks: [{ name: 'apart', run: ['sh', '-c', '! [ -e src/breaks.txt ] || ! [ -e src/other.txt ]'] }],` })
  const first = await runHere(project)
  assert.equal(first.outcomes, { gaps: 'review', wrong: 'review', clash: 'review', breaks: 'review', broken: 'deliverables_validation_failed', plain: 'review', other: 'complete' }, first.stdout)
  assert.match(first.phase('broken').classification?.title ?? '', /docs\/broken-findings\.json:2:17: confidence: expected a number from 0 to 1/)
  assert.match((await runInside(project, ['review'])).stdout, /r\/plain {2}waits since .*\n {2}research without a findings file\n/)
  assert.equal((await runInside(project, ['review', 'list', 'r', '--json'])).stdout.match(/"phase"/g)?.length, 5)

  // More: its comments and what it had found are in the prompt, and it has a new allowance.
  assert.is(errorOf(await review(project, 'more', 'r', 'gaps')).code, 'usage')
  assert.equal((await review(project, 'more', 'r', 'gaps', '--reviewer', 'ann', '--comments', 'what about Fastbox?')).output['state'], 'QUEUED')
  // Reject: failed, with the reason.
  assert.equal((await review(project, 'reject', 'r', 'wrong', '--reviewer', 'bob', '--comments', 'guessed')).output['state'], 'FAILED')
  assert.equal((await phasesOf(project)).filter((phase) => phase.id === 'wrong').map((phase) => [phase.class, phase.title]), [['review_rejected', 'rejected by bob: guessed']])
  // The branch has other.txt by now, with another text.
  const clash = await review(project, 'approve', 'r', 'clash')
  assert.equal([clash.exitCode, clash.output['state'], clash.output['class']], [1, 'FAILED', 'patch_failed'])
  assert.match(String(clash.output['title']), /conflicts with what is on autopack\/p\/r by now in src\/other\.txt/)
  const breaks = await review(project, 'approve', 'r', 'breaks')
  assert.equal([breaks.exitCode, breaks.output['state']], [1, 'FAILED'])
  // What does neither is taken over on top of it, after its checks.
  assert.equal((await review(project, 'approve', 'r', 'plain')).output['state'], 'COMPLETE')
  assert.equal((await branchFiles(project)).filter((file) => /^docs|^src/.test(file)), ['docs/plain.md', 'src/other.txt'])

  for (const phase of ['wrong', 'clash']) await runInside(project, ['requeue', 'r', phase, '--reason', 'try anew'])
  const second = await runHere(project)
  assert.equal(second.outcomes, { gaps: 'review', wrong: 'review', clash: 'review' })
  const gaps = await prompt(project, '01_gaps', 2)
  assert.match(gaps, /## A reviewer asked for more\n\nann: what about Fastbox\?\n/)
  assert.match(gaps, /## Findings of attempt 1, which were not enough\n\nConfidence 0\.5\.\n\nFindings:\n- Parcelo pushes every scan\n/)
  assert.match(await prompt(project, '02_wrong', 2), /## The attempt before this one failed\n\nrejected by bob: guessed \(review_rejected\)/)
  assert.equal((await review(project, 'approve', 'r', 'gaps')).output['state'], 'COMPLETE')
  assert.is(await project.git('show', 'autopack/p/r:docs/gaps-attempt.txt'), '2')
  assert.is((await readdir(runsDir(project, 'runs/r/r/reviews'))).filter((name) => name.startsWith('gaps-')).sort().join(' '), 'gaps-1.json gaps-1.md gaps-2.json gaps-2.md')
  for (const folder of ['01_gaps/attempt-1', '01_gaps/attempt-3', '06_plain/attempt-2', '03_clash/attempt-1']) {
    const verified = await runInside(project, ['verify', runsDir(project, 'runs/r/r/phases', folder)])
    assert.is(verified.exitCode, 0, `${folder}: ${verified.stdout}`)
  }
})

test('where no person is required the rules decide, and too little is tried again with the count', async () => {
  await using project = await projectWith({
    phases: {
      sure: research('sure', findings(0.95)),
      bad: research('bad', findings(0.1)),
      few: { build: `mkdir -p docs; if [ $AUTOPACK_ATTEMPT = 1 ]; then echo '${findings(0.95, [])}' > docs/few-findings.json; else echo '${findings(0.95)}' > docs/few-findings.json; fi`, kind: 'research', deliverables: ['docs/few-findings.json'] },
    },
    imports: "import { researchReview } from 'autopack/plugins'", config: 'drain: { maxAttemptsPerPhase: 2 }, plugins: [researchReview({ criteria: { requireHumanReview: false } })],',
  })
  const run = await runHere(project)
  assert.equal(run.outcomes, { sure: 'complete', bad: 'research_rejected', few: 'complete' }, run.stdout)
  assert.match(await prompt(project, '03_few', 2), /more research is needed: 0 of 1 findings \(needs_more_research\)/)
  const all = (await readdir(runsDir(project, 'runs/r/r/reviews'))).filter((name) => name.endsWith('.json')).sort()
  // A rejection fails the phase, and what failed is tried again while it has attempts left.
  assert.equal(all, ['bad-1.json', 'bad-2.json', 'few-1.json', 'few-2.json', 'sure-1.json'])
  assert.is((await readFile(runsDir(project, 'docs/BUILD_HISTORY.md'), 'utf8')).match(/^- decision: \w+ by auto/gm)?.length, 5)
})

test('while a drain works on the run, an approval is on record at once and that drain carries it out', async () => {
  await using project = await projectWith({
    phases: { survey: research('survey', findings(0.8)), slow: 'mkdir -p src; echo > src/slow.txt; : > "$OUTSIDE/working"; until [ -e "$OUTSIDE/go" ]; do sleep 0.05; done', after: { build: builds, needs: ['survey'] } },
  })
  const running = project.startCli(['run'])
  await waitForFile(outside(project, 'working'))
  const approved = await review(project, 'approve', 'r', 'survey')
  assert.equal([approved.exitCode, approved.output['state']], [0, 'QUEUED'])
  assert.match(String(approved.output['reason']), /another process has the run/)
  assert.match(errorOf(await review(project, 'approve', 'r', 'survey')).fix, /it is queued; `autopack run r` goes on/)
  await writeFile(outside(project, 'go'), '')
  const { exitCode, stdout } = await running.result
  assert.is(exitCode, 0, stdout)
  assert.equal(await states(project), { survey: 'COMPLETE', slow: 'COMPLETE', after: 'COMPLETE' })

  // As a crash leaves it that came after the commit of what was approved, and before its record.
  const commits = await project.git('rev-list', '--count', 'autopack/p/r')
  await project.git('update-ref', 'refs/heads/autopack/p/r', 'autopack/p/r~1')
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  database.exec(`update phases set state = 'QUEUED', attempts = 0, commit_id = null where id = 'after'; delete from attempts where phase = 'after';
    update phases set state = 'EXECUTING' where id = 'survey'; update reviews set settled_at = null;
    update attempts set ended_at = null, outcome = null, stage = 'commit' where phase = 'survey' and number = 2;
    update leases set (attempt, phase, number) = (select id, phase, number from attempts where phase = 'survey' and number = 2), pid = 999999, expires_at = 0`)
  database.close()
  const again = await runHere(project)
  assert.equal([again.outcomes, await states(project)], [{ after: 'complete' }, { survey: 'COMPLETE', slow: 'COMPLETE', after: 'COMPLETE' }], again.stdout)
  assert.is(await project.git('rev-list', '--count', 'autopack/p/r'), commits, 'what was approved is on the branch once')
})

test('a crash between the ref of the review and the record loses nothing; of two people who then decide at once one wins, and the other is told', async () => {
  await using project = await projectWith({ phases: { survey: research('survey', findings(0.8)) } })
  await runHere(project)
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  database.exec(`delete from reviews; update phases set state = 'EXECUTING', commit_id = null; update attempts set ended_at = null, outcome = null, stage = 'commit';
    update leases set (attempt, phase, number) = (select id, phase, number from attempts), pid = 999999, expires_at = 0`)
  database.close()
  assert.equal((await review(project, 'list')).output.reviews, [])
  const run = await runHere(project)
  assert.ok(run.notices.some((notice) => notice.includes('its commit')), run.stdout)
  const shown = await review(project, 'show', 'r', 'survey')
  assert.equal((shown.output['research'] as { recommendations: string[] }).recommendations, ['Take Parcelo'])

  const both = await Promise.all([['approve', 'ann'], ['reject', 'bob']].map(async ([verb, by]) => ({ by, ...(await project.cli(['review', verb!, 'r', 'survey', '--reviewer', by!])) })))
  const winner = both.find(({ exitCode }) => exitCode === 0)
  const loser = both.find(({ exitCode }) => exitCode === 1)
  assert.match(loser?.stderr ?? '', new RegExp(`^error\\[review-decided\\]: r/survey is decided already: \\w+ by ${winner?.by}, `), JSON.stringify(both))
  const record = JSON.parse(await readFile(runsDir(project, 'runs/r/r/reviews/survey-1.json'), 'utf8')) as { result: { reviewer: string } }
  assert.equal([record.result.reviewer, await states(project)], [winner?.by, { survey: winner?.by === 'ann' ? 'COMPLETE' : 'FAILED' }])
})

test('what cannot be decided is said in a sentence; what another plugin asked for is decided in the same way', async () => {
  await using project = await projectWith({
    phases: { survey: research('survey', findings(0.8)), built: builds, terms: builds },
    imports: `import { definePlugin } from 'autopack'
const legal = definePlugin({ name: 'legal', apiVersion: 1, apply(api) {
  api.hooks.validateDeliverables.tap((event) => { if (event.phase.id === 'terms') event.review({ reason: 'for a lawyer', data: { pages: 3 } }) })
} })`,
    config: 'plugins: [legal()],',
  })
  assert.is(errorOf(await review(project, 'approve', 'r', 'survey')).code, 'nothing-imported')
  assert.is((await runInside(project, ['review'])).stdout, 'Nothing waits for a review.\n')
  await runHere(project)
  const codes = []
  for (const args of [['approve', 'r', 'built'], ['show', 'r', 'serveys'], ['show', 'q', 'survey'], ['show', 'r'], ['approve'], ['accept', 'r', 'survey'], ['list', '--al'], ['approve', 'r', 'survey', 'now']]) {
    const { exitCode, stderr } = await review(project, ...args)
    codes.push([exitCode, errorOf({ stderr }).code])
  }
  assert.equal(codes, [[2, 'review-not-waiting'], [2, 'phase-unknown'], [2, 'run-unknown'], ...Array.from({ length: 5 }, () => [2, 'usage'])])
  assert.match((await runInside(project, ['review', '--help'])).stdout, /^usage: autopack review \[list \[RUN\]\] \[--all\]\n[\s\S]*Decides phases that wait for a review \(plugin researchReview\)/)
  // Decided in its file alone, by the class: that can be carried out, and not turned round.
  const file = runsDir(project, 'runs/r/r/reviews/survey-1.json')
  assert.ok(existsSync(file))
  const { ResearchReviewWorkflow, ReviewDecision } = await import('../../../plugins/index.ts')
  new ResearchReviewWorkflow({}, { folder: path.dirname(file) }).manualReview('survey-1', ReviewDecision.REJECTED, 'eve')
  const refused = errorOf(await review(project, 'approve', 'r', 'survey'))
  assert.equal([refused.code, refused.fix], ['review-decided', 'carry that out with `autopack review reject r survey`'])
  assert.equal((await review(project, 'reject', 'r', 'survey')).output['state'], 'FAILED')

  assert.match((await runInside(project, ['review', 'show', 'r', 'terms'])).stdout, /\nreason +for a lawyer\nlegal +\{\n +"pages": 3\n +\}\n\nThere is no findings file: look at what was changed\./)
  // Somebody else's attempt was cut off by a crash: it has to be ended before anybody works on the run.
  const database = new DatabaseSync(project.path('.autonomous_runs/autopack.db'))
  database.exec(`update phases set state = 'EXECUTING' where id = 'built'; update attempts set ended_at = null, outcome = null, stage = 'commit' where phase = 'built';
    update leases set (attempt, phase, number) = (select id, phase, number from attempts where phase = 'built'), pid = 999999`)
  database.close()
  const approved = await review(project, 'approve', 'r', 'terms')
  for (const args of [['status'], ['show', 'r'], ['show', 'r', 'terms']]) assert.match((await runInside(project, args)).stdout, /terms.*approved: the next run takes its work over|queued · approved: the next run/, args.join(' '))
  assert.equal([approved.output['state'], approved.output['reason']], ['QUEUED', 'a crash left an attempt of the run open, which the next run ends first'])
  assert.equal((await runHere(project)).outcomes, { terms: 'complete' })
  assert.equal(await states(project), { survey: 'FAILED', built: 'COMPLETE', terms: 'COMPLETE' })
  assert.match(await readFile(runsDir(project, 'docs/BUILD_HISTORY.md'), 'utf8'), /^## Review: r\/terms$/m)
})

test('work that waits for a review is committed on what was committed beside it, and checked anew', async () => {
  await using project = await projectWith({
    phases: {
      survey: { ...research('survey', findings(0.8), 'while [ ! -e "$MAIN/.git/refs/heads/autopack/p/r" ]; do sleep 0.05; done'), scope: { paths: ['docs/'] } },
      other: { build: 'mkdir src; echo other > src/other.txt', scope: { paths: ['src/other.txt'] } },
    },
    config: `checks: [{ name: 'ok', run: ['sh', '-c', 'echo >> "$OUTSIDE/checks"'] }], drain: { phaseParallelism: 2 },`,
  })
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [0, { survey: 'review', other: 'complete' }], run.stderr)
  const ref = 'refs/autopack/review/p/r/survey'
  assert.is(await project.git('rev-parse', `${ref}^`), await project.git('rev-parse', 'main'), 'as it was made: nobody merges what is to be looked at')
  const checks = (await told(project, 'checks')).length
  assert.is((await review(project, 'approve', 'r', 'survey', '--reviewer', 'ann')).output['state'], 'COMPLETE')
  assert.is((await told(project, 'checks')).length, checks + 1)
  assert.match(await project.git('log', '--format=%s', 'main..autopack/p/r'), /^survey: .*\nother: /)
})

test.run()
