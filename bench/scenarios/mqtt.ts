import { join } from 'node:path'
import { Broker, NO_BROKER, PASSWORD, USER } from '../../test/server/mqtt/broker.ts'
import { atMost, type Figure } from '../figure.ts'
import { removedAtEnd } from '../interruption.ts'
import { ReportingCrowd } from '../reporting-crowd.ts'
import { inFolder, type Scenario, sleep, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { nleCommand, type ServerProcess } from '../server-process.ts'

/** No faster than they are gathered: each report is published by itself. */
const PER_SECOND = 50

/**
 * Home Assistant through a real Mosquitto: what a report costs more than without a broker, and what it costs when the
 * broker has lost everything. The floor of a report is the same server without a broker.
 */
export const mqtt: Scenario = async ({ short }) => {
  if (NO_BROKER !== false) throw new Error(NO_BROKER)
  const thermostats = short ? 100 : 500
  const reports = short ? 200 : 1_500
  const broker = await Broker.start()
  const kill = (): void => void broker.signal('SIGKILL')
  const forget = removedAtEnd(kill)
  process.env.MQTT_PASSWORD = PASSWORD
  try {
    return await inFolder(async (folder) => {
      const [alone, connected] = [join(folder, 'alone.sqlite'), join(folder, 'nle.sqlite')]
      await seed(alone, thermostats)
      await seed(connected, thermostats)
      const floorS = await withServer(nleCommand(alone), async (server) => {
        const crowd = await ReportingCrowd.open(server, thermostats)
        await crowd.report(PER_SECOND, (count) => count === reports / 4)
        return reportCost(server, crowd, reports)
      })
      const command = [...nleCommand(connected), '--mqtt-host', broker.url, '--mqtt-user', USER]
      return await withServer(command, (server) =>
        measured(server, broker, thermostats, reports, floorS),
      )
    })
  } finally {
    forget()
    await broker.stop()
    delete process.env.MQTT_PASSWORD
  }
}

async function measured(
  server: ServerProcess,
  broker: Broker,
  thermostats: number,
  reports: number,
  floorS: number,
): Promise<Figure[]> {
  const name = (what: string): string => `${what}, ${thermostats} thermostats`
  const figure = (what: string, unit: string, value: number, more = {}): Figure => {
    return { scenario: 'mqtt', name: name(what), unit, value, ...more }
  }
  const first = await published(server)
  const crowd = await ReportingCrowd.open(server, thermostats)
  await crowd.report(PER_SECOND, (count) => count === reports / 4)
  const before = await published(server)
  const perReportS = await reportCost(server, crowd, reports)
  const sent = (await published(server)).sent - before.sent

  await broker.signal('SIGKILL')
  await sleep(500)
  const cpuS = server.cpuS()
  const begunMs = performance.now()
  await broker.run()
  const again = await published(server)
  const tookMs = performance.now() - begunMs
  const againS = server.cpuS() - cpuS
  crowd.close()
  return [
    figure('messages when it connects', '', first.sent),
    figure('messages per report', '', sent / reports, { target: atMost(7) }),
    figure('server CPU per 1,000 reports', 's', perReportS * 1_000, { floor: floorS * 1_000 }),
    figure('everything again after the broker lost it', 'ms', tookMs),
    figure('the same, server CPU', 's', againS),
    figure('the same, per message', 'µs', (againS / again.sent) * 1e6),
  ]
}

/** Seconds of CPU per report. */
async function reportCost(
  server: ServerProcess,
  crowd: ReportingCrowd,
  reports: number,
): Promise<number> {
  const cpuS = server.cpuS()
  await crowd.report(PER_SECOND, (count) => count === reports)
  return (server.cpuS() - cpuS) / reports
}

/** Resolves when the broker has everything that the server has to say for now. */
async function published(server: ServerProcess): Promise<{ sent: number }> {
  let before = -1
  for (;;) {
    const url = `http://127.0.0.1:${server.controlPort}/api/mqtt-config`
    const status = (await (await fetch(url)).json()) as Record<string, unknown>
    const sent = Number(status.messagesSent)
    if (status.connected === true && status.messagesWaiting === 0 && sent === before && sent > 1) {
      return { sent }
    }
    before = sent
    await sleep(200)
  }
}
