import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import type { DeliverableStatus } from '../model/plugin.ts'
import { scopeMatcher } from '../workspace/index.ts'
import type { ChangedFile } from '../workspace/workspace.ts'
import { textOf } from './describe.ts'
import { jsonProblem } from './json-deliverable.ts'

/** One of a plan, resolved; with its category where the plan has them in groups. */
export interface NamedDeliverable { raw: string; relative: string; category?: string }

/** What the deliverables are judged by. Paths are relative to the repository. */
export interface DeliverablesInput {
  deliverables: readonly NamedDeliverable[]
  /** The write scope: its files count for `existing`. */
  scope: readonly string[]
  /** Files of the candidate tree: at least those at and below the deliverables and the scope. */
  files: readonly string[]
  /** Base → candidate tree. */
  changed: readonly ChangedFile[]
  stubs: { untouched: readonly string[]; touched: readonly string[] }
  /** The text of a file of the candidate tree. */
  read(relative: string): Promise<string>
  /** Whether a path is there on disk. Asked of what the candidate tree does not have: git ignores it then. */
  onDisk(relative: string): Promise<boolean>
}

export interface DeliverablesReport {
  deliverables: DeliverableStatus[]
  problems: Problem[]
  /** How many files of scope and deliverables are there, stubs included. */
  existing: number
}

/** Judges each deliverable: is it there, and does it satisfy? Two facts: an untouched stub is there and does not. */
export async function validateDeliverables(input: DeliverablesInput): Promise<DeliverablesReport> {
  const there = new Set(input.files)
  const changes = new Map(input.changed.map((change) => [change.path, change.status]))
  const report: DeliverablesReport = { deliverables: [], problems: [], existing: 0 }
  for (const deliverable of input.deliverables) {
    const { status, problem } = await judge(deliverable, input, there, changes)
    report.deliverables.push(status)
    if (problem) report.problems.push(problem)
  }
  const named = [...input.scope, ...input.deliverables.map((one) => one.relative)]
  const counted = named.length === 0 ? () => false : scopeMatcher(named)
  report.existing = new Set([...input.files, ...input.stubs.untouched].filter(counted)).size
  return report
}

/** One line: what is wrong, else how many there are; with the count of what the workspace has, in a form that scripts look for. */
export function deliverablesSummary(report: DeliverablesReport): string {
  const count = `(+${report.existing} existing files in workspace)`
  const { problems, deliverables } = report
  if (problems.length === 0) return `${deliverables.length} of ${deliverables.length} deliverables satisfied ${count}`
  const more = problems.length > 1 ? ` and ${problems.length - 1} more` : ''
  return `${problems[0]!.message}${more} ${count}`
}

/** Deliverables that are not there while a file of their name lies where the phase may not write: what the guard found says where. */
export async function misplacedOutside(deliverables: readonly NamedDeliverable[], violations: readonly Problem[], onDisk: (relative: string) => Promise<boolean>): Promise<Problem[]> {
  const written = violations.flatMap(({ path: file, message }): ChangedFile[] => (file === undefined || message.endsWith('(deleted)') ? [] : [{ path: file, status: 'added' }]))
  const problems: Problem[] = []
  for (const deliverable of deliverables) {
    const places = misplaced(deliverable.relative, written)
    if (places.length > 0 && !(await onDisk(deliverable.relative))) problems.push({ path: deliverable.relative, code: 'misplaced', message: `${called(deliverable)} ${misplacedAt(places)}` })
  }
  return problems
}

/** As in the plan and in the repository. */
function called({ raw, relative, category }: NamedDeliverable): string {
  return `${category === undefined ? '' : `${category} `}deliverable ${raw}${raw === relative ? '' : ` (${relative})`}`
}

const misplacedAt = (places: readonly string[]) => `is missing, and the builder wrote ${places.join(', ')}`

interface Judgement { status: DeliverableStatus; problem?: Problem }

async function judge(
  deliverable: NamedDeliverable,
  input: DeliverablesInput,
  there: ReadonlySet<string>,
  changes: ReadonlyMap<string, ChangedFile['status']>,
): Promise<Judgement> {
  const { raw, relative, category } = deliverable
  const name = relative.replace(/\/+$/, '')
  const untouched = input.stubs.untouched
  const members = there.has(name) && !relative.endsWith('/') ? [name] : input.files.filter(memberOf(relative))
  const stubs = untouched.filter((stub) => stub === name || memberOf(relative)(stub))
  const touched = members.some((file) => changes.has(file))
  const status: DeliverableStatus = {
    raw, relative, ...(category !== undefined && { category }), touched,
    present: members.length > 0 || stubs.length > 0,
    satisfied: members.length > 0,
    existedBefore: members.some((file) => (changes.get(file) ?? 'unchanged') !== 'added') || (members.length === 0 && changes.get(name) === 'deleted'),
    stub: members.length > 0 ? (members.some((file) => input.stubs.touched.includes(file)) ? 'touched' : 'none') : stubs.length > 0 ? 'untouched' : 'none',
  }
  const where = called(deliverable)
  const fault = (code: string, message: string): Judgement => ({ status: { ...status, satisfied: false }, problem: { path: relative, code, message: `${where} ${message}` } })

  const places = members.length > 0 ? [] : misplaced(relative, input.changed)
  if (status.stub === 'untouched') return fault('stub_untouched', `is still the stub that was written before the build${places.length > 0 ? `, and the builder wrote ${places.join(', ')}` : ''}`)
  if (members.length === 0) {
    if (await input.onDisk(name)) return fault('ignored', 'is there, but git ignores it, so that it cannot be committed')
    if (places.length > 0) return fault('misplaced', misplacedAt(places))
    return fault('missing', changes.get(name) === 'deleted' ? 'is missing: it was there, and the builder deleted it' : 'is missing')
  }
  if (members.length === 1 && members[0] === name && /\.json$/i.test(name)) {
    const text = await input.read(name).catch((error: unknown) => ({ unreadable: textOf(error) }))
    // A link that leads nowhere, a folder of that name.
    if (typeof text !== 'string') return fault('unreadable', `cannot be read: ${text.unreadable}`)
    const problem = jsonProblem(relative, text, where)
    if (problem) return { status: { ...status, satisfied: false }, problem }
  }
  return { status }
}

/** Says whether a file is what the entry names: a folder's file, or what a pattern matches. */
function memberOf(relative: string): (file: string) => boolean {
  const folder = `${relative.replace(/\/+$/, '')}/`
  const matches = scopeMatcher([relative])
  return (file) => file.startsWith(folder) || matches(file)
}

/** Files that the builder wrote under the same name at another place, at most three. */
function misplaced(relative: string, changed: readonly ChangedFile[]): string[] {
  const name = path.posix.basename(relative).toLowerCase()
  const folder = relative.endsWith('/')
  return changed
    .filter((change) => change.status !== 'deleted')
    .filter((change) => (folder ? path.posix.dirname(change.path).toLowerCase().split('/').includes(name) : path.posix.basename(change.path).toLowerCase() === name))
    .map((change) => change.path)
    .slice(0, 3)
}
