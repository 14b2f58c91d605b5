// PDQ: 256 bits and a quality from 0 to 100, from pixels that arrive row by row.
//
// The bits are those of the reference implementation, whose arithmetic is float32 in a
// certain order. Math.fround after each step and Float32Array give just that; docs/pdq.md
// has the steps. Nothing here knows browsers, files or words.

const { fround } = Math; // rounds to float32
const SAMPLES = 64; // a side of the buffer that is looked at
const FREQUENCIES = 16; // a side of the coefficients, without the constant one
const SMALLEST_SIDE = 5; // pixels; below, a picture has no hash
const TIE_EPSILON = 0.02; // a coefficient this near the median says nothing; as in hashers/pdq.py

class Pdq {
  // width, height: pixels of the whole picture.
  constructor(width, height) {
    this.width = width;
    this.tooSmall = Math.min(width, height) < SMALLEST_SIDE;
    this.buffer = new Float32Array(SAMPLES * SAMPLES);
    this.columns = samplePositions(width);
    this.rows = samplePositions(height);
    this.window = boxWidth(width);
    this.luma = new Float32Array(width);
    this.line = new Float32Array(width);
    this.second = new ColumnBox(width, height, (sums, count, at) => this.sample(sums, count, at));
    this.first = new ColumnBox(width, height, (sums, count) => {
      for (let x = 0; x < width; x++) {
        this.luma[x] = fround(sums[x] / count);
      }
      this.pushRow(this.second);
    });
  }

  // pixels: the next rows, red, green, blue and something else of each pixel, 0 to 255.
  push(pixels) {
    const { width, luma } = this;
    for (let start = 0; start < pixels.length; start += 4 * width) {
      for (let x = 0, i = start; x < width; x++, i += 4) {
        luma[x] = 0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2];
      }
      this.pushRow(this.first);
    }
  }

  // After all rows: {hash: 64 lower-case hex digits, quality, ties: bits that say nothing}.
  finish() {
    if (this.tooSmall) {
      return { hash: "0".repeat(64), quality: 0, ties: 256 };
    }
    this.first.end();
    this.second.end();
    return { ...bitsOf(transform(this.buffer)), quality: qualityOf(this.buffer) };
  }

  pushRow(box) {
    boxRow(this.luma, this.line, this.window);
    box.push(this.line);
  }

  sample(sums, count, at) {
    for (let k = 0; k < SAMPLES; k++) {
      if (this.rows[k] === at) {
        for (let j = 0; j < SAMPLES; j++) {
          this.buffer[k * SAMPLES + j] = fround(sums[this.columns[j]] / count);
        }
      }
    }
  }
}

// Where a side is sampled.
function samplePositions(side) {
  return Array.from({ length: SAMPLES }, (_, k) => Math.floor(((k + 0.5) * side) / SAMPLES));
}

function boxWidth(side) {
  return Math.floor((side + 127) / 128);
}

// How far a box of this width reaches ahead, its own place included.
function reachAhead(width) {
  return (width + 2) >> 1;
}

// The running mean of a row: each step takes in a value ahead and lets go of one behind.
// Three loops, for the box fills up, moves along, and runs empty.
function boxRow(from, to, width) {
  const length = from.length;
  const lag = reachAhead(width) - 1;
  let sum = 0;
  for (let i = 0; i < width; i++) {
    sum = fround(sum + from[i]);
    if (i >= lag) {
      to[i - lag] = fround(sum / (i + 1));
    }
  }
  for (let i = width; i < length; i++) {
    sum = fround(fround(sum + from[i]) - from[i - width]);
    to[i - lag] = fround(sum / width);
  }
  for (let i = length; i < length + lag; i++) {
    sum = fround(sum - from[i - width]);
    to[i - lag] = fround(sum / (width - 1 - i + length));
  }
}

// The same down all columns at once. Keeps only the rows inside the box, however high the
// picture is, and hands each row to `sink(sums, count, at)`: the mean is sums / count.
class ColumnBox {
  constructor(width, height, sink) {
    this.sink = sink;
    this.box = boxWidth(height);
    this.ahead = reachAhead(this.box);
    this.sums = new Float32Array(width);
    this.kept = Array.from({ length: this.box }, () => new Float32Array(width));
    this.next = 0;
    this.count = 0;
  }

