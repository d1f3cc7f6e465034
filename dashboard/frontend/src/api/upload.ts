// Sending a file with its progress, which fetch cannot tell.
import { attemptKey } from './attempts'
import { csrf } from './client'
import { ApiProblem, problemFrom } from './problem'

/** POST `form` to `address` and return the answer; raises `ApiProblem`. `progress` hears 0..1. */
export function sendForm<T>(address: string, form: FormData, progress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.responseType = 'json'
    request.setRequestHeader('X-CSRFToken', csrf())
    request.setRequestHeader('Idempotency-Key', attemptKey())
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total)
    request.onerror = () => reject(ApiProblem.unreached())
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T)
      else reject(problemFrom(request.status, request.response))
    }
    request.send(form)
  })
}
