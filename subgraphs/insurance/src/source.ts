/** Every statement of this register, by table. */
export * from "./source/benefit.ts";
export * from "./source/contribution.ts";
export * from "./source/health-card.ts";
export * from "./source/profile.ts";
