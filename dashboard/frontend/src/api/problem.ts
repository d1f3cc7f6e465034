// What went wrong, as one kind of error with a sentence that a person can read.
import { i18n } from '@/i18n'

const { t } = i18n.global

export class ApiProblem extends Error {
  override name = 'ApiProblem'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }

  static unreached(): ApiProblem {
    return new ApiProblem(0, 'unreachable', t('problem.unreachable'))
  }

  /** True when nobody knows whether it was done: the same thing may be sent again under its key. */
  get unanswered(): boolean {
    return this.status === 0 || this.status >= 500
  }

  /** True when somebody else has changed the thing meanwhile, or a rule refuses. */
  get refused(): boolean {
    return this.status === 409
  }

  /** True when the centre could not be reached at all. */
  get unreachable(): boolean {
    return this.status === 0
  }
}

interface Answered<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Return the body of an answer, or raise the `ApiProblem` that it tells of. */
export async function answerOf<T>(asked: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>
  try {
    answered = await asked
  } catch {
    throw ApiProblem.unreached()
  }
  if (answered.response.ok && answered.data !== undefined) return answered.data
  throw problemFrom(answered.response.status, answered.error)
}

export function problemFrom(status: number, error: unknown): ApiProblem {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const { code, message } = error as { code?: unknown; message: unknown }
    return new ApiProblem(status, String(code ?? 'failed'), String(message))
  }
  return new ApiProblem(status, 'failed', t('problem.failed', { status }))
}

/** Return anything thrown as an `ApiProblem`, so that pages have one thing to show. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown
  return new ApiProblem(-1, 'failed', thrown instanceof Error ? thrown.message : String(thrown))
}
