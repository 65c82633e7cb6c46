/**
 * Two pages, built to dist/ with hashed names under /assets/: the candidate's and the recruiter's.
 *
 * Nothing is inlined into the HTML, so that the pages run under a Content-Security-Policy of
 * `default-src 'self'`. No source maps: they would be half of what a phone could download.
 */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: { input: ["candidate.html", "recruiter.html"] },
  },
});
