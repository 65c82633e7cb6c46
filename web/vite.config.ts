/**
 * Two pages, built to dist/ with hashed names under /assets/: the candidate's and the recruiter's.
 *
 * Each is built alone, so that a candidate's phone loads nothing of the console, not even the parts
 * of the framework that only the console needs. Nothing is inlined into the HTML, so that the pages
 * run under a Content-Security-Policy of `default-src 'self'`. No source maps.
 */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type EnvironmentOptions } from "vite";

const page = (name: string): EnvironmentOptions => ({
  consumer: "client",
  build: { rolldownOptions: { input: `${name}.html`, checks: { pluginTimings: false } }, emptyOutDir: name === "candidate" },
});

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "dist",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  environments: { candidate: page("candidate"), recruiter: page("recruiter") },
  builder: {
    async buildApp(builder) {
      for (const name of ["candidate", "recruiter"]) await builder.build(builder.environments[name]!);
    },
  },
});
