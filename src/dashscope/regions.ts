/** Money of a region's bill. */
export type Currency = 'CNY' | 'USD'

interface RegionFacts {
  /** The name for people. */
  label: string
  /** Host root that every account of the region shares; Frankfurt and Tokyo have workspace hosts only. */
  sharedHost?: string
  /** Suffixes of host names in the region: the shared host and the hosts of workspaces. */
  hostSuffixes: readonly string[]
  /** Position of the data centre in degrees: latitude, longitude. Used to find the nearest region. */
  location: readonly [latitude: number, longitude: number]
  /** Currency of the bill: Beijing is billed in CNY, all others in USD. */
  currency: Currency
}

/** DashScope's regions (API overview, "endpoints"). Keys, models and prices belong to a region. A new region is a new row. */
export const REGION = {
  beijing: {
    label: 'Beijing',
    sharedHost: 'https://dashscope.aliyuncs.com',
    hostSuffixes: ['dashscope.aliyuncs.com', 'cn-beijing.maas.aliyuncs.com'],
    location: [39.9, 116.4],
    currency: 'CNY',
  },
  singapore: {
    label: 'Singapore',
    sharedHost: 'https://dashscope-intl.aliyuncs.com',
    hostSuffixes: ['dashscope-intl.aliyuncs.com', 'ap-southeast-1.maas.aliyuncs.com'],
    location: [1.35, 103.8],
    currency: 'USD',
  },
  virginia: {
    label: 'Virginia',
    sharedHost: 'https://dashscope-us.aliyuncs.com',
    hostSuffixes: ['dashscope-us.aliyuncs.com', 'us-east-1.maas.aliyuncs.com'],
    location: [38.9, -77.5],
    currency: 'USD',
  },
  hongkong: {
    label: 'Hong Kong',
    sharedHost: 'https://cn-hongkong.dashscope.aliyuncs.com',
    hostSuffixes: ['cn-hongkong.dashscope.aliyuncs.com', 'cn-hongkong.maas.aliyuncs.com'],
    location: [22.3, 114.2],
    currency: 'USD',
  },
  frankfurt: {
    label: 'Frankfurt',
    hostSuffixes: ['eu-central-1.maas.aliyuncs.com'],
    location: [50.1, 8.7],
    currency: 'USD',
  },
  tokyo: {
    label: 'Tokyo',
    hostSuffixes: ['ap-northeast-1.maas.aliyuncs.com'],
    location: [35.7, 139.7],
    currency: 'USD',
  },
} as const satisfies Record<string, RegionFacts>

export type Region = keyof typeof REGION

/** The names of all regions. */
export const REGIONS = Object.keys(REGION) as Region[]

/** The host root that every account of a region shares; undefined if the region has only workspace hosts. */
export function sharedHostOf(region: Region): string | undefined {
  const facts: RegionFacts = REGION[region]
  return facts.sharedHost
}

/** The region that a host root belongs to, by the longest matching suffix; undefined for a host that is not DashScope's. */
export function namedRegionOf(baseUrl: string): Region | undefined {
  const { hostname } = new URL(baseUrl)
  let longest = ''
  let found: Region | undefined
  for (const region of REGIONS) {
    for (const suffix of REGION[region].hostSuffixes) {
      const matches = hostname === suffix || hostname.endsWith(`.${suffix}`)
      if (matches && suffix.length > longest.length) [longest, found] = [suffix, region]
    }
  }
  return found
}

/** The region of a host root; Beijing for an unknown host. */
export function regionOf(baseUrl: string): Region {
  return namedRegionOf(baseUrl) ?? 'beijing'
}

/** Whether a text is the name of a region. */
export function isRegion(text: string): text is Region {
  return Object.hasOwn(REGION, text)
}
