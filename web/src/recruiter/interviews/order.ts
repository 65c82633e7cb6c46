/** Dragging a step: from the places of the cards to the index where the dragged one belongs. Pure. */

export interface Place {
  id: string;
  top: number;
  bottom: number;
}

/** The index among all cards for the one that is dragged, when the pointer is at `y`. */
export function indexUnder(places: readonly Place[], dragged: string, y: number): number {
  return places.filter(({ id, top, bottom }) => id !== dragged && (top + bottom) / 2 < y).length;
}

/** How fast to scroll, in pixels a frame, near an edge of the window; 0 in the middle. */
export function scrollSpeed(y: number, height: number, edge = 80): number {
  if (y < edge) return -Math.ceil((edge - y) / 6);
  if (y > height - edge) return Math.ceil((y - height + edge) / 6);
  return 0;
}
