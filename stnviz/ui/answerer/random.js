// PyTorch's random numbers on a CPU, so that a seed gives the same picture in a page as in torch.

const LENGTH = 624;
const AHEAD = 397;
const BLOCK = 16; // PyTorch draws normal numbers in blocks of so many, if there are that many

/** A `torch.Generator` with `manual_seed(seed)`: the Mersenne twister MT19937. */
export class Generator {
  constructor(seed) {
    this.state = new Uint32Array(LENGTH);
    this.state[0] = seed;
    for (let i = 1; i < LENGTH; i++) {
      const last = this.state[i - 1] ^ (this.state[i - 1] >>> 30);
      this.state[i] = Math.imul(1812433253, last) + i;
    }
    this.at = LENGTH;
    this.spare = null; // normal numbers are computed in pairs
  }

  /** The next 32 random bits. */
  bits() {
    if (this.at === LENGTH) this.twist();
    let word = this.state[this.at++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  twist() {
    const { state } = this;
    for (let i = 0; i < LENGTH; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % LENGTH] & 0x7fffffff);
      state[i] = state[(i + AHEAD) % LENGTH] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }

  /** `torch.randint(low, high, (count,))`. */
  integers(low, high, count) {
    return Array.from({ length: count }, () => low + (this.bits() % (high - low)));
  }

  /** `torch.rand(1)`. */
  uniform() {
    return (this.bits() & 0xffffff) / 2 ** 24;
  }

  /** 53 random bits: a double in [0, 1). */
  fraction() {
    const high = this.bits() & 0x1fffff;
    return (high * 2 ** 32 + this.bits()) / 2 ** 53;
  }

  /** `torch.randn(1)`. */
  normal() {
    if (this.spare !== null) {
      const { spare } = this;
      this.spare = null;
      return spare;
    }
    const [turn, far] = [this.fraction(), this.fraction()];
    const radius = Math.sqrt(-2 * Math.log1p(-far));
    this.spare = radius * Math.sin(2 * Math.PI * turn);
    return radius * Math.cos(2 * Math.PI * turn);
  }

  /** `torch.randn(count)` for at least 16 numbers. */
  normals(count) {
    const found = new Float32Array(count);
    for (let i = 0; i < count; i++) found[i] = this.uniform();
    for (let from = 0; from + BLOCK <= count; from += BLOCK) toNormal(found, from);
    if (count % BLOCK) {
      const from = count - BLOCK;
      for (let i = from; i < count; i++) found[i] = this.uniform();
      toNormal(found, from);
    }
    return found;
  }
}

/** Box and Muller: makes 16 uniform numbers normal ones, the first eight with the last eight. */
function toNormal(numbers, from) {
  for (let i = from; i < from + BLOCK / 2; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - numbers[i]));
    const angle = 2 * Math.PI * numbers[i + BLOCK / 2];
    numbers[i] = radius * Math.cos(angle);
    numbers[i + BLOCK / 2] = radius * Math.sin(angle);
  }
}
