// The rooms of the administrator's desk, each with its own address.
import type { Component } from 'vue'

import DutyChecks from './duties/DutyChecks.vue'
import DutyHistory from './duties/DutyHistory.vue'
import DutyLines from './duties/DutyLines.vue'
import DutyProposals from './duties/DutyProposals.vue'
import DutySheets from './duties/DutySheets.vue'
import AutomaticDispatch from './foresight/AutomaticDispatch.vue'
import WhatIfPage from './foresight/WhatIfPage.vue'
import CalendarPage from './calendars/CalendarPage.vue'
import HoursPage from './calendars/HoursPage.vue'
import DeadlineExplainer from './calendars/DeadlineExplainer.vue'
import PacksPage from './packs/PacksPage.vue'
import HooksPage from './hooks/HooksPage.vue'

export const GROUPS = [
  { name: 'duties', views: ['lines', 'checks', 'proposals', 'sheets', 'history'] },
  { name: 'dispatch', views: ['whatIf', 'automatic'] },
  { name: 'time', views: ['packs', 'calendar', 'hours', 'deadline'] },
  { name: 'outside', views: ['hooks'] },
] as const

export type SectionName = (typeof GROUPS)[number]['views'][number]

export const PAGES: Record<SectionName, Component> = {
  lines: DutyLines,
  checks: DutyChecks,
  proposals: DutyProposals,
  sheets: DutySheets,
  history: DutyHistory,
  whatIf: WhatIfPage,
  automatic: AutomaticDispatch,
  packs: PacksPage,
  calendar: CalendarPage,
  hours: HoursPage,
  deadline: DeadlineExplainer,
  hooks: HooksPage,
}

export function sectionOf(view: unknown): SectionName {
  return typeof view === 'string' && view in PAGES ? (view as SectionName) : 'lines'
}
