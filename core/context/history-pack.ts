import { oneLine } from '../model/one-line.ts'
import { inline } from './fence.ts'

/** What a phase did, as `history_pack.md` holds it. */
export interface HistorySection {
  phase: string
  state: string
  /** The attempt that it ended with: a section is made anew when there was another. */
  attempt: number
  text: string
}

/** What a section is made of. */
export interface PhaseFacts {
  goal: string
  commit?: string
  changed: readonly { path: string; status?: string }[]
  stat?: { added: number; removed: number }
  /** Of a phase that failed, or, of one that passed, of the attempt before. */
  failed?: { class: string; title: string; attempt: number }
  passed: boolean
  /** The builder's own words. */
  summary?: string
}

const longestGoal = 300
const longestPath = 160
const mostFiles = 20
/** Of the builder's own words. */
const mostLines = 12
const longestLine = 300

/** The body of a section. No line of it can be taken for a heading, whatever names and words are in it. */
export function historyText(facts: PhaseFacts): string {
  const files = facts.changed.slice(0, mostFiles).map(({ path, status }) => `${inline(oneLine(path, longestPath))}${status === undefined || status === 'modified' ? '' : ` (${status})`}`)
  const more = facts.changed.length - files.length
  const where = facts.commit === undefined ? 'Changed' : `Commit ${facts.commit.slice(0, 12)} changed`
  const stat = facts.stat ? ` (+${facts.stat.added} -${facts.stat.removed})` : ''
  const said = (facts.summary ?? '').split('\n').map((line) => oneLine(line, longestLine)).filter((line) => line !== '')
  const failed = facts.failed && `attempt ${facts.failed.attempt} failed: ${JSON.stringify(oneLine(facts.failed.title, longestLine))} (${oneLine(facts.failed.class, 60)})`
  return [
    `Goal: ${oneLine(facts.goal.trim().split('\n')[0] ?? '', longestGoal)}`,
    ...(files.length > 0 ? [`${where} ${files.join(', ')}${more > 0 ? `, and ${more} more` : ''}${stat}.`] : []),
    ...(failed === undefined ? [] : [facts.passed ? `Before it passed, ${failed}.` : `${failed.charAt(0).toUpperCase()}${failed.slice(1)}.`]),
    ...(said.length > 0 ? ['In its builder\'s own words:', ...said.slice(0, mostLines).map((line) => `> ${line}`), ...(said.length > mostLines ? ['> …'] : [])] : []),
  ].join('\n')
}

export const saysInOwnWords = (section: Pick<HistorySection, 'text'>): boolean => /^> /m.test(section.text)
export const namesFile = (section: Pick<HistorySection, 'text'>, path: string): boolean => section.text.includes(inline(oneLine(path, longestPath)))

/** The whole file. */
export function historyPackText(run: string, sections: readonly HistorySection[]): string {
  const intro = 'What the phases of this run did, in their order: written after each of them, and read into the prompts of later ones.'
  return `${[`# ${run}`, intro, ...sections.map((section) => `## ${section.phase}: ${section.state.toLowerCase()}, attempt ${section.attempt}\n\n${section.text}`)].join('\n\n')}\n`
}

/** The sections of the file; what is none is passed over. */
export function readHistoryPack(text: string): HistorySection[] {
  return text.split(/^(?=## )/m).flatMap((part) => {
    const heading = /^## (.+): ([a-z]+), attempt (\d+)\n/.exec(part)
    return heading ? [{ phase: heading[1]!, state: heading[2]!.toUpperCase(), attempt: Number(heading[3]), text: part.slice(heading[0].length).trim() }] : []
  })
}
