import { suite } from 'uvu'
import { geminiClient } from '../support/agents/gemini-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'

const test = suite('gemini')

scenarioTests(test, geminiClient, ['cut', 'stop', 'kill'])

test.run()
