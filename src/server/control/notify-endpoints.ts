import type { ControlServices, SomeHandlers } from './handler.ts'

/** Who is told when something is wrong: `/api/notifications`. */
export function notifyEndpoints({ notifications }: ControlServices) {
  return {
    /** `GET`: every receiver and how it goes. */
    async listNotifications() {
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
      return { receivers: (await notifications.get()).list(), time_zone: timeZone }
    },

    /** `POST`: adds a receiver. */
    async addNotification(request) {
      const { receiver, madeSecret } = await (await notifications.get()).add(await request.json())
      const { id, name } = receiver
      const secret = madeSecret === undefined ? {} : { secret: madeSecret }
      return { success: true, id, name, ...secret }
    },

    /** `DELETE /{id}`: forgets a receiver, and what waits for it. */
    async removeNotification({ params }) {
      const { id, name } = await (await notifications.get()).remove(params.id ?? '')
      return { success: true, id, name }
    },

    /** `POST /{id}/test`: sends a test, and says what the receiver answered. */
    async testNotification({ params }) {
      const { receiver, status } = await (await notifications.get()).test(params.id ?? '')
      return { success: true, id: receiver.id, name: receiver.name, status }
    },
  } satisfies SomeHandlers
}
