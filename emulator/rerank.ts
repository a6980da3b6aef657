import type { EmulatorResponse, Exchange } from './exchange.ts'
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts'
import { asksForTask, refuseTask } from './native/tasks.ts'
import { invalid } from './problems.ts'
import { countTokens, type Usage } from './tokens.ts'

/** Answers POST /api/v1/services/rerank/text-rerank/text-rerank: everything nested in `input` and `parameters`. */
export function nestedRerank(exchange: Exchange): EmulatorResponse {
  if (asksForTask(exchange)) return refuseTask()
  const { query, documents } = objectOf(exchange.body.input)
  const ranked = rank(query, documents, objectOf(exchange.body.parameters))
  if (ranked === undefined) return missing()
  const { results, usage } = ranked
  return {
    kind: 'json',
    body: {
      output: { results },
      usage: { total_tokens: usage.total_tokens },
      request_id: exchange.requestId,
    },
    usage,
  }
}

/** Answers POST /compatible-api/v1/reranks, whose request and response are flat. */
export function flatRerank({ body, model, requestId }: Exchange): EmulatorResponse {
  const ranked = rank(body.query, body.documents, body)
  if (ranked === undefined) return missing()
  const { results, usage } = ranked
  return {
    kind: 'json',
    body: {
      object: 'list',
      results,
      model,
      id: requestId,
      usage: { total_tokens: usage.total_tokens },
    },
    usage,
  }
}

function missing(): EmulatorResponse {
  return invalid('Field required: query and documents')
}

/** The score is the share of the query's characters in the document, enough to distinguish documents. */
function rank(
  query: unknown,
  documents: unknown,
  options: JsonObject,
): { results: JsonObject[]; usage: Usage } | undefined {
  const asked = contentText(query)
  const texts = listOf(documents).map(contentText)
  if (asked === '' || texts.length === 0) return undefined
  const wanted = new Set(asked.toLowerCase())
  const results = texts
    .map((text, index) => {
      const held = new Set(text.toLowerCase())
      const document = options.return_documents === true ? { document: { text } } : {}
      return { index, relevance_score: wanted.intersection(held).size / wanted.size, ...document }
    })
    .sort((left, right) => right.relevance_score - left.relevance_score)
    .slice(0, numberOf(options.top_n) ?? texts.length)
  const total = texts.reduce((sum, text) => sum + countTokens(text), countTokens(asked))
  return { results, usage: { input_tokens: total, output_tokens: 0, total_tokens: total } }
}

function contentText(value: unknown): string {
  return typeof value === 'string' ? value : textOf(objectOf(value).text ?? objectOf(value).image)
}
