import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

/** A home in which a key is the way to log in. */
export const geminiHome = { '.gemini/settings.json': '{ "security": { "auth": { "selectedType": "gemini-api-key" } }, "privacy": { "usageStatisticsEnabled": false } }\n' }

const pointing: Pointing = ({ url }) => ({ env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'fake-key-of-a-test' }, home: geminiHome })

/** A project with the real Gemini CLI as its builder. */
export const geminiRig = (options: AgentRigOptions = {}): Promise<AgentRig> => agentRig('gemini', pointing, options)
