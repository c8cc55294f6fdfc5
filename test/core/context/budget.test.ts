import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInTemplate, essential, estimateTokens, fitPrompt, parseTemplate, type Section } from '../../../core/context/index.ts'
import { promptSections, type PromptSection } from '../../../core/model/prompt.ts'

const test = suite('budget of a prompt')

const values = { project: 'p', run: 'r', phase: 'a', attempt: '1', timeLimit: '10m' }
const randomOf = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
  return seed / 2 ** 32
}
/** Every piece has a text of its own, so that it is seen whether it is there. */
const markOf = (section: PromptSection, index: number) => `<${section} ${index}>`

function randomSections(random: () => number): Section[] {
  const words = ['alpha', 'Grüße', '漢字', '😀', '```', 'x'.repeat(40), '{{goal}}', '\n\n']
  return promptSections.filter((name) => name !== 'cut').map((name) => ({
    name, ...(random() < 0.5 && { title: `On ${name}` }), ...(random() < 0.3 && { lead: 'As follows:' }), ...(random() < 0.3 && { tail: 'That is all.' }),
    pieces: Array.from({ length: Math.floor(random() * 6) }, (_, index) => ({
      text: `${markOf(name, index)} ${Array.from({ length: Math.floor(random() ** 3 * 300) }, () => words[Math.floor(random() * words.length)]).join(' ')}`,
      relevance: random() < 0.15 ? essential : name === 'files' ? Math.floor(random() * 10) : 10 + Math.floor(random() * 90), what: `${name} ${index}`,
    })),
  }))
}

test('law: never above it; nothing goes while something less relevant stays; what is essential stays; and all that goes is told', () => {
  const outcomes = { whole: 0, cut: 0, 'too-large': 0 }
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomOf(seed)
    const sections = randomSections(random)
    const template = random() < 0.5 ? builtInTemplate() : parseTemplate('{{phase}}\n{{goal}}\n{{scope}}\n\n{{deliverables}}\n{{checks}}\n{{rules}}\n{{hints}}\n\n\n{{files}}\nEnd. {{cut}}'.replace('End. ', 'End.\n'), 't.md')
    const used = new Set(template.lines.flatMap((line) => (line.type === 'section' ? [line.name] : [])))
    const rules = { maxTokens: Math.floor(200 + random() * 4_000), fileTokens: Math.floor(random() * 2_000) }
    const fitted = fitPrompt({ template, values, sections, rules })
    const pieces = sections.filter(({ name }) => used.has(name)).flatMap((section) => section.pieces.map((piece, index) => ({ ...piece, section: section.name, mark: markOf(section.name, index) })))
    const at = `seed ${seed}`
    if (fitted.type === 'too-large') {
      outcomes['too-large']++
      const least = fitPrompt({ template, values, sections: sections.map((section) => ({ ...section, pieces: section.pieces.filter((piece) => piece.relevance === essential) })), rules: { ...rules, maxTokens: 1e6 } })
      assert.ok(least.type === 'fits' && least.facts.tokens + 12 * 60 > rules.maxTokens, `${at}: refused although it fits`)
      continue
    }
    const { text, facts } = fitted
    outcomes[facts.cut.length === 0 ? 'whole' : 'cut']++
    assert.ok(estimateTokens(text) <= rules.maxTokens && facts.tokens === estimateTokens(text), `${at}: ${estimateTokens(text)} of ${rules.maxTokens}`)
    const gone = pieces.filter(({ mark }) => !text.includes(mark))
    const stay = pieces.filter(({ mark }) => text.includes(mark))
    assert.ok(gone.every((piece) => piece.relevance !== essential), `${at}: something essential is gone`)
    const leastThatStays = Math.min(...stay.map((piece) => piece.relevance))
    assert.ok(gone.every((piece) => piece.relevance <= leastThatStays), `${at}: ${JSON.stringify(gone.map(({ what, relevance }) => [what, relevance]))} went before ${leastThatStays}`)
    assert.equal(facts.cut.map((one) => one.what).sort(), gone.map((piece) => piece.what).sort(), at)
    assert.is(/^## Left out$/m.test(text), gone.length > 0, `${at}: told in the prompt`)
    if (gone.length > 0) assert.ok(text.includes(`- ${facts.cut.at(-1)!.what} (some`) && (gone.length <= 12 || text.includes(`- and ${gone.length - 12} more of less relevance`)), `${at}: by name`)
    const files = pieces.filter((piece) => piece.section === 'files' && text.includes(piece.mark) && piece.relevance !== essential)
    assert.ok(files.reduce((sum, piece) => sum + estimateTokens(piece.text) - 1, 0) <= rules.fileTokens, `${at}: files have ${rules.fileTokens}`)
  }
  for (const [outcome, count] of Object.entries(outcomes)) assert.ok(count > 10, `only ${count} of the outcome ${outcome}`)
})

test('of two that are as relevant the later one goes, and a section without pieces says nothing', () => {
  const piece = (name: string) => ({ text: name.repeat(400), relevance: 5, what: name })
  const fitted = fitPrompt({ template: builtInTemplate(), values, rules: { maxTokens: 200, fileTokens: 0 }, sections: [{ name: 'hints', title: 'Hints', pieces: [piece('a'), piece('b'), piece('c')] }, { name: 'rules', title: 'Rules', lead: 'None.', pieces: [] }] })
  assert.ok(fitted.type === 'fits')
  assert.equal(fitted.facts.cut.map((one) => one.what), ['c', 'b'])
  assert.not.match(fitted.text, /Rules|None/)
})

test('a token is a quarter of a character of ASCII, and each other character; two texts together are never above the sum', () => {
  assert.equal(['', 'abcd', 'abcde', 'é', '漢字', '😀', 'ab漢'].map(estimateTokens), [0, 1, 2, 1, 2, 1, 2])
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed)
    const [one, other] = ['', ''].map(() => Array.from({ length: Math.floor(random() * 9) }, () => ['a', 'é', '😀', '\n'][Math.floor(random() * 4)]).join('')) as [string, string]
    assert.ok(estimateTokens(one + other) <= estimateTokens(one) + estimateTokens(other), `seed ${seed}`)
  }
})

test.run()
