/** Which places of the canvas are written on already, so that no two labels meet. Boxes are kept by middle and half sizes. */

export class Plates {
  /** may be set back, to give up what was taken since */
  count = 0;
  private boxes = new Float32Array(4 * 256);

  isFree(x: number, y: number, halfWidth: number, halfHeight: number): boolean {
    const { boxes } = this;
    for (let n = 0; n < 4 * this.count; n += 4) {
      if (
        Math.abs((boxes[n] as number) - x) < (boxes[n + 2] as number) + halfWidth &&
        Math.abs((boxes[n + 1] as number) - y) < (boxes[n + 3] as number) + halfHeight
      )
        return false;
    }
    return true;
  }

  /** Take the place; false, and nothing is taken, when another label is there. */
  take(x: number, y: number, halfWidth: number, halfHeight: number): boolean {
    if (!this.isFree(x, y, halfWidth, halfHeight)) return false;
    this.put(x, y, halfWidth, halfHeight);
    return true;
  }

  put(x: number, y: number, halfWidth: number, halfHeight: number): void {
    if (4 * this.count === this.boxes.length) {
      const more = new Float32Array(2 * this.boxes.length);
      more.set(this.boxes);
      this.boxes = more;
    }
    const at = 4 * this.count++;
    this.boxes[at] = x;
    this.boxes[at + 1] = y;
    this.boxes[at + 2] = halfWidth;
    this.boxes[at + 3] = halfHeight;
  }
}
