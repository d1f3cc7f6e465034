import { describe, expect, it } from 'vitest'

import type { Evidence, HandlingRecord } from '@/api/types'

import { about, noticedIn, pointsOf, type Reply } from './noticed'

const record = (more: Partial<HandlingRecord> = {}): HandlingRecord => ({
  text: '已到场清理烧烤摊三处，要求当晚停业。',
  public_reply: '三处烧烤摊已清理。',
  contacted_at: '2026-11-20T10:00:00+08:00',
  contact_mode: 'phone',
  truth: 'true',
  solved: 'solved',
  unsolved_reason: null,
  promise_on: null,
  over_duty: null,
  evidence_ids: [1],
  ...more,
})
const file = (more: Partial<Evidence> = {}): Evidence => ({ evidence_id: 1, name: '现场.jpg', reused: false, reused_in: [], ...more }) as Evidence
const reply = (more: Partial<Reply> = {}): Reply => ({ record: record(), told: '三处烧烤摊已清理。', before: [], files: [file()], doubts: [], ...more })
const whats = (of: Reply) => noticedIn(of).map(({ what }) => what)

describe('what the machine notices about a reply', () => {
  it('is nothing when contact, date and proof are there', () => {
    expect(noticedIn(reply())).toEqual([])
  })

  it('is a missing time of contact, and a contact that the citizen denied', () => {
    expect(whats(reply({ record: record({ contacted_at: null }) }))).toEqual(['noContact'])
    expect(whats(reply({ doubts: ['not_contacted'] }))).toEqual(['deniedContact'])
  })

  it('is a promise without a date, but not one with a date', () => {
    const text = '将尽快修复路灯。'
    expect(whats(reply({ record: record({ text, solved: 'partly' }) }))).toEqual(['soon'])
    expect(whats(reply({ record: record({ text, solved: 'partly', promise_on: '2026-12-01' }) }))).toEqual([])
    expect(whats(reply({ record: record({ solved: 'partly' }) }))).toEqual(['unsolvedNoDate'])
  })

  it('asks for no date where the law leaves nothing to be done', () => {
    expect(whats(reply({ record: record({ solved: 'unsolved', unsolved_reason: 'no_basis' }) }))).toEqual([])
  })

  it('is evidence that is missing, or that stands in another case', () => {
    expect(whats(reply({ files: [] }))).toEqual(['noFiles'])
    const [found] = noticedIn(reply({ files: [file({ reused: true, reused_in: ['20261101-000002-1'] })] }))
    expect(found).toMatchObject({ defect: 'untrue', what: 'reused', named: { cases: '20261101-000002-1' } })
  })

  it('is the very words of the reply before', () => {
    const text = record().text
    expect(whats(reply({ before: [text] }))).toEqual(['sameAsBefore'])
    expect(whats(reply({ before: [''], record: record({ text: '' }) }))).toEqual([])
  })

  it('is a mobile or identity number told to others, but not a long number that holds one', () => {
    expect(whats(reply({ told: '已联系 13800001111' }))).toEqual(['phone'])
    expect(whats(reply({ told: '证件 11010119900101001X' }))).toEqual(['identity'])
    expect(whats(reply({ told: '工单 2026113800001111234' }))).toEqual([])
  })

  it('belongs to the points of the checklist, each named once', () => {
    const noticed = noticedIn(reply({ files: [], record: record({ contacted_at: null }), doubts: ['not_contacted'] }))
    expect(pointsOf(noticed)).toEqual(['no_contact', 'no_evidence'])
    expect(about(noticed, 'no_contact')).toHaveLength(2)
  })
})
