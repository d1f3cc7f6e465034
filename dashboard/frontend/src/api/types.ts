// Short names for the shapes of the API. The shapes themselves are in schema.d.ts, made by `npm run api`.
import type { components } from './schema'

type Shapes = components['schemas']

export type Problem = Shapes['Problem']
export type Me = Shapes['Me']
export type Listening = Shapes['Listening']
export type PhoneToken = Shapes['PhoneToken']
export type CallCard = Shapes['CallCard']
export type Offer = Shapes['Offer']
export type Seat = Shapes['Seat']
export type SeatChange = Shapes['SeatChange']
export type Waiting = Shapes['Waiting']
export type Words = Shapes['Words']
export type CaseCardRef = Shapes['CaseCardRef']
export type Revealed = Shapes['Revealed']
export type Guess = Shapes['Guess']
export type CategoryGuess = Shapes['CategoryGuess']
export type PlaceGuess = Shapes['PlaceGuess']
export type UnitGuess = Shapes['UnitGuess']
export type Suggestion = Shapes['Suggestion']
export type DraftForm = Shapes['DraftForm']
export type Draft = Shapes['Draft']
/** A draft as it is pushed: without person and place; `seal` says whether they have changed. */
export type DraftNews = Omit<Draft, 'form' | 'suggestion'> & {
  form: Partial<DraftForm>
  suggestion: (Omit<Suggestion, 'place'> & Partial<Pick<Suggestion, 'place'>>) | null
}
export type CallDetail = Shapes['CallDetail']
export type Clock = Shapes['Clock']
export type OrderCard = Shapes['OrderCard']
export type CaseCard = Shapes['CaseCard']
export type CasePage = Shapes['CasePage']
export type View = Shapes['View']
export type Views = Shapes['Views']
export type TimelineEntry = Shapes['TimelineEntry']
export type AllowedAction = Shapes['AllowedAction']
export type Routing = Shapes['Routing']
export type CaseDetail = Shapes['CaseDetail']
export type ActionBody = Shapes['ActionBody']
export type ActionName = AllowedAction['action']
export type NeedName = AllowedAction['needs'][number]
export type HandlingRecord = Shapes['HandlingRecord']
export type Code = Shapes['Code']
export type Evidence = Shapes['Evidence']
export type EvidenceList = Shapes['EvidenceList']
export type Unit = Shapes['Unit']
export type Category = Shapes['Category']
export type Area = Shapes['Area']
export type City = Shapes['City']
export type BoardEvent = Shapes['BoardEvent']
export type BoardSnapshot = Shapes['BoardSnapshot']
export type UnitLoad = Shapes['UnitLoad']

export type Kind = NonNullable<DraftForm['kind']>
export type Urgency = CaseCard['urgency']
export type CaseState = CaseCard['state']
export type OrderState = OrderCard['state']
export type CallState = CallCard['state']
export type SeatState = Seat['state']

export const KINDS: readonly Kind[] = ['complaint', 'consult', 'help', 'report', 'suggestion']
export const URGENCIES: readonly Urgency[] = ['normal', 'urgent', 'critical']
