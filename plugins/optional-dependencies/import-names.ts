/** What a Python package is imported as, where its name does not say. Keys are normalised; a name in several lists is no contradiction. */
const pythonImports: Readonly<Record<string, readonly string[]>> = {
  'apache-airflow': ['airflow'], 'apache-beam': ['apache_beam'], 'argon2-cffi': ['argon2'], attrs: ['attr', 'attrs'], 'azure-identity': ['azure.identity'],
  'azure-storage-blob': ['azure.storage.blob'], beautifulsoup4: ['bs4'], biopython: ['Bio'], 'charset-normalizer': ['charset_normalizer'], 'discord-py': ['discord'],
  'django-environ': ['environ'], djangorestframework: ['rest_framework'], dnspython: ['dns'], 'faiss-cpu': ['faiss'], 'faiss-gpu': ['faiss'], 'ffmpeg-python': ['ffmpeg'],
  gitpython: ['git'], 'google-api-python-client': ['googleapiclient'], 'google-auth': ['google.auth'], 'google-cloud-bigquery': ['google.cloud.bigquery'],
  'google-cloud-pubsub': ['google.cloud.pubsub'], 'google-cloud-storage': ['google.cloud.storage'], 'google-genai': ['google.genai'], 'google-generativeai': ['google.generativeai'],
  grpcio: ['grpc'], 'levenshtein': ['Levenshtein'], 'llama-cpp-python': ['llama_cpp'], 'lz4': ['lz4'], markdown: ['markdown'], 'msgpack-python': ['msgpack'], mysqlclient: ['MySQLdb'],
  'mysql-connector-python': ['mysql.connector'], 'opencv-contrib-python': ['cv2'], 'opencv-python': ['cv2'], 'opencv-python-headless': ['cv2'],
  'opentelemetry-api': ['opentelemetry'], 'opentelemetry-sdk': ['opentelemetry.sdk'], 'paho-mqtt': ['paho.mqtt'], 'pdfminer-six': ['pdfminer'], pillow: ['PIL'], protobuf: ['google.protobuf'],
  'psycopg2-binary': ['psycopg2'], 'psycopg-binary': ['psycopg'], pycrypto: ['Crypto'], pycryptodome: ['Crypto'], pycryptodomex: ['Cryptodome'], pygithub: ['github'], pyjwt: ['jwt'],
  pymupdf: ['fitz', 'pymupdf'], pymysql: ['pymysql'], pynacl: ['nacl'], pyopengl: ['OpenGL'], pyopenssl: ['OpenSSL'], 'pypdf2': ['PyPDF2'], pyqt5: ['PyQt5'], pyqt6: ['PyQt6'],
  pyserial: ['serial'], pyside6: ['PySide6'], 'python-barcode': ['barcode'], 'python-dateutil': ['dateutil'], 'python-docx': ['docx'], 'python-dotenv': ['dotenv'], 'python-gitlab': ['gitlab'],
  'python-jose': ['jose'], 'python-ldap': ['ldap'], 'python-levenshtein': ['Levenshtein'], 'python-magic': ['magic'], 'python-multipart': ['multipart', 'python_multipart'],
  'python-pptx': ['pptx'], 'python-slugify': ['slugify'], 'python-snappy': ['snappy'], 'python-telegram-bot': ['telegram'], pytorch: ['torch'], pyusb: ['usb'], pywin32: ['win32api', 'win32con', 'pywintypes'],
  pyyaml: ['yaml'], pyzmq: ['zmq'], 'ruamel-yaml': ['ruamel.yaml'], 'scikit-image': ['skimage'], 'scikit-learn': ['sklearn'], 'sentry-sdk': ['sentry_sdk'], setuptools: ['setuptools', 'pkg_resources'],
  'speechrecognition': ['speech_recognition'], 'tree-sitter': ['tree_sitter'], 'typing-extensions': ['typing_extensions'], 'websocket-client': ['websocket'],
}

/** As package indexes compare names: case and the kind of separator do not count. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** The modules by which a Python package is imported: those of `extra` (the plugin's option), of the table, else its own name. */
export function importsOf(name: string, extra: Readonly<Record<string, string | readonly string[]>> = {}): readonly string[] {
  const normal = normalise(name)
  const own = Object.entries(extra).find(([key]) => normalise(key) === normal)?.[1]
  if (own !== undefined) return typeof own === 'string' ? [own] : own
  // PyMySQL is imported in lower case, and so are nearly all: names that are not stand in the table.
  if (Object.hasOwn(pythonImports, normal)) return pythonImports[normal]!
  return [...new Set([name.replace(/[-.]+/g, '_'), normal.replaceAll('-', '_')])]
}

/** The package of a JavaScript import: `@scope/name` or the first part. Undefined for files and built-in modules. */
export function packageOf(specifier: string): string | undefined {
  return /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*/.exec(/^(?:\.|\/|#|[a-z]+:|~\/|@\/)/i.test(specifier) ? '' : specifier)?.[0]
}
