/** The frames of one task or session that were relayed, in both directions. */
export interface Traffic {
  framesUp: number
  framesDown: number
  /** Bytes of audio that DashScope has sent, including those inside events. */
  audioOutBytes: number
}

/** The traffic before the first frame. */
export function noTraffic(): Traffic {
  return { framesUp: 0, framesDown: 0, audioOutBytes: 0 }
}
