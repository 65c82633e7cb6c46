/** Whether the candidate would rather not see the own picture; lasts as long as the page. */
let hidden = $state(false);

export const picture = {
  get hidden(): boolean {
    return hidden;
  },
  toggle(): void {
    hidden = !hidden;
  },
};
