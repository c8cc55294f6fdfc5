/** Files in the home of who uses opencode with a scripted model, as they are after its first start: what it installs beside its configuration is there already. */
export const opencodeHome = (url: string): Record<string, string> => {
  const installed = { dependencies: { '@opencode-ai/plugin': '*' } }
  return {
    '.config/opencode/opencode.json': opencodeConfig(url),
    '.config/opencode/package.json': JSON.stringify(installed),
    '.config/opencode/package-lock.json': JSON.stringify({ packages: { '': installed } }),
    '.config/opencode/node_modules/.keep': '',
  }
}

/** An `opencode.json` by which opencode talks to a scripted model. It asks no registry and no list of models. */
const opencodeConfig = (url: string): string => `${JSON.stringify({
  autoupdate: false,
  model: 'scripted/gpt-5.1',
  provider: {
    scripted: {
      npm: '@ai-sdk/openai-compatible', name: 'Scripted', options: { baseURL: `${url}/v1`, apiKey: 'fake-key-of-a-test' },
      models: { 'gpt-5.1': { name: 'gpt-5.1', cost: { input: 1.25, output: 10, cache_read: 0.125 }, limit: { context: 200_000, output: 8_000 } } },
    },
  },
}, null, 2)}\n`

export const opencodeEnvironment = { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' }
