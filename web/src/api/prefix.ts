/** The path below which the server stands, such as `/prism`; the page that it serves says so. */
export const prefix =
  globalThis.document?.querySelector<HTMLMetaElement>('meta[name="prism-prefix"]')?.content ?? "";

/** The address of what the server has at a path of its own. */
export const at = (path: string) => `${prefix}${path}`;
