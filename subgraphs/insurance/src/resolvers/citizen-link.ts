import { type Resolver, showsLink } from "@truc/service";

/**
 * A record's link to the person it is about. The record's place is the office that manages it; where the person lives,
 * the population register knows. So it stands only where the caller's limits reach without asking for a place.
 */
export const citizenLink: Resolver = ({ pin }: { pin: string }, _args, context, info) =>
  showsLink(context.rows(info).limit, pin) ? { id: pin } : null;
