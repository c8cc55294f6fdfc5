import { longestTarget } from './calls.ts'
import { codexCounts, combined, type CodexSessions } from './codex-sessions.ts'
import { numberAt, recordAt, recordsAt, textAt, type JsonObject } from './json.ts'
import type { AgentReader, AgentState, ReaderOutput } from './run-agent.ts'
import { endOfError, refusalOf } from './service-error.ts'
import { shortLine } from './short-line.ts'
import type { ModelCounts } from './tally.ts'

interface CodexContext {
  sessions: CodexSessions
  resumes: string | undefined
  model: string | undefined
  root: string
}

/**
 * Reads `codex exec --json`. `sessions`: where it tells its usage while it works. `resumes`: the conversation that it was told to go on with, and `model`: the one
 * that it was told to use. `root`: where the worktree is, which nobody needs to read in every path.
 */
export function codexReader({ show, log }: ReaderOutput, { sessions, resumes, model, root }: CodexContext): AgentReader {
  const state: AgentState = { tally: undefined }
  /** What the stream itself says of the whole conversation. */
  let total: ModelCounts | undefined
  let summary: string | undefined
  let [turns, times] = [0, 0]
  /** Whether the model has answered and the tools that it called have not all ended. */
  let isAnswering = false
  const running = new Set<string>()

  const answered = () => {
    delete state.refusal
    delete state.end
    times = 0
    if (!isAnswering) turns++
    isAnswering = true
  }

  const item = (event: JsonObject, isDone: boolean) => {
    const one = recordAt(event, 'item')
    const id = textAt(one, 'id') ?? ''
    const kind = textAt(one, 'type')
    const said = textAt(one, 'text')
    switch (kind) {
      // A warning: what ends it is `turn.failed`.
      case 'error': return log(`[warning] ${textAt(one, 'message') ?? ''}`)
      case 'agent_message':
        answered()
        summary = said ?? summary
        if (said !== undefined && isDone) log(said)
        return
      case 'reasoning': return answered()
      case 'todo_list': return
      default:
    }
    if (!isDone || !running.has(id)) {
      answered()
      const called = calledBy(one, root)
      show(`turn ${turns} · ${called}`)
      log(`[turn ${turns}] ${called}`)
      running.add(id)
    }
    if (!isDone) return
    running.delete(id)
    isAnswering = running.size > 0
    const code = numberAt(one, 'exit_code')
    if (code !== undefined && code !== 0) log(`exited with code ${code}`)
    else if (one['status'] === 'failed' || one['status'] === 'declined') log(`it ${one['status'] === 'failed' ? 'failed' : 'was declined'}`)
  }

  const error = (event: JsonObject) => {
    const message = textAt(event, 'message') ?? 'an error'
    log(message)
    // Of those that are no retry the turn's end says the same.
    const [, why] = /^Reconnecting\W*(?:\d+\/\d+|waiting for network)? ?\(?(.*?)\)?$/.exec(message) ?? []
    if (why === undefined) return
    times++
    state.refusal = refusalOf({ message: why === '' ? message : why, times })
    show(`refused (${shortLine(why, longestTarget)}), tries again`)
  }

  const count = () => {
    const main = sessions.main()
    // At its end the stream says what the conversation has cost; until then, and where it was ended before, the files do.
    // One that it does not find it begins anew.
    const ofStream = total && resumes !== undefined && state.thread === resumes ? sessions.before && combined(total, sessions.before, -1) : total
    const tally = new Map<string, ModelCounts>()
    const add = (name: string, counts: ModelCounts | undefined) => { if (counts) tally.set(name, tally.has(name) ? combined(tally.get(name)!, counts, 1) : counts) }
    add(main?.model || (model ?? ''), ofStream ?? main?.counts)
    for (const one of sessions.others()) add(one.model || (model ?? ''), one.counts)
    if (tally.size > 0) state.tally = tally
    // Refused before the model has answered once: it was asked nothing.
    else if (main && main.answers === 0 && state.end?.type === 'error' && turns === 0) state.tally = tally
    // A program that the model writes may run several commands, one after the other: of these the stream does not say that they are of one answer.
    if (main && main.answers > 0) turns = state.end ? main.answers : Math.min(turns, main.answers + 1)
    state.turns = Math.max(main?.answers ?? 0, turns)
  }

  return {
    event(event) {
      switch (event['type']) {
        case 'thread.started': {
          const thread = textAt(event, 'thread_id')
          if (thread !== undefined) state.thread = thread
          return
        }
        case 'item.started': return item(event, false)
        case 'item.completed': return item(event, true)
        case 'error': return error(event)
        case 'turn.completed':
          total = codexCounts(recordAt(event, 'usage'))
          state.end = { type: 'done', ...(summary !== undefined && { summary }) }
          return
        case 'turn.failed':
          state.end = endOfError({ message: textAt(recordAt(event, 'error'), 'message') ?? 'codex failed and did not say why' })
          return
        // Kinds that are not known yet.
        default:
      }
    },
    async look() {
      if (state.thread !== undefined) await sessions.look(state.thread)
      count()
    },
    close: () => sessions.close(),
    state: () => state,
  }
}

/** What a tool does, short. */
function calledBy(item: JsonObject, root: string): string {
  const short = (text: string) => shortLine(text.replaceAll(`${root}/`, ''), longestTarget)
  switch (item['type']) {
    // It is run by way of a shell: that much is known.
    case 'command_execution': return `runs ${short((textAt(item, 'command') ?? '').replace(/^\S*sh -l?c (["']?)(.*)\1$/s, '$2'))}`
    case 'file_change': return `changes ${short(recordsAt(item, 'changes').map((change) => textAt(change, 'path') ?? '').join(', '))}`
    case 'mcp_tool_call': return `${textAt(item, 'server') ?? ''}.${textAt(item, 'tool') ?? 'a tool'}`
    case 'collab_tool_call': return `${textAt(item, 'tool') ?? 'a sub-agent'}${short(` ${textAt(item, 'prompt') ?? ''}`).trimEnd()}`
    case 'web_search': return `searches the web for ${short(textAt(item, 'query') ?? '')}`
    default: return (textAt(item, 'type') ?? 'a tool').replaceAll('_', ' ')
  }
}
