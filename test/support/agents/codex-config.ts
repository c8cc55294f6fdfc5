/** A `config.toml` by which Codex talks to a scripted model. It knows nothing of this model, so that it offers plain functions, and says so. */
export const codexConfig = (url: string, model = 'gpt-5.1'): string => `model = "${model}"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
`
