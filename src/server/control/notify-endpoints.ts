import type { ControlServices, SomeHandlers } from './handler.ts'

/** Who is told when something is wrong: `/api/notifications`. */
export function notifyEndpoints({ notifications }: ControlServices) {
  return {
    /** `GET`: every receiver and how it goes. */
    listNotifications() {
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
      return { receivers: notifications.list(), time_zone: timeZone }
    },

    /** `POST`: adds a receiver. */
    async addNotification(request) {
      const { receiver, madeSecret } = await notifications.add(await request.json())
      const { id, name } = receiver
      const secret = madeSecret === undefined ? {} : { secret: madeSecret }
      return { success: true, id, name, ...secret }
    },

    /** `DELETE /{id}`: forgets a receiver, and what waits for it. */
    async removeNotification({ params }) {
      const { id, name } = await notifications.remove(params.id ?? '')
      return { success: true, id, name }
    },

    /** `POST /{id}/test`: sends a test, and says what the receiver answered. */
    async testNotification({ params }) {
      const { receiver, status } = await notifications.test(params.id ?? '')
      return { success: true, id: receiver.id, name: receiver.name, status }
    },
  } satisfies SomeHandlers
}
