/**
 * The reward gap at which a discriminator that tells the two sides apart perfectly comes to rest.
 *
 * The loss is the sum over both experts of -log σ(g), g = s₊ - s₋, and λ times the mean over both
 * experts of (s₊² + s₋²)/2. By symmetry s₊ = g/2 = -s₋, so that an expert's share of the loss is
 * -log σ(g) + λg²/8, and its derivative vanishes where σ(-g) = λg/4. Without λ there is no such gap.
 */
export function saturationGap(scorePenalty: number): number | undefined {
  if (!(scorePenalty > 0)) {
    return undefined;
  }
  let low = 0;
  let high = 1;
  while (push(high) > (scorePenalty * high) / 4) {
    high *= 2;
  }
  // The left side falls and the right side rises, so that halving finds the one crossing.
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (push(middle) > (scorePenalty * middle) / 4) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}

function push(gap: number): number {
  return 1 / (1 + Math.exp(gap));
}
