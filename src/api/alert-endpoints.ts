import { endpoint } from './endpoint.ts'
import { text, tooMany } from './shapes.ts'

/** What tells an operator how things are: metrics and notifications. */
export const ALERT_ENDPOINTS = {
  getMetrics: endpoint('GET', '/metrics', 'read', 'server', {
    summary: 'Metrics for Prometheus',
    description: 'Of thermostats, only those that are paired.',
    answer: text,
    answerDescription: 'The text format of Prometheus.',
    answerType: 'text/plain; version=0.0.4; charset=utf-8',
    refusals: [tooMany],
  }),
} as const
