import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../project.ts'
import { endings, scenarios, type ScenarioId } from './scenarios.ts'

export interface TestEnd { suite: string; test: string; passed: boolean }

const ids = Object.keys(scenarios) as ScenarioId[]

/** What became of the scenarios, for a terminal: a row for each that was tried, a column for each agent. */
export function matrixText(tests: readonly TestEnd[], versions: Readonly<Record<string, { version: string }>>): string {
  const tried = ids.filter((id) => tests.some(({ suite, test }) => suite in versions && test === scenarios[id]))
  const agents = Object.keys(versions).filter((agent) => tests.some(({ suite, test }) => suite === agent && tried.some((id) => scenarios[id] === test)))
  if (agents.length === 0) return ''
  const cell = (agent: string, id: ScenarioId): string => {
    const end = tests.find(({ suite, test }) => suite === agent && test === scenarios[id])
    return end === undefined ? '-' : end.passed ? 'passed' : 'FAILED'
  }
  const rows = [['', ...agents.map((agent) => `${agent} ${versions[agent]!.version}`)], ...tried.map((id) => [scenarios[id], ...agents.map((agent) => cell(agent, id))])]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n')
}

const begin = '<!-- Made by test/support/generate.ts from test/agents/, of which each mark is a test. -->'
const end = '<!-- end -->'

/** docs/builders.md with the table of what was tried with which version. */
export function withAgentsTable(page: string): string {
  const [before, rest] = split(page, begin)
  const [, after] = split(rest, end)
  return `${before}${begin}\n${table()}\n${end}${after}`
}

function table(): string {
  const versions = JSON.parse(readFileSync(join(repositoryRoot, 'test/agents/versions.json'), 'utf8')) as Record<string, { version: string }>
  const tried = triedScenarios()
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const agents = Object.keys(versions)
  return [
    row(['', ...agents.map((agent) => `${agent} ${versions[agent]!.version}`), 'what comes of it']),
    row(['---', ...agents.map(() => '---'), '---']),
    ...ids.map((id) => row([scenarios[id], ...agents.map((agent) => (tried.has(`${agent} ${id}`) ? '✓' : '–')), endings[id]])),
  ].join('\n')
}

/** `{agent} {scenario}`, by the tests as they are written. */
function triedScenarios(): Set<string> {
  const found = new Set<string>()
  for (const file of globSync('test/agents/*.test.ts', { cwd: repositoryRoot })) {
    for (const [, agent, list] of readFileSync(join(repositoryRoot, file), 'utf8').matchAll(/^scenarioTests\(test, (\w+)Client, \[([^\]]*)\]\)$/gm)) {
      for (const [, id] of list!.matchAll(/'(\w+)'/g)) found.add(`${agent} ${id}`)
    }
  }
  return found
}

function split(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark)
  if (at === -1) throw new Error(`docs/builders.md lacks ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}
