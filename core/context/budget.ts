import { grouped } from '../model/grouped.ts'
import { oneLine } from '../model/one-line.ts'
import type { ContextRules, PromptSection } from '../model/prompt.ts'
import type { PromptCut, PromptFacts } from '../model/prompt-schema.ts'
import { fill, type PromptValue, type Template } from './template.ts'
import { estimateTokens } from './tokens.ts'

/** One thing that a prompt says and that can be left out by itself. */
export interface Piece {
  text: string
  /** What stays longer is higher; `essential` is never left out. */
  relevance: number
  /** How it is called where it was left out. */
  what: string
}
export const essential = Number.POSITIVE_INFINITY

/** A part of the prompt: a heading, what leads to its pieces, the pieces. Without a piece that is left there is nothing of it. */
export interface Section {
  name: PromptSection
  title?: string
  lead?: string
  pieces: readonly Piece[]
  /** Between two pieces. Default: one line break. */
  between?: string
  tail?: string
}

export type Fitted =
  | { type: 'fits'; text: string; facts: PromptFacts }
  /** What cannot be left out takes more than there is room for. */
  | { type: 'too-large'; tokens: number }

export interface FitRequest {
  template: Template
  values: Readonly<Record<PromptValue, string>>
  sections: readonly Section[]
  rules: ContextRules
  /** Tokens of `maxTokens` that are left free, for what is put above it later. Default 0. */
  reserved?: number
}

/**
 * The prompt with as much as there is room for. The law: never above `maxTokens`; nothing is left out while something less relevant stays; what is essential
 * is never left out; everything that is left out is in `facts`, and told in the prompt itself. Pure.
 */
export function fitPrompt({ template, values, sections, rules, reserved = 0 }: FitRequest): Fitted {
  const most = rules.maxTokens - reserved
  const used = new Set(template.lines.flatMap((line) => (line.type === 'section' ? [line.name] : [])))
  const wanted = sections.filter((section) => used.has(section.name))
  const ranked = wanted
    .flatMap((section) => section.pieces.map((piece) => ({ piece, section: section.name })))
    .filter(({ piece }) => piece.relevance !== essential)
    // Of two that are as relevant, the later one goes first.
    .toReversed().toSorted((left, right) => left.piece.relevance - right.piece.relevance)
  const files = ranked.filter(({ section }) => section === 'files')
  const roomless = files.slice(0, fewest(files.length, (count) => {
    const gone = new Set(files.slice(0, count).map(({ piece }) => piece))
    return wanted.filter(({ name }) => name === 'files').reduce((sum, section) => sum + estimateTokens(sectionText(section, gone)), 0) <= rules.fileTokens
  }))
  const others = ranked.filter((one) => !roomless.includes(one))

  const compose = (count: number): { text: string; cut: PromptCut[]; tokens: number } => {
    const left = [...roomless, ...others.slice(0, count)]
    const cut = left.map(({ piece, section }): PromptCut => ({ section, what: oneLine(piece.what, 160), tokens: estimateTokens(piece.text) }))
    const gone = new Set(left.map(({ piece }) => piece))
    const texts = new Map<PromptSection, string>(wanted.map((section) => [section.name, sectionText(section, gone)]))
    texts.set('cut', cutText(cut, rules.maxTokens))
    const text = fill(template, values, texts)
    return { text, cut, tokens: estimateTokens(text) }
  }
  // What is tried last is mostly what is taken.
  let last: { count: number; composed: ReturnType<typeof compose> } | undefined
  const render = (count: number) => (last?.count === count ? last : (last = { count, composed: compose(count) })).composed
  const count = fewest(others.length, (wantedCount) => render(wantedCount).tokens <= most)
  const { text, cut, tokens } = render(count)
  return tokens <= most ? { type: 'fits', text, facts: { tokens, maxTokens: rules.maxTokens, cut } } : { type: 'too-large', tokens }
}

/** The least number for which it fits, or `most`. That more is left out makes a text shorter but for the line that tells of it, so the neighbours are tried too. */
function fewest(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (fits(middle)) high = middle
    else low = middle + 1
  }
  while (low < most && !fits(low)) low++
  return low
}

function sectionText(section: Section, gone: ReadonlySet<Piece>): string {
  const pieces = section.pieces.filter((piece) => !gone.has(piece))
  if (pieces.length === 0) return ''
  const body = pieces.map((piece) => piece.text).join(section.between ?? '\n')
  return [section.title !== undefined && `## ${section.title}`, section.lead, body, section.tail].filter((part) => part !== undefined && part !== false).join('\n\n')
}

const mostTold = 12

function cutText(cut: readonly PromptCut[], maxTokens: number): string {
  if (cut.length === 0) return ''
  // What was nearest to staying matters most.
  const told = cut.toReversed().slice(0, mostTold)
  const more = cut.length - told.length
  const tokens = cut.slice(0, more).reduce((sum, one) => sum + one.tokens, 0)
  return [
    '## Left out', '', `This prompt may hold some ${grouped(maxTokens)} tokens, so it lacks:`, '',
    ...told.map((one) => `- ${one.what} (some ${grouped(one.tokens)} tokens)`),
    ...(more > 0 ? [`- and ${more} more of less relevance (some ${grouped(tokens)} tokens)`] : []),
  ].join('\n')
}
