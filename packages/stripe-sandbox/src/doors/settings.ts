/** Owns the doors of the settings. */
import { changeSettings, settingTable } from '../settings.ts'
import type { Door } from './door.ts'

/** Read and change. */
export const settingDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox/settings',
    about: 'The present settings; ?about=1 adds what each means.',
    run: ({ core, query }) =>
      query.has('about')
        ? Object.fromEntries(
            Object.entries(core.settings).map(([name, value]) => [
              name,
              { value, about: Object.entries(settingTable).find(([known]) => known === name)?.[1].about },
            ]),
          )
        : core.settings,
  },
  {
    method: 'POST',
    path: '/_sandbox/settings',
    about: 'Changes the settings that the body names, all or none.',
    run: ({ core, body }) => {
      changeSettings(core.settings, body)
      return core.settings
    },
  },
]
