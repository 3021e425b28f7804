import { t } from '../core/i18n';
import { prefix } from '../core/place';
import { ApiError, toApiError } from './errors';

const kTimeoutMs = 20_000;

export interface HttpReply {
  status: number;
  body: Record<string, unknown>;
}

/// One JSON request to this server; `path` without the tenant. Resolves for every status the server answers with; throws
/// ApiError{unreachable} when there is no answer in 20 s.
export async function http(method: 'GET' | 'POST', path: string, body?: unknown, csrf = ''): Promise<HttpReply> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (csrf) headers['X-CSRF-Token'] = csrf;
  let response: Response;
  try {
    response = await fetch(prefix + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(kTimeoutMs),
    });
  } catch {
    throw new ApiError('unreachable', t('error.unreachable'));
  }
  const parsed: unknown = await response.json().catch(() => ({}));
  const object = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  return { status: response.status, body: withRetry(object, response) };
}

/// The error in a reply that was not 2xx.
export function httpError(reply: HttpReply): ApiError {
  const error = toApiError(reply.body['error'], t('error.status', { status: reply.status }));
  const retry = Number(reply.body['retryAfter'] ?? 0);
  return new ApiError(error.code, error.message, error.field, Number.isFinite(retry) ? retry : 0);
}

function withRetry(body: Record<string, unknown>, response: Response): Record<string, unknown> {
  const header = response.headers.get('Retry-After');
  return header === null ? body : { ...body, retryAfter: Number(header) };
}
