import { codexConfig } from './codex-config.ts'
import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

const keys: Record<'key' | 'none', Record<string, string>> = { key: { OPENAI_API_KEY: 'fake-key-of-a-test' }, none: {} }

const pointing = (login: 'key' | 'none'): Pointing => ({ url }) => ({ env: keys[login], ...(login === 'key' && { home: { '.codex/config.toml': codexConfig(url) } }) })

/** A project with the real Codex as its builder. `login: 'none'`: as after its installation. */
export const codexRig = ({ login = 'key', ...options }: AgentRigOptions & { login?: 'key' | 'none' } = {}): Promise<AgentRig> => agentRig('codex', pointing(login), options)
