import type { Target } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import type { AskAccount } from '../ownership/lists.ts'
import { type ReadPart, responseOfParts } from '../ownership/response-of-parts.ts'
import type { Policy } from '../policy/key-record.ts'
import { mayUseModel } from '../policy/policy.ts'
import { numberInQuery } from '../policy/query.ts'
import type { WholeResponse } from '../upstream/response.ts'

/** Page size for reading DashScope's catalogue of about 450 models. */
const CATALOGUE_PAGE_SIZE = 100

/** Maximum number of pages. */
const CATALOGUE_MAX_PAGES = 20

/** Query parameters for a single model. */
const NAMES = ['model', 'name']

/** The inputs of a catalogue request. */
export interface CatalogueCall {
  url: URL
  targets: readonly [Target, ...Target[]]
}

/**
 * The native catalogue of models for a key: without the models that its policy refuses, and with its aliases. Pages
 * and totals count only these.
 *
 * @param ask reads one page from DashScope.
 * @returns a page of the catalogue, or DashScope's error response.
 * @throws GatewayError if the query is invalid, or DashScope's response has no list of models.
 */
export function allowedCatalogue(
  policy: Policy,
  call: CatalogueCall,
  ask: AskAccount,
): Promise<WholeResponse> {
  const { url, targets } = call
  const pageNumber = numberInQuery(url.searchParams, 'page_no') ?? 1
  const pageSize = numberInQuery(url.searchParams, 'page_size', CATALOGUE_PAGE_SIZE) ?? 10
  return responseOfParts(async (read) => {
    const { envelope, models } = await readCatalogue(url, (page) => ask(page, targets[0]), read)
    const { aliases = {} } = policy
    const allowed = models.filter(({ model }) => mayUseModel(policy, model) && !Object.hasOwn(aliases, model))
    const all = [...allowed, ...aliasesIn(url, Object.keys(aliases))]
    const start = (pageNumber - 1) * pageSize
    const page = all.slice(start, start + pageSize)
    const output = { total: all.length, page_no: pageNumber, page_size: pageSize, models: page }
    return { ...envelope, output: { ...(envelope.output as JsonObject), ...output } }
  })
}

type ModelRow = JsonObject & { model: string }

async function readCatalogue(url: URL, ask: (page: URL) => ReturnType<AskAccount>, read: ReadPart) {
  let envelope: JsonObject | undefined
  const models: ModelRow[] = []
  for (let number = 1; number <= CATALOGUE_MAX_PAGES; number++) {
    const page = new URL(url)
    page.searchParams.set('page_no', String(number))
    page.searchParams.set('page_size', String(CATALOGUE_PAGE_SIZE))
    const body = read(await ask(page))
    const rows = rowsIn(body)
    envelope ??= body as JsonObject
    models.push(...rows)
    if (rows.length < CATALOGUE_PAGE_SIZE) break
  }
  return { envelope: envelope ?? {}, models }
}

function rowsIn(body: unknown): ModelRow[] {
  const output = isJsonObject(body) ? body.output : undefined
  const rows = isJsonObject(output) ? output.models : undefined
  if (Array.isArray(rows) && rows.every((row) => isJsonObject(row) && typeof row.model === 'string'))
    return rows
  throw new GatewayError('upstream', 'DashScope returned no list of models. Try again in a moment.')
}

/** Aliases have no properties that a filter could match, so only a query for a name finds one. */
function aliasesIn(url: URL, aliases: readonly string[]): ModelRow[] {
  const filters = [...url.searchParams.keys()].filter((name) => !['page_no', 'page_size'].includes(name))
  const isWanted = (alias: string) =>
    filters.every((name) => NAMES.includes(name) && url.searchParams.get(name) === alias)
  return aliases.filter(isWanted).map((model) => ({ model, provider: 'alias' }))
}
