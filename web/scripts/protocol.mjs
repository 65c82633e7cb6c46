/**
 * Turns the server's wire schema into TypeScript: JSON schema on stdin, TypeScript on stdout.
 *
 *   python -m server.wire_schema | node web/scripts/protocol.mjs > web/src/protocol.ts
 *
 * The generator knows draft 7, pydantic writes 2020-12: `$defs` and `prefixItems` are renamed.
 */
import { compile } from "json-schema-to-typescript";
import process from "node:process";

const BANNER = `/* Generated from the server's classes by scripts/protocol.mjs; do not edit. */`;

function toDraft7(node) {
  if (Array.isArray(node)) return node.map(toDraft7);
  if (typeof node === "string") return node.replace("#/$defs/", "#/definitions/");
  if (typeof node !== "object" || node === null) return node;
  const names = { $defs: "definitions", prefixItems: "items" };
  const skipped = "prefixItems" in node ? ["items"] : [];
  const kept = Object.entries(node).filter(([key]) => !skipped.includes(key) && key !== "discriminator");
  return Object.fromEntries(kept.map(([key, value]) => [names[key] ?? key, toDraft7(value)]));
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
const schema = { ...toDraft7(JSON.parse(text)), additionalProperties: false };
const source = await compile(schema, "Wire", {
  bannerComment: BANNER,
  unreachableDefinitions: true,
  style: { printWidth: 100 },
});
const ROOT = "export interface Wire {}\n";
if (!source.includes(ROOT)) throw new Error("the generator names its root differently now");
const REFERENCE = / \* This \w+ was referenced by [^\n]*\n \* via [^\n]*\n/g;
process.stdout.write(
  source.replace(ROOT, "").replace(REFERENCE, "").replaceAll(" *\n */", " */").replaceAll("/**\n */\n", ""),
);
