// What the page of figures asks: reports, tiers, the own past, the cases behind a figure, stored days.
import { client } from './client'
import { answerOf } from './problem'
import type { components } from './schema'

type Shapes = components['schemas']

export type Figures = Shapes['Figures']
export type FigureGroup = Shapes['FigureGroup']
export type FigureValue = Shapes['FigureValue']
export type FigureName = Shapes['FigureName']
export type FigureStanding = Shapes['FigureStanding']
export type FigureTiers = Shapes['FigureTiers']
export type FigureTrend = Shapes['FigureTrend']
export type FigureCase = Shapes['FigureCase']
export type StoredDay = Shapes['StoredDay']
export type FiguresQuery = Partial<Shapes['FiguresQuery']>
export type Dimension = NonNullable<Shapes['FiguresQuery']['by']>
export type Span = Shapes['FiguresQuery']['span']
export type FigurePart = 'numerator' | 'denominator' | 'excluded'

const of = (figure: string) => ({ figure })

export const figures = {
  report: (query: FiguresQuery) => answerOf(client.GET('/api/figures', { params: { query } })),
  names: () => answerOf(client.GET('/api/figures/names')),
  /** Newest first: the period of `query` and those before it. */
  trend: (query: FiguresQuery, periods: number) =>
    answerOf(client.GET('/api/figures/trend', { params: { query: { ...query, periods } } })),
  tiers: (figure: string, query: FiguresQuery) =>
    answerOf(client.GET('/api/figures/{figure}/tiers', { params: { path: of(figure), query } })),
  cases: (figure: string, query: FiguresQuery & { part: FigurePart; cursor?: string }) =>
    answerOf(client.GET('/api/figures/{figure}/cases', { params: { path: of(figure), query } })),
  days: (first: string, last: string) => answerOf(client.GET('/api/figures/days', { params: { query: { first, last } } })),
  day: (on: string) => answerOf(client.GET('/api/figures/days/{on}', { params: { path: { on } } })),
  /** The address of the report as a file. */
  file: (query: FiguresQuery, format: 'csv' | 'xlsx') => {
    const given = Object.entries({ ...query, format }).filter(([, value]) => value != null && value !== '')
    return `/api/figures/export?${new URLSearchParams(given as [string, string][])}`
  },
}
