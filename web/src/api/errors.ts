/// A refusal by the server or the network. `code` is for programs, `message` for people, `field` a JSON
/// pointer or name of the argument that was wrong.
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field = '',
    readonly retryAfterSeconds = 0,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

interface WireError {
  code?: unknown;
  message?: unknown;
  text?: unknown;
  field?: unknown;
}

const asText = (value: unknown, fallback = ''): string => (typeof value === 'string' ? value : fallback);

/// Reads `{code, message, field}` of a reply, whatever is missing.
export function toApiError(value: unknown, fallback: string): ApiError {
  const error = (typeof value === 'object' && value !== null ? value : {}) as WireError;
  const message = asText(error.message) || asText(error.text) || fallback;
  return new ApiError(asText(error.code, 'unknown'), message, asText(error.field).replace(/^\//, ''));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
