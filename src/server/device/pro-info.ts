import { type Handler, ok } from '../http/reply.ts'

/** `GET /nest/pro_info/{code}`: who installed the thermostat, for its settings screen. */
export function proInfoHandler(): Handler {
  return ({ params }) =>
    ok({
      id: 1,
      pro_id: params.code?.slice(0, 64) ?? '',
      dba: 'nle',
      company_name: 'nle',
      locality: '',
      website: '',
      phone: '',
      email: '',
      rating: 0,
    })
}
