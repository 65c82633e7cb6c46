/** Runes in every component, so that there is one way to write one. */
export default { compilerOptions: { runes: true } };
