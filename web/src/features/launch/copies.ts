/** The same launch in three other tongues. */
export const COPIES: { label: string; write: (text: string, server: string) => string }[] = [
  {
    label: "CLI",
    write: (text) =>
      `cat > recipe.yaml <<'RECIPE'\n${ended(text)}RECIPE\nprism launch recipe.yaml --wait\n`,
  },
  {
    label: "curl",
    write: (text, server) =>
      [
        `curl --fail-with-body ${server}/api/v1/pipelines \\`,
        `  -H "Authorization: Bearer $PRISM_TOKEN" \\`,
        `  -H "Content-Type: application/json" \\`,
        `  --data @- <<'RECIPE'`,
        `${JSON.stringify({ recipe: text })}`,
        "RECIPE\n",
      ].join("\n"),
  },
  {
    label: "Python",
    write: (text) =>
      [
        "from prism_client.client import Client",
        "",
        `RECIPE = """\\\n${ended(text).replaceAll("\\", "\\\\").replaceAll('"""', '\\"""')}"""`,
        "",
        "with Client.from_environment() as client:",
        "    print(client.launch(RECIPE).id)\n",
      ].join("\n"),
  },
];

function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
