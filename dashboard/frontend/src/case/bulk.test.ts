import { describe, expect, it } from 'vitest'

import { ApiProblem } from '@/api/problem'
import type { CaseDetail } from '@/api/types'

import { actOnAll, type Centre, type Done } from './bulk'
import { addressOf, termsOf, termsOfSaved } from './filters'

const detail = (case_no: string, allowed: boolean) =>
  ({ card: { case_no, version: 7 }, actions: allowed ? [{ action: 'sign', order_no: `${case_no}-1` }] : [] }) as unknown as CaseDetail

describe('one action on many cases', () => {
  it('goes on after a refusal and says of each case what came of it', async () => {
    const sent: unknown[] = []
    const centre: Centre = {
      one: (caseNo) => Promise.resolve(detail(caseNo, caseNo !== 'B')),
      act: (caseNo, _action, body) => {
        sent.push([caseNo, body.version, body.order_no])
        return caseNo === 'C' ? Promise.reject(new ApiProblem(409, 'stale', '已被他人修改')) : Promise.resolve(detail(caseNo, false))
      },
    }
    const told: Done[] = []
    await actOnAll(centre, ['A', 'B', 'C', 'D'], 'sign', {}, '现在不能签收', (done) => told.push(done))
    expect(told.map(({ caseNo, refused }) => [caseNo, refused])).toEqual([['A', null], ['B', '现在不能签收'], ['C', '已被他人修改'], ['D', null]])
    expect(sent).toEqual([['A', 7, 'A-1'], ['C', 7, 'C-1'], ['D', 7, 'D-1']])
  })
})

describe('the filters of a list', () => {
  it('are read from the address and written back, what is unset taken out of it', () => {
    const terms = termsOf({ unit: 'a', state: 'to_sign,handling', view: 'open', case: 'X', q: '' })
    expect(terms).toEqual({ unit: 'a', state: 'to_sign,handling' })
    expect(addressOf({ ...terms, unit: undefined })).toMatchObject({ state: 'to_sign,handling', unit: undefined, q: undefined })
  })

  it('are taken from a saved filter as far as this page knows them', () => {
    expect(termsOfSaved({ flags: ['secret', 'relapse'], clock: 'late', strange: 1, place: null })).toEqual({ flags: 'secret,relapse', clock: 'late' })
  })
})
