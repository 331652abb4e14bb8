const BRAND = Symbol.for('clerk-deploy.error');

/**
 * An error whose `instanceof` looks at a mark. Next bundles routes, proxy and instrumentation apart,
 * each with a copy of every class, and what one throws another catches.
 */
export abstract class BrandedError extends Error {
  static readonly brand: string;
  readonly [BRAND]: string;

  constructor(message: string) {
    super(message);
    this[BRAND] = this.name = new.target.brand;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === this.brand;
  }
}
