// Evidence that has come or gone on this page: two lists of the same case tell each other.
import { reactive } from 'vue'

const news = reactive(new Map<string, number>())

/** Say that the evidence of a case is no longer what the lists show. */
export function evidenceChanged(caseNo: string): void {
  news.set(caseNo, (news.get(caseNo) ?? 0) + 1)
}

/** Return a number that changes with the evidence of a case. */
export function evidenceNews(caseNo: string): number {
  return news.get(caseNo) ?? 0
}
