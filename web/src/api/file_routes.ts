import { session } from '../app';
import { ApiError, toApiError } from './errors';
import { t } from '../core/i18n';

/// The server's routes for files of any size. `path`: id of the area, then names.

const linkOf = (path: string[]): string => path.map(encodeURIComponent).join('/');

export const downloadUrl = (path: string[]): string => `/downloadfile.ashx?link=${encodeURIComponent(path.join('/'))}`;

/// Puts a file into a folder; `onProgress` is told what share of it has left.
export function upload(path: string[], file: File, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append('link', linkOf(path));
    form.append('files', file, file.name);
    // fetch() does not tell how far an upload is.
    const request = new XMLHttpRequest();
    request.open('POST', '/uploadfile.ashx');
    request.responseType = 'json';
    request.setRequestHeader('X-CSRF-Token', session.csrfToken);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onerror = () => reject(new ApiError('unreachable', t('error.unreachable')));
    request.onload = () => {
      if (request.status === 200) return resolve();
      const body = (request.response ?? {}) as Record<string, unknown>;
      reject(toApiError(body['error'], t('error.status', { status: request.status })));
    };
    request.send(form);
  });
}
