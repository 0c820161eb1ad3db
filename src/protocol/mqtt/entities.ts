import type { Entity } from './entity.ts'
import { FAN_ENTITIES } from './fan.ts'
import { HOT_WATER_ENTITIES } from './hot-water.ts'
import { OPERATION_ENTITIES } from './operation.ts'
import { READINGS } from './readings.ts'
import { SETTING_ENTITIES } from './setting-entities.ts'

/** Every entity beside the climate entity. */
export const ENTITIES: readonly Entity[] = [
  ...READINGS,
  ...FAN_ENTITIES,
  ...SETTING_ENTITIES,
  ...HOT_WATER_ENTITIES,
  ...OPERATION_ENTITIES,
]
