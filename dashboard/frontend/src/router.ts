// One desk is one address. A person reaches only the desks of their roles.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import { holds } from '@/session'

export interface Desk {
  path: string
  /** Message key under `desk.` */
  name: 'agent' | 'dispatcher' | 'unit' | 'reviewer' | 'callback' | 'supervisor' | 'figures' | 'board' | 'admin'
  roles: readonly string[]
}

// A unit's handlers see only their own cases, and the wall shows the whole city's.
const CITYWIDE = ['agent', 'dispatcher', 'reviewer', 'callback', 'supervisor', 'leader', 'administrator'] as const

/** In the order of the rail; the first that a person may open is where they start. */
export const DESKS: readonly Desk[] = [
  { path: '/desk/agent', name: 'agent', roles: ['agent'] },
  { path: '/desk/dispatch', name: 'dispatcher', roles: ['dispatcher', 'supervisor', 'administrator'] },
  { path: '/desk/unit', name: 'unit', roles: ['handler'] },
  { path: '/desk/review', name: 'reviewer', roles: ['reviewer', 'supervisor', 'administrator'] },
  { path: '/desk/callback', name: 'callback', roles: ['callback', 'reviewer', 'supervisor'] },
  { path: '/desk/supervise', name: 'supervisor', roles: ['supervisor', 'leader', 'administrator'] },
  { path: '/figures', name: 'figures', roles: ['supervisor', 'leader', 'administrator', 'handler', 'chief'] },
  { path: '/board', name: 'board', roles: CITYWIDE },
  { path: '/admin', name: 'admin', roles: ['administrator'] },
]

export function desksOfThisPerson(): Desk[] {
  return DESKS.filter((desk) => holds(...desk.roles))
}

const PAGES = {
  agent: () => import('@/desks/agent/AgentDesk.vue'),
  dispatcher: () => import('@/desks/dispatcher/DispatcherDesk.vue'),
  unit: () => import('@/desks/unit/UnitDesk.vue'),
  reviewer: () => import('@/desks/reviewer/ReviewerDesk.vue'),
  callback: () => import('@/desks/callback/CallbackDesk.vue'),
  supervisor: () => import('@/desks/supervisor/SupervisorDesk.vue'),
  figures: () => import('@/desks/figures/FiguresPage.vue'),
  board: () => import('@/desks/board/BoardWall.vue'),
  admin: () => import('@/desks/admin/AdminDesk.vue'),
}

const desks: RouteRecordRaw[] = DESKS.map((desk) => ({
  path: desk.path,
  name: desk.name,
  component: PAGES[desk.name],
  meta: { roles: desk.roles, wall: desk.name === 'board' },
}))

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    ...desks,
    {
      // Not a desk of the rail: agents come here from their console, others have it as a view of their own desk.
      path: '/desk/unfinished',
      name: 'unfinished',
      component: () => import('@/desks/unfinished/UnfinishedDesk.vue'),
      meta: { roles: ['agent', 'dispatcher', 'supervisor', 'administrator'] },
    },
    { path: '/desk', redirect: () => desksOfThisPerson()[0]?.path ?? '/nowhere' },
    { path: '/cases/:caseNo', name: 'cases', component: () => import('@/case/CasePage.vue'), props: true },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/NowherePage.vue') },
  ],
})

router.beforeEach((to) => {
  const roles = to.meta.roles as readonly string[] | undefined
  return !roles || holds(...roles) ? true : { name: 'nowhere', query: { refused: to.path } }
})
