declare const made: unique symbol;

/**
 * A value that only its own stage makes: `Branded<…, "Permit">` comes out of authorize and nowhere else, so that
 * executing without a permit does not compile.
 */
export type Branded<T, Name extends string> = T & { readonly [made]: Name };
