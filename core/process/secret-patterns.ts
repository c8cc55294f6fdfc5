/** A shape that a secret has wherever it comes from. */
export interface SecretPattern {
  /**
   * Texts of which one must occur before the expression is tried: looking for them costs a fraction of it.
   * The search jumps from one first letter to the next, so that one which begins with a rare letter costs a tenth of another; V8 searches for
   * texts of seven characters and more in another way, which takes five times as long.
   */
  anchors: readonly string[]
  /** Bounded repetitions only, so that the time per character is bounded and a match is never longer than `longestMatch`. Group 1, if any, is kept. */
  expression: RegExp
}

/** No pattern matches more characters than this. */
export const longestMatch = 4 * 1024

/** Case is not ignored by the anchors; headers are written in these ways. */
const bearer = ['Bearer', 'bearer', 'BEARER']
const authorization = ['zation', 'ZATION']

export const secretPatterns: readonly SecretPattern[] = [
  // OpenAI, Anthropic, OpenRouter and others. A digit tells a key from a hyphenated name such as sk-component-library-base.
  { anchors: ['sk-'], expression: /(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]{0,200}\d)[A-Za-z0-9_-]{20,1000}/g },
  { anchors: ['_live_', '_test_'], expression: /(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}/g },
  // GitHub, GitLab, npm, Slack.
  { anchors: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], expression: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{30,255}/g },
  { anchors: ['_pat_'], expression: /github_pat_[A-Za-z0-9_]{22,255}/g },
  { anchors: ['glpat-'], expression: /glpat-[A-Za-z0-9_-]{20,255}/g },
  { anchors: ['pm_'], expression: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36,255}/g },
  { anchors: ['xox'], expression: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  // Amazon, Google.
  { anchors: ['AKIA', 'ASIA'], expression: /(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { anchors: ['AIza'], expression: /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/g },
  // JSON web tokens.
  { anchors: ['yJ'], expression: /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,1500}\.eyJ[A-Za-z0-9_-]{2,1500}\.[A-Za-z0-9_-]{10,1000}/g },
  // Headers.
  { anchors: authorization, expression: /(authorization["']?[:=]\s{0,4}["']?(?:basic|bearer|token)\s{1,4})[A-Za-z0-9._~+/=-]{6,3900}/gi },
  { anchors: bearer, expression: /(?<![A-Za-z0-9])(bearer\s{1,4})(?=[A-Za-z._~+/-]{0,200}\d)[A-Za-z0-9._~+/-]{16,3900}={0,2}/gi },
  // A password in a URL. The user's name stays: it tells which account.
  // It begins with what is rare, and looks back for the scheme: from the other end every word of a log would be tried as one.
  { anchors: ['://'], expression: /(:\/\/(?<=(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/)[^\s/:@"'<>]{0,200}:)[^\s/@"'<>]{1,500}(?=@[A-Za-z0-9[])/g },
]
