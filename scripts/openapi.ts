import { writeFileSync } from 'node:fs'
import type { Endpoint } from '../src/api/endpoint.ts'
import { ENDPOINTS, type EndpointName } from '../src/api/endpoints.ts'
import type { Schema } from '../src/api/schema.ts'
import {
  invalid,
  notFound,
  type RefusalResponse,
  refusalBody,
  SHAPES,
  tooMany,
} from '../src/api/shapes.ts'
import { EXAMPLES, REFUSALS } from './openapi-examples.ts'

type Json = Readonly<Record<string, unknown>>

const INFO = {
  title: 'nle control API',
  version: '1',
  description: 'Read and command thermostats. docs/api.md says the same for people.',
  license: { name: 'MIT', identifier: 'MIT' },
}
const TAGS = ['thermostats', 'commands', 'pairing', 'server']

/** Every endpoint may refuse for these reasons. */
const refused: RefusalResponse = {
  status: 500,
  description:
    'Any other refusal: 401 a token is needed and there is none, or a wrong one; 403 a web page of an origin, or a host name, that is not configured, or a token without that right; 405 wrong method; 413 body too large; 415 a body of a browser that is not JSON; 429 too many wrong tokens; 503 the database cannot be used, or memory is short; 500 a defect.',
  schema: refusalBody,
}
const RESPONSES = { Invalid: invalid, NotFound: notFound, TooMany: tooMany, Refused: refused }

const WITH_TOKEN = [{ bearer: [] }, { key: [] }]

const SHAPE_NAMES = new Map<unknown, string>(
  Object.entries(SHAPES).map(([name, schema]) => [schema, name]),
)
const RESPONSE_NAMES = new Map<unknown, string>(
  Object.entries(RESPONSES).map(([name, response]) => [response, name]),
)

/** A schema as the document has it: every shared shape in it is a reference. */
function written(value: unknown): unknown {
  const name = SHAPE_NAMES.get(value)
  return name === undefined ? inner(value) : { $ref: `#/components/schemas/${name}` }
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written)
  if (typeof value !== 'object' || value === null) return value
  return mapValues(value as Json, written)
}

function mapValues(given: Json, change: (value: unknown, key: string) => unknown): Json {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, change(value, key)]))
}

function content(schema: Schema<unknown>, example: unknown, type = 'application/json'): Json {
  return { [type]: { schema: written(schema), example } }
}

function parameters(schema: Schema<unknown> | undefined, where: 'path' | 'query' | 'header') {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Readonly<Record<string, Schema<unknown>>>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: where,
    ...(required.includes(name) ? { required: true } : {}),
    schema: written(each),
  }))
}

function refusal({ status, description, schema }: RefusalResponse): Json {
  const message = REFUSALS[status]
  const more = (schema.required as readonly string[]).includes('auth_required')
    ? { auth_required: true }
    : {}
  const retry = { description: 'Seconds', schema: { type: 'integer' } }
  return {
    description,
    ...(status === 429 ? { headers: { 'Retry-After': retry } } : {}),
    content: content(schema, { success: false, ...more, message, error: message }),
  }
}

function operation(name: EndpointName, endpoint: Endpoint): Json {
  const { answer, body } = EXAMPLES[name] as { readonly answer: unknown; readonly body?: unknown }
  const given = [
    ...parameters(endpoint.params, 'path'),
    ...parameters(endpoint.query, 'query'),
    ...parameters(endpoint.headers, 'header'),
  ]
  const refusals = (endpoint.refusals ?? []).map((each): [number, unknown] => {
    const shared = RESPONSE_NAMES.get(each)
    return [
      each.status,
      shared === undefined ? refusal(each) : { $ref: `#/components/responses/${shared}` },
    ]
  })
  return {
    operationId: name,
    summary: endpoint.summary,
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    tags: [endpoint.tag],
    'x-scope': endpoint.scope,
    ...(endpoint.scope === 'open' ? { security: [] } : {}),
    ...(endpoint.scope === 'owner' ? { security: WITH_TOKEN } : {}),
    ...(given.length === 0 ? {} : { parameters: given }),
    ...(endpoint.body === undefined
      ? {}
      : {
          requestBody: {
            required: endpoint.body.required !== undefined,
            content: content(endpoint.body, body),
          },
        }),
    responses: {
      200: {
        description: endpoint.answerDescription ?? 'Done.',
        content: content(endpoint.answer, answer, endpoint.streams && 'text/event-stream'),
      },
      ...Object.fromEntries(refusals),
      default: { $ref: '#/components/responses/Refused' },
    },
  }
}

/** docs/openapi.json, made from the table of endpoints. */
export function openApi(): Json {
  const paths: Record<string, Json> = {}
  for (const [name, endpoint] of Object.entries(ENDPOINTS)) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    const method = endpoint.method.toLowerCase()
    paths[path] = { ...paths[path], [method]: operation(name as EndpointName, endpoint) }
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: 'http://{host}:8082', variables: { host: { default: 'localhost' } } }],
    tags: TAGS.map((name) => ({ name })),
    paths,
    components: {
      responses: mapValues(RESPONSES, (each) => refusal(each as RefusalResponse)),
      schemas: mapValues(SHAPES, inner),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token of `nle token create`; asked for once there is one, except at `/` and `/health`. `x-scope` is what it must allow; where that is owner, an admin token is asked for always.',
        },
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
    security: [{}, ...WITH_TOKEN],
  }
}

if (import.meta.main) {
  writeFileSync(new URL('../docs/openapi.json', import.meta.url), JSON.stringify(openApi()))
}
