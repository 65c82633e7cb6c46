/** State is tested without a DOM: what needs one is tried in a real browser, by tests/journeys. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["tests/**/*.test.ts"], environment: "node", isolate: false },
});
