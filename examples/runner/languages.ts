/** How the examples of one directory are run. All commands run in that directory. */
export interface Language {
  name: string
  directory: string
  /** Where in it the files are, if not at its top. */
  sources?: string
  extension: string
  /** For the person who lacks it. */
  needs: string
  /** Succeed exactly where the need is met. */
  probes: string[][]
  /** Debian packages that meet it. */
  packages: string[]
  /** Fetch what the examples depend on; where that fails they are skipped. */
  install: string[][]
  /** Compile them; where that fails they fail. */
  build: string[][]
  /** The command for one file. */
  command: (file: string) => string[]
}

const PYTHON = '../.cache/python/bin/python'

export const LANGUAGES: readonly Language[] = [
  {
    name: 'curl',
    directory: 'curl',
    extension: '.sh',
    needs: 'curl 7.76 or newer',
    probes: [['curl', '--fail-with-body', '--version']],
    packages: ['curl'],
    install: [],
    build: [],
    command: (file) => ['sh', file],
  },
  {
    name: 'Python',
    directory: 'python',
    extension: '.py',
    needs: 'Python 3.10 or newer with venv',
    probes: [['python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))']],
    packages: ['python3', 'python3-venv'],
    install: [
      ['python3', '-m', 'venv', '../.cache/python'],
      [PYTHON, '-m', 'pip', 'install', '--quiet', '--requirement', 'requirements.txt'],
    ],
    build: [],
    command: (file) => [PYTHON, file],
  },
  {
    name: 'Node.js',
    directory: 'node',
    extension: '.mjs',
    needs: 'npm',
    probes: [['npm', '--version']],
    packages: ['npm'],
    install: [['npm', 'ci', '--no-audit', '--no-fund']],
    build: [],
    command: (file) => [process.execPath, file],
  },
  {
    name: 'Java',
    directory: 'java',
    sources: 'src/main/java',
    extension: '.java',
    needs: 'Maven and JDK 17 or newer',
    probes: [
      ['mvn', '--version'],
      ['javac', '--release', '17', '--version'],
    ],
    packages: ['maven', 'default-jdk-headless'],
    install: [['mvn', '-q', '-B', 'dependency:copy-dependencies']],
    build: [['mvn', '-q', '-B', 'compile']],
    command: (file) => {
      const main = file.slice(0, -'.java'.length)
      return ['java', '-Dfile.encoding=UTF-8', '-cp', 'target/classes:target/dependency/*', main]
    },
  },
  {
    name: 'Go',
    directory: 'go',
    extension: '.go',
    needs: 'Go 1.19 or newer',
    probes: [['go', 'version']],
    packages: ['golang-go'],
    install: [],
    build: [['go', 'build', '-o', '../.cache/', '.']],
    command: (file) => ['go', 'run', file],
  },
  {
    name: 'PHP',
    directory: 'php',
    extension: '.php',
    needs: 'PHP 8 with the curl extension',
    probes: [['php', '-r', 'exit(PHP_MAJOR_VERSION >= 8 && extension_loaded("curl") ? 0 : 1);']],
    packages: ['php-cli', 'php-curl'],
    install: [],
    build: [],
    command: (file) => ['php', file],
  },
  {
    name: 'C# (Mono)',
    directory: 'csharp',
    extension: '.cs',
    needs: 'Mono with its C# compiler',
    probes: [
      ['mcs', '--version'],
      ['mono', '--version'],
    ],
    packages: ['mono-mcs', 'mono-runtime', 'libmono-system-net-http4.0-cil'],
    install: [],
    build: [['mcs', '-codepage:utf8', '-r:System.Net.Http.dll', '-out:../.cache/Text.exe', 'Text.cs']],
    command: () => ['mono', '../.cache/Text.exe'],
  },
  {
    name: 'C# (.NET)',
    directory: 'csharp',
    extension: '.cs',
    needs: 'the .NET SDK 8 or newer',
    probes: [['dotnet', '--version']],
    packages: [],
    install: [['dotnet', 'restore']],
    build: [['dotnet', 'build', '--no-restore', '--nologo']],
    command: () => ['dotnet', 'run', '--no-build'],
  },
]
