/** Where DashScope stands (API overview, "endpoints"); keys, models and prices belong to a region. */
export type Region = 'beijing' | 'singapore' | 'virginia' | 'hongkong' | 'frankfurt' | 'tokyo'

/** What a host's name says of its region: shared hosts by their name, workspace hosts by what stands before `maas`. */
const HOSTS: readonly (readonly [ending: string, region: Region])[] = [
  ['dashscope-intl.aliyuncs.com', 'singapore'],
  ['ap-southeast-1.maas.aliyuncs.com', 'singapore'],
  ['dashscope-us.aliyuncs.com', 'virginia'],
  ['us-east-1.maas.aliyuncs.com', 'virginia'],
  ['cn-hongkong.dashscope.aliyuncs.com', 'hongkong'],
  ['cn-hongkong.maas.aliyuncs.com', 'hongkong'],
  ['eu-central-1.maas.aliyuncs.com', 'frankfurt'],
  ['ap-northeast-1.maas.aliyuncs.com', 'tokyo'],
]

/** The region of a host root; Beijing where the host does not say. */
export function regionOf(baseUrl: string): Region {
  const { hostname } = new URL(baseUrl)
  return HOSTS.find(([ending]) => hostname === ending || hostname.endsWith(`.${ending}`))?.[1] ?? 'beijing'
}