  push(row) {
    const { sums } = this;
    const kept = this.kept[this.next % this.box];
    const full = this.next >= this.box;
    for (let x = 0; x < sums.length; x++) {
      const sum = fround(sums[x] + row[x]);
      sums[x] = full ? fround(sum - kept[x]) : sum;
    }
    kept.set(row);
    this.count += full ? 0 : 1;
    this.emit();
  }

  end() {
    for (let left = this.ahead - 1; left > 0; left--) {
      if (this.next >= this.box) {
        const kept = this.kept[this.next % this.box];
        for (let x = 0; x < this.sums.length; x++) {
          this.sums[x] = fround(this.sums[x] - kept[x]);
        }
        this.count--;
      }
      this.emit();
    }
  }

  emit() {
    const at = this.next - this.ahead + 1;
    this.next++;
    if (at >= 0) {
      this.sink(this.sums, this.count, at);
    }
  }
}

// How much the buffer varies between neighbours, 0 to 100.
function qualityOf(buffer) {
  let total = 0;
  for (let i = 0; i < SAMPLES; i++) {
    for (let j = 0; j < SAMPLES; j++) {
      const here = i * SAMPLES + j;
      if (i + 1 < SAMPLES) {
        total += stepBetween(buffer[here], buffer[here + SAMPLES]);
      }
      if (j + 1 < SAMPLES) {
        total += stepBetween(buffer[here], buffer[here + 1]);
      }
    }
  }
  return Math.min(100, Math.floor(total / 90));
}

function stepBetween(one, other) {
  const difference = fround(one - other);
  return Math.abs(Math.trunc(fround(fround(difference * 100) / 255)));
}

// The 16 x 16 lowest frequencies of the buffer: waves by buffer by waves transposed.
function transform(buffer) {
  const half = Float32Array.from({ length: FREQUENCIES * SAMPLES }, (_, at) =>
    dot(WAVES, at - (at % SAMPLES), buffer, at % SAMPLES, SAMPLES),
  );
  return Float32Array.from({ length: FREQUENCIES * FREQUENCIES }, (_, at) => {
    const row = Math.floor(at / FREQUENCIES);
    return dot(half, row * SAMPLES, WAVES, (at % FREQUENCIES) * SAMPLES, 1);
  });
}

// The sum of 64 products: of one row, and of every `step`th number of the other matrix.
function dot(row, start, other, first, step) {
  let sum = 0;
  for (let k = 0; k < SAMPLES; k++) {
    sum = fround(sum + fround(row[start + k] * other[first + k * step]));
  }
  return sum;
}

const WAVES = Float32Array.from({ length: FREQUENCIES * SAMPLES }, (_, at) => {
  const [i, j] = [Math.floor(at / SAMPLES), at % SAMPLES];
  return fround(Math.sqrt(2 / SAMPLES)) * Math.cos((Math.PI / 128) * (i + 1) * (2 * j + 1));
});

// Bit k says whether coefficient k exceeds the lower median; bit 255 is written first.
function bitsOf(coefficients) {
  const median = Float32Array.from(coefficients).sort()[127];
  let hash = "";
  for (let k = 255; k > 0; k -= 4) {
    const digit = [0, 1, 2, 3].reduce((sum, d) => 2 * sum + (coefficients[k - d] > median), 0);
    hash += digit.toString(16);
  }
  const near = coefficients.filter((value) => Math.abs(value - median) <= TIE_EPSILON).length;
  return { hash, ties: near > 1 ? near : 0 };
}

// How many bits differ between two hashes in hex.
function bitsApart(one, other) {
  let apart = 0;
  for (let i = 0; i < 64; i++) {
    let bits = parseInt(one[i], 16) ^ parseInt(other[i], 16);
    for (; bits; bits >>= 1) {
      apart += bits & 1;
    }
  }
  return apart;
}
