/// What this tenant's paths begin with: "/<id>" where the page is at /<id>/, "" elsewhere.
export const prefix = prefixOf(location.pathname ?? '');

export function prefixOf(pathname: string): string {
  return pathname.replace(/\/([a-z]+\.html)?$/, '');
}
