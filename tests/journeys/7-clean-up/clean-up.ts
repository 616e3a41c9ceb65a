/** What one page of query.graphql answers. */
export interface ParcelPage {
  nodes: {
    id: string;
    rightHolders: {
      nameOnCertificate: string;
      citizen: { id: string; fullName: string; deathDate: string | null } | null;
    }[];
  }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** A right in force that the population register contradicts. */
export interface Contradiction {
  kind: "DEAD_RIGHT_HOLDER" | "NAME_SPELT_DIFFERENTLY";
  parcel: string;
  citizen: string;
  nameOnCertificate: string;
  fullName: string;
  deathDate: string | null;
}

/** The clean-up as a register's owner would run it: every page of a commune, each holder held against the person. */
export async function cleanUp(
  pageAfter: (cursor: string | null) => Promise<ParcelPage>,
): Promise<{ parcels: string[]; pages: number; contradictions: Contradiction[] }> {
  const parcels: string[] = [];
  const contradictions: Contradiction[] = [];
  let pages = 0;
  let cursor: string | null = null;
  do {
    const { nodes, pageInfo }: ParcelPage = await pageAfter(cursor);
    pages += 1;
    for (const parcel of nodes) {
      parcels.push(parcel.id);
      contradictions.push(...contradictionsIn(parcel));
    }
    cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (cursor !== null);
  return { parcels, pages, contradictions };
}

function contradictionsIn({
  id: parcel,
  rightHolders,
}: ParcelPage["nodes"][number]): Contradiction[] {
  return rightHolders.flatMap(({ nameOnCertificate, citizen }) => {
    if (citizen === null) return [];
    const { id, fullName, deathDate } = citizen;
    const found = { parcel, citizen: id, nameOnCertificate, fullName, deathDate };
    return [
      ...(deathDate === null ? [] : [{ kind: "DEAD_RIGHT_HOLDER", ...found } as const]),
      ...(nameOnCertificate === fullName
        ? []
        : [{ kind: "NAME_SPELT_DIFFERENTLY", ...found } as const]),
    ];
  });
}
