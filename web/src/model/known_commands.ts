import { http } from '../api/http';

/// Which commands this server has, plugins' included, from its own description. Asked once for each page that
/// wants to know; the answer changes when plugins are switched.
export async function knownCommands(): Promise<ReadonlySet<string>> {
  const reply = await http('GET', '/api/openapi.json').catch(() => undefined);
  const paths = reply?.status === 200 ? reply.body['paths'] : undefined;
  const prefix = '/api/v1/';
  const names = Object.keys(typeof paths === 'object' && paths !== null ? paths : {});
  return new Set(names.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length)));
}
