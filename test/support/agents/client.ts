import type { Usage } from '../../../core/model/usage.ts'
import type { Script, Step } from '../model-endpoint/index.ts'
import type { AgentRig, AgentRigOptions } from './rig.ts'

type Refuse = Extract<Step, { type: 'refuse' }>

/** An error of the service that an agent talks to, and what Autopack tells of it. */
export interface Refusal {
  step: Omit<Refuse, 'type'>
  /** In the reason, or in the detail of the stop. */
  says: RegExp
  /** How often it may ask. Default 4. */
  most?: number
  /** Options of the builder, as source text. */
  options?: string
  /** How its user is logged in, where the agent is told of this only then. */
  login?: string
}

/** What is an agent's own in the scenarios. */
export interface Client {
  name: string
  rig(options?: AgentRigOptions & { login?: string }): Promise<AgentRig>
  /** Of an edit in two answers. */
  usage: Partial<Exclude<Usage, 'unknown'>>
  /** What the live view shows of that edit. */
  shows: RegExp
  /** Input of one answer as it comes, and of one that has read 50,000 tokens: while it works. */
  input: readonly [plain: number, large: number]
  /** How the service tells that the usage limit is reached until then, which is two hours from now on a whole minute. */
  limit(until: Date): Refusal
  overload: Refusal
  retry: Refusal
  key: Refusal
  credit: Refusal
  model: Refusal
  context: Refusal
  /** After a connection that broke. */
  cut: 'goes on' | 'pause'
}

export const refusing = (step: Omit<Refuse, 'type'>): Script => () => ({ type: 'refuse', ...step })
