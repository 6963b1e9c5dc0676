// Owns the export of everything that is held of one customer (GDPR, articles 15 and 20), as one JSON document.
// Promises: it is in the audit log before its first byte; it is written as it is read, so its length costs no memory; one that
// breaks off is no whole answer, never a shorter document.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { customerView } from '@lockstep/domain/customer/view'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import type { RecordAudit } from '../audit/record-audit.ts'
import { ownerOf } from '../billing/mirror-routes.ts'
import { customerAnswered } from '../customers/customer-answer.ts'
import { customerParams } from '../customers/customer-id.ts'
import { answersAs, enveloped } from '../http/answer-shape.ts'
import { apiRoute, type Outlet, type Route } from '../http/route.ts'
import { exportSections, type ExportStore } from './export-sections.ts'

export interface ExportDeps {
  store: ExportStore & Pick<Store, 'readCustomer'>
  audit: RecordAudit
  clock: Pick<Clock, 'now'>
}

const exported = z
  .strictObject({
    exported_at: z.iso.datetime(),
    customer: customerAnswered,
    usage: z
      .array(
        z.strictObject({ event_name: z.string(), month: z.string(), value: z.number(), reports: z.int() }),
      )
      .meta({ description: 'What was used, added up by month.' }),
    ...Object.fromEntries(exportSections.map(({ name, record }) => [name, z.array(record)])),
  })
  .meta({ id: 'CustomerExport' })

/** The schema of the whole document. */
export const exportAnswered = enveloped(exported)

/** GET of the export. */
export function exportRoute({ store, audit, clock }: ExportDeps): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/customers/:id/export',
    name: 'export_customer',
    does: 'Exports everything that is held of a customer.',
    group: 'customers',
    scope: 'customers',
    accepts: { params: customerParams },
    answers: {
      // Written piece by piece: there is no body to look at before it is sent.
      200: answersAs('application/json', 'The whole of it.', exportAnswered.optional(), [
        'Content-Disposition',
      ]),
    },
    async handle(request) {
      const doc = await ownerOf(store, request.caller, request.params.id)
      await audit(request, { action: 'customer.export', customerId: doc._id })
      return {
        status: 200,
        headers: {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Disposition': `attachment; filename="customer-${doc._id}.json"`,
        },
        stream: (out) => writeExport(out, { store, doc, at: clock.now() }),
      }
    },
  })
}

async function writeExport(
  out: Outlet,
  { store, doc, at }: { store: ExportStore; doc: CustomerDocument; at: number },
): Promise<void> {
  const head = JSON.stringify({
    exported_at: new Date(at).toISOString(),
    customer: customerView(doc),
    usage: doc.usage ?? [],
  })
  await out.write(`{"status":"success","data":${head.slice(0, -1)}`)
  for (const { name, records } of exportSections) {
    let before = `,${JSON.stringify(name)}:[`
    for await (const record of records(store, doc)) {
      // The caller has gone: nobody reads the rest.
      if (!(await out.write(`${before}${JSON.stringify(record)}`))) return
      before = ','
    }
    await out.write(before === ',' ? ']' : `${before}]`)
  }
  await out.write('}}')
}
