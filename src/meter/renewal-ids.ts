/** The id of the reservation that continues a request of a socket. Ids of requests contain no slash. */
export function renewalId(requestId: string, slice: number): string {
  return `${requestId}/${slice}`
}

/** Whether a reservation continues a request that is counted already. */
export function isRenewal(id: string): boolean {
  return id.includes('/')
}
