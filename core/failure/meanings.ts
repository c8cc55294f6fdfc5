/** What a message means whichever tool prints it. In this order: what is narrower first. Bounded, no nested repetition. */
const meanings: readonly (readonly [failureClass: string, patterns: readonly RegExp[]])[] = [
  ['context_length', [
    /context[ _-]?(?:length|window)[ _](?:exceeded|limit|is)|maximum context length|prompt is too long|input is too long|too many tokens/i,
    /exceeds? the (?:model'?s )?(?:maximum )?context/i,
  ]],
  ['disk_full', [
    /\bENOSPC\b|No space left on device|\bEDQUOT\b|Disk quota exceeded|not enough space on the disk|disk (?:is )?full|\bErrno 28\b|SQLITE_FULL/i,
    /write error: No space/i,
  ]],
  ['oom', [
    /\bENOMEM\b|out[ -]of[ -]memory|OutOfMemory|Cannot allocate memory|heap space|GC overhead limit|memory exhausted|\boom-?kill|OOMKilled/i,
    /bad_alloc|\bErrno 12\b|Allowed memory size of|failed to allocate memory/i,
  ]],
  ['rate_limit', [
    /\b(?:HTTP|status|code|error|API Error)\D{0,12}\b429\b|\b429 Too Many|Too Many Requests|rate[ _-]?limit|usage limit/i,
    /quota (?:has been )?exceeded|exceeded your current quota|toomanyrequests|RESOURCE_EXHAUSTED/i,
  ]],
  ['auth', [
    /\b(?:HTTP|status|code|error|API Error)\D{0,12}\b40[13]\b|\b401 Unauthorized|\b403 Forbidden|\bUnauthorized\b|Authentication failed/i,
    /authentication[ _](?:error|failed|required)|not authenticated|invalid (?:api|access)[ _-]?(?:key|token)|incorrect api key/i,
    /access[ _]denied for user|AccessDenied|permission denied \(publickey|bad credentials|invalid credentials|token (?:has )?expired|\bEAUTH\b/i,
    /password authentication failed|ExpiredToken|InvalidClientTokenId|NoCredentialProviders|could not read Username/i,
  ]],
  ['network', [
    /\bE(?:CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE|CONNABORTED)\b/i,
    /Connection (?:was )?(?:refused|reset|aborted|closed by)|Could ?n[o']t (?:resolve|connect to) (?:host|server|proxy)/i,
    /Temporary failure in name resolution|Name or service not known|nodename nor servname|no such host|Network is unreachable|can(?:no|')t reach/i,
    /No route to host|getaddrinfo|socket hang up|TLS handshake|SSL(?:Error|_ERROR|:)|certificate (?:verify failed|has expired|signed by unknown)/i,
    /self[- ]signed certificate|CERT_HAS_EXPIRED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|fetch failed|failed to fetch|network (?:error|timeout)/i,
    /remote end hung up|Bad Gateway|Service (?:Temporarily )?Unavailable|\bHTTP\D{0,12}\b5\d\d\b|dial tcp/i,
  ]],
  ['timeout', [
    /\bE(?:TIMEDOUT|SOCKETTIMEDOUT)\b|timed[ -]out|\btimeout (?:of|after|exceeded|expired|reached)|\bTimeout(?:Error|Expired|Exception)\b/i,
    /deadline exceeded|exceeded (?:the )?(?:timeout|time limit|deadline)|did not (?:finish|complete) (?:with)?in|time limit exceeded/i,
  ]],
  ['permission_denied', [
    /\bE(?:ACCES|PERM|ROFS)\b|Permission denied|Operation not permitted|Read-only file system|Access is denied|access denied|\bErrno 13\b/i,
    /insufficient permissions?|requires? (?:root|superuser|administrator)|are you root\?/i,
  ]],
]

/** The class of a message by its words, or undefined. For exceptions and messages whose tool has no say of its own. */
export function meaningOf(message: string): string | undefined {
  const text = message.length > 2_000 ? message.slice(0, 2_000) : message
  return meanings.find(([, patterns]) => patterns.some((pattern) => pattern.test(text)))?.[0]
}

/** Exceptions that mean the same in every language, by the last part of their name. */
const exceptions: Readonly<Record<string, string>> = {
  SyntaxError: 'syntax_error', IndentationError: 'syntax_error', TabError: 'syntax_error', ParseError: 'syntax_error',
  AssertionError: 'test_failed', AssertionFailedError: 'test_failed', ComparisonFailure: 'test_failed',
  PermissionError: 'permission_denied', AccessDeniedException: 'permission_denied',
  MemoryError: 'oom', OutOfMemoryError: 'oom', NoMemoryError: 'oom',
  ConnectionRefusedError: 'network', ConnectionResetError: 'network', ConnectionError: 'network', ConnectionAbortedError: 'network', BrokenPipeError: 'network',
  gaierror: 'network', ConnectError: 'network', ConnectException: 'network', UnknownHostException: 'network', APIConnectionError: 'network', SSLError: 'network',
  MaxRetryError: 'network', NewConnectionError: 'network', InternalServerError: 'network', URLError: 'network', SocketException: 'network',
  TimeoutError: 'timeout', TimeoutExpired: 'timeout', ReadTimeout: 'timeout', ConnectTimeout: 'timeout', TimeoutException: 'timeout', SocketTimeoutException: 'timeout',
  APITimeoutError: 'timeout', APIConnectionTimeoutError: 'timeout', ReadTimeoutError: 'timeout', ConnectTimeoutError: 'timeout', 'Timeout': 'timeout',
  RateLimitError: 'rate_limit', AuthenticationError: 'auth', PermissionDeniedError: 'auth',
  FileNotFoundError: 'config_error', NotADirectoryError: 'config_error', IsADirectoryError: 'config_error', NoSuchFileException: 'config_error', FileNotFoundException: 'config_error',
  ImproperlyConfigured: 'config_error', ConfigError: 'config_error', ConfigurationError: 'config_error', UsageError: 'config_error', NoSectionError: 'config_error',
  ImportError: 'import_crash', ModuleNotFoundError: 'import_crash', LoadError: 'import_crash', NoClassDefFoundError: 'import_crash', ClassNotFoundException: 'import_crash',
  UnsatisfiedLinkError: 'import_crash', DistributionNotFound: 'missing_dependency', PackageNotFoundError: 'missing_dependency',
}

/** The class of an exception that nobody caught: by its name, then by its message; else a crash. */
export function classOfException(type: string, message: string): string {
  const name = type.split(/[.:\\$]/).at(-1)!
  const named = Object.hasOwn(exceptions, name) ? exceptions[name] : undefined
  if (named !== undefined && named !== 'config_error') return named
  return meaningOf(message) ?? named ?? 'crash'
}
