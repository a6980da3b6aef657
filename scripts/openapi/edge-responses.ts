/**
 * The schema of each response of the gateway's own API, by `method path`. Operations without one have no body, or any
 * body.
 */
export const EDGE_RESPONSES: Readonly<Record<string, string>> = {
  'get /health': 'Health',
  'post /session': 'Session',
  'get /keys': 'KeyList',
  'post /keys': 'NewKey',
  'get /keys/{id}': 'Key',
  'patch /keys/{id}': 'Key',
  'delete /cache': 'Purged',
  'post /tokens': 'Minted',
  'get /me': 'Me',
  'get /prices': 'Prices',
  'post /explain': 'Explanation',
  'get /usage': 'UsageReport',
  'get /latency': 'LatencyReport',
  'get /errors': 'ErrorReport',
  'get /requests': 'RequestPage',
  'get /requests/{id}': 'RequestRow',
  'get /jobs': 'Page',
  'post /jobs': 'Job',
  'get /jobs/{id}': 'Job',
  'post /jobs/{id}/cancel': 'Job',
  'post /jobs/{id}/retry': 'Job',
  'get /jobs/deliveries': 'Page',
  'post /jobs/deliveries/redeliver': 'Count',
  'post /jobs/deliveries/{id}/redeliver': 'Delivery',
  'get /jobs/endpoints': 'Page',
  'post /jobs/endpoints': 'WebhookEndpoint',
  'get /jobs/endpoints/{id}': 'WebhookEndpoint',
  'patch /jobs/endpoints/{id}': 'WebhookEndpoint',
  'get /jobs/endpoints/{id}/secret': 'Secrets',
  'post /jobs/endpoints/{id}/secret/rotate': 'Secrets',
  'get /jobs/secret': 'Secrets',
  'post /jobs/secret/rotate': 'Secrets',
  'get /hooks': 'Page',
  'post /hooks': 'Hook',
  'get /hooks/{id}': 'Hook',
  'patch /hooks/{id}': 'Hook',
  'get /hooks/{id}/events': 'Page',
  'get /presets': 'Page',
  'post /presets': 'Preset',
  'get /presets/{id}': 'Preset',
  'patch /presets/{id}': 'Preset',
}

/** Responses in other types than JSON. */
export const OTHER_TYPES: Readonly<Record<string, readonly string[]>> = {
  'get /usage': ['text/csv'],
  'get /requests': ['text/csv'],
  'get /metrics': ['text/plain'],
}
