import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

/** By a key, as a program has one; or by a login, as a person with a subscription has. */
const credentials = { key: { ANTHROPIC_API_KEY: 'fake-key-of-a-test' }, subscription: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-fake-token-of-a-test' }, none: {} }

const pointing = (login: keyof typeof credentials): Pointing => ({ url }) => ({ env: { ANTHROPIC_BASE_URL: url, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', ...credentials[login] } })

/** A project with the real Claude Code as its builder. */
export const claudeRig = ({ login = 'key', ...options }: AgentRigOptions & { login?: keyof typeof credentials } = {}): Promise<AgentRig> => agentRig('claude', pointing(login), options)
