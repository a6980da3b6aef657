/** Where DashScope stands (API overview, "endpoints"); keys, models and prices belong to a region. */
export const REGIONS = ['beijing', 'singapore', 'virginia', 'hongkong', 'frankfurt', 'tokyo'] as const

export type Region = (typeof REGIONS)[number]

/** Hosts that every account of a region shares; Frankfurt and Tokyo have workspace hosts only (API overview). */
export const SHARED_HOSTS: Readonly<Partial<Record<Region, string>>> = {
  beijing: 'https://dashscope.aliyuncs.com',
  singapore: 'https://dashscope-intl.aliyuncs.com',
  virginia: 'https://dashscope-us.aliyuncs.com',
  hongkong: 'https://cn-hongkong.dashscope.aliyuncs.com',
}

/** What a host's name says of its region: shared hosts by their name, workspace hosts by what stands before `maas`. */
const HOSTS: readonly (readonly [ending: string, region: Region])[] = [
  ['cn-hongkong.dashscope.aliyuncs.com', 'hongkong'],
  ['cn-hongkong.maas.aliyuncs.com', 'hongkong'],
  ['dashscope.aliyuncs.com', 'beijing'],
  ['cn-beijing.maas.aliyuncs.com', 'beijing'],
  ['dashscope-intl.aliyuncs.com', 'singapore'],
  ['ap-southeast-1.maas.aliyuncs.com', 'singapore'],
  ['dashscope-us.aliyuncs.com', 'virginia'],
  ['us-east-1.maas.aliyuncs.com', 'virginia'],
  ['eu-central-1.maas.aliyuncs.com', 'frankfurt'],
  ['ap-northeast-1.maas.aliyuncs.com', 'tokyo'],
]

/** The region that the name of a host root says; undefined for a host of somebody's own. */
export function namedRegionOf(baseUrl: string): Region | undefined {
  const { hostname } = new URL(baseUrl)
  return HOSTS.find(([ending]) => hostname === ending || hostname.endsWith(`.${ending}`))?.[1]
}

/** The region of a host root; Beijing where the host does not say. */
export function regionOf(baseUrl: string): Region {
  return namedRegionOf(baseUrl) ?? 'beijing'
}

/** Whether a text is the name of a region. */
export function isRegion(text: string): text is Region {
  return (REGIONS as readonly string[]).includes(text)
}
