/** Where a person opens the request in a browser, of a host that is known by its name; undefined for any other. What a URL holds of keys is left out. */
export function compareUrl(remoteUrl: string, target: string, branch: string): string | undefined {
  const place = placeOf(remoteUrl)
  if (!place) return undefined
  const { host, repository } = place
  const [from, to] = [branch, target].map((name) => encodeURIComponent(name).replaceAll('%2F', '/')) as [string, string]
  if (/github/.test(host)) return `https://${host}/${repository}/compare/${to}...${from}?expand=1`
  if (/gitlab/.test(host)) return `https://${host}/${repository}/-/merge_requests/new?merge_request[source_branch]=${encodeURIComponent(branch)}&merge_request[target_branch]=${encodeURIComponent(target)}`
  if (/bitbucket/.test(host)) return `https://${host}/${repository}/pull-requests/new?source=${encodeURIComponent(branch)}&dest=${encodeURIComponent(target)}`
  return undefined
}

/** `git@host:owner/name.git`, `ssh://git@host:22/owner/name`, `https://key@host/owner/name.git`. */
function placeOf(url: string): { host: string; repository: string } | undefined {
  const match = /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(url) ?? /^(?:[^@/:]+@)?([^/:]+):(?!\/)(.+)$/.exec(url)
  return match ? { host: match[1]!.toLowerCase(), repository: match[2]!.replace(/\/+$/, '').replace(/\.git$/, '') } : undefined
}
