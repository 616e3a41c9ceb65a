import { readFileSync } from "node:fs";
import DataLoader from "dataloader";
import { Kind, parse, visit } from "graphql";
import pg from "pg";

process.env.APOLLO_TELEMETRY_DISABLED = "true";
const { ApolloServer } = await import("@apollo/server");
const {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} = await import("@apollo/server/plugin/disabled");
const { buildSubgraphSchema } = await import("@apollo/subgraph");
const { fastifyApolloHandler } = await import("@as-integrations/fastify");
const { default: Fastify } = await import("fastify");

/**
 * One register as a competent team writes it with Apollo Server: @apollo/subgraph, a DataLoader for every kind of row, made
 * anew for each request, and statements that the database prepares once, over a pool as large as the ones of Truc's
 * registers. It answers what the benchmark asks, and nothing else of the schema; it knows no permits and keeps no journal.
 *
 *   REGISTER      population, land, business or insurance
 *   FOLDER        where its schema.graphql is
 *   DATABASE_URL  the register's own tables
 */
const { REGISTER, FOLDER, DATABASE_URL } = process.env;
const DATE = 1082;
const NUMERIC = 1700;
pg.types.setTypeParser(DATE, (text) => text);
pg.types.setTypeParser(NUMERIC, Number);
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });

/** Rows for keys, under a name that makes the statement a prepared one. */
async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

/** One row for each key. */
function one(name, text, keyOf) {
  return () =>
    new DataLoader(async (keys) => {
      const found = new Map((await rows(name, text, [keys])).map((row) => [keyOf(row), row]));
      return keys.map((key) => found.get(key) ?? null);
    });
}

/** All rows of each key. */
function many(name, text, keyOf, ...more) {
  return () =>
    new DataLoader(async (keys) => {
      const found = Map.groupBy(await rows(name, text, [keys, ...more]), keyOf);
      return keys.map((key) => found.get(key) ?? []);
    });
}

/** How many entries a page has when the caller does not say. */
const PAGE = 20;

const REGISTERS = {
  population: {
    loaders: {
      citizen: one(
        "citizen",
        `select pin as id, full_name as "fullName", birth_date as "birthDate", sex, nationality,
           card_number, card_issued, card_expires
         from citizen where pin = any($1)`,
        ({ id }) => id,
      ),
    },
    resolvers: {
      Query: {
        citizen: (_root, { id }, { loaders }) => loaders.citizen.load(id),
        citizens: (_root, { ids }, { loaders }) => loaders.citizen.loadMany(ids),
      },
      Citizen: {
        __resolveReference: ({ id }, { loaders }) => loaders.citizen.load(id),
        identityCard: ({ card_number: number, card_issued: issued, card_expires: expires }) =>
          number === null ? null : { number, issued, expires },
      },
    },
  },

  land: {
    loaders: {
      rights: many(
        "rights",
        `select * from (
           select citizen, parcel_id, share_numerator, share_denominator,
             row_number() over (partition by citizen order by valid_from desc, id desc) as place
           from right_holder where citizen = any($1)) as numbered
         where place <= $2 order by citizen, place`,
        ({ citizen }) => citizen,
        PAGE,
      ),
      parcel: one("parcel", "select id, area from parcel where id = any($1)", ({ id }) => id),
    },
    resolvers: {
      Citizen: {
        __resolveReference: ({ id }) => ({ id }),
        landRights: async ({ id }, _args, { loaders }) => ({
          nodes: await loaders.rights.load(id),
        }),
      },
      LandRight: {
        parcel: ({ parcel_id: id }, _args, { loaders }) => loaders.parcel.load(id),
        share: ({ share_numerator: numerator, share_denominator: denominator }) => ({
          numerator,
          denominator,
        }),
      },
    },
  },

  business: {
    loaders: {
      roles: many(
        "roles",
        `select * from (
           select *, row_number() over (partition by citizen order by company, role, valid_from, id) as place
           from (select citizen, company, 0 as role, '' as id, valid_from
                 from company_representative where citizen = any($1)
                 union all
                 select citizen, company, 1, id, valid_from from company_owner where citizen = any($1)) as entry
         ) as numbered
         where place <= $2 order by citizen, place`,
        ({ citizen }) => citizen,
        PAGE,
      ),
      company: one(
        "company",
        "select code, name, status from company where code = any($1)",
        ({ code }) => code,
      ),
    },
    resolvers: {
      Citizen: {
        __resolveReference: ({ id }) => ({ id }),
        companies: async ({ id }, _args, { loaders }) => ({ nodes: await loaders.roles.load(id) }),
      },
      CompanyRole: {
        role: ({ role }) => (role === 0 ? "REPRESENTATIVE" : "OWNER"),
        company: ({ company }, _args, { loaders }) => loaders.company.load(company),
      },
    },
  },

  insurance: {
    loaders: {
      card: one(
        "card",
        `select distinct on (pin) pin, number, from_date as "validFrom", to_date as "validTo",
           clinic_code, clinic_name
         from health_card
         where pin = any($1) and from_date <= (now() at time zone 'Asia/Ho_Chi_Minh')::date
           and (to_date is null or to_date >= (now() at time zone 'Asia/Ho_Chi_Minh')::date)
         order by pin, from_date desc, number`,
        ({ pin }) => pin,
      ),
    },
    resolvers: {
      Citizen: {
        __resolveReference: ({ id }) => ({ id }),
        healthCard: ({ id }, _args, { loaders }) => loaders.card.load(id),
      },
      HealthCard: {
        paidPercent: ({ number }) => ({ 1: 100, 2: 100, 3: 95, 4: 80, 5: 100 })[number[2]] ?? null,
        firstClinic: ({ clinic_code: code, clinic_name: name }) => ({ code, name }),
      },
    },
  },
};

/** What only Truc understands, and the access it declares: this register is open to whoever reaches it. */
const TRUC_ONLY = new Set([
  "composeDirective",
  "data",
  "subject",
  "search",
  "requiresScopes",
  "authenticated",
  "cost",
  "listSize",
]);

function plainSchema(text) {
  return visit(parse(text, { noLocation: true }), {
    Directive: ({ name, arguments: given }) => {
      const isTrucLink =
        name.value === "link" &&
        given.some(({ value }) => value.kind === Kind.STRING && value.value.includes("truc.vn"));
      return TRUC_ONLY.has(name.value) || isTrucLink ? null : undefined;
    },
    DirectiveDefinition: ({ name }) => (TRUC_ONLY.has(name.value) ? null : undefined),
  });
}

const { loaders, resolvers } = REGISTERS[REGISTER];
const server = new ApolloServer({
  schema: buildSubgraphSchema([
    { typeDefs: plainSchema(readFileSync(`${FOLDER}/schema.graphql`, "utf8")), resolvers },
  ]),
  persistedQueries: false,
  includeStacktraceInErrorResponses: false,
  plugins: [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
    ApolloServerPluginLandingPageDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
  ],
});
await server.start();
const app = Fastify({ keepAliveTimeout: 60_000 });
app.route({
  method: "POST",
  url: "/graphql",
  handler: fastifyApolloHandler(server, {
    context: async () => ({
      loaders: Object.fromEntries(Object.entries(loaders).map(([name, make]) => [name, make()])),
    }),
  }),
});
console.log(`${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
