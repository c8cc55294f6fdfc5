import { opencodeConfig, opencodeEnvironment } from './opencode-config.ts'
import { agentRig, type AgentRig, type AgentRigOptions, type Pointing } from './rig.ts'

const pointing: Pointing = ({ url }) => ({ env: opencodeEnvironment, home: { '.config/opencode/opencode.json': opencodeConfig(url) } })

/** A project with the real opencode as its builder. */
export const opencodeRig = (options: AgentRigOptions = {}): Promise<AgentRig> => agentRig('opencode', pointing, options)
