package dev.pocketagent.bench.registry;

import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditRow;
import dev.pocketagent.registry.audit.Chain;
import dev.pocketagent.registry.audit.Hash;
import dev.pocketagent.registry.audit.Head;

/**
 * The audit rows of the data set, hashed by the registry's own code, so that its check finds them whole. Remembers where
 * every chain ends: 40 bytes a tenant.
 */
final class Chains {

    static final List<String> COLUMNS = List.of("tenant_id", "seq", "at", "actor_key_id", "actor_role", "action",
            "target",
            "detail", "previous_hash", "hash");

    static final List<String> HEAD_COLUMNS = List.of("tenant_id", "seq", "hash", "exported_seq");

    private static final List<UUID> OPERATORS = List.of(new UUID(0x018a_1111_2222_7001L, 0x8000_0000_0000_0001L),
            new UUID(0x018a_1111_2222_7002L, 0x8000_0000_0000_0002L),
            new UUID(0x018a_1111_2222_7003L, 0x8000_0000_0000_0003L));

    private final Population population;
    private final byte[] hashes;
    private final long[] seqs;

    Chains(Population population) {
        this.population = population;
        this.hashes = new byte[population.tenants() * Hash.BYTES];
        this.seqs = new long[population.tenants()];
    }

    /** Writes the next row of a tenant's chain. Different tenants may be written by different threads. */
    void next(int tenant, UUID id, long length, Chain chain, CopyRows into) throws SQLException {
        long k = seqs[tenant];
        Head head = k == 0 ? Head.NONE : new Head(k, hash(tenant));
        var random = new SplittableRandom(tenant * 1_000_003L + k);
        boolean byTenant = k > 0 && random.nextInt(3) == 0 && population.hasKey(tenant);
        Actor actor = byTenant
                ? new Actor(population.keyId(tenant), "tenant-admin")
                : new Actor(OPERATORS.get(random.nextInt(OPERATORS.size())), "operator");
        UUID other = Population.uuid(population.createdAt(tenant).toEpochMilli() + k, random.nextLong(),
                random.nextLong());
        Change change = change(tenant, id, k, random, other);
        AuditRow row = chain.next(id, head, population.rowAt(tenant, k, length), actor, change.action, change.target,
                change.detail);
        into.row().uuid(id).big(row.seq()).time(row.at()).uuid(actor.keyId()).text(actor.role()).text(change.action)
                .text(change.target).text(change.detail).bytes(row.previous().bytes()).bytes(row.hash().bytes());
        System.arraycopy(row.hash().bytes(), 0, hashes, tenant * Hash.BYTES, Hash.BYTES);
        seqs[tenant] = row.seq();
    }

    /** How many rows of a tenant's chain are written. */
    long length(int tenant) {
        return seqs[tenant];
    }

    /** Writes where a tenant's chain ends; noted outside of the database, as that of a tenant at rest is. */
    void head(int tenant, CopyRows into) throws SQLException {
        into.row().uuid(population.id(tenant)).big(seqs[tenant]).bytes(hashes, tenant * Hash.BYTES, Hash.BYTES)
                .big(seqs[tenant]);
    }

    private Hash hash(int tenant) {
        byte[] bytes = new byte[Hash.BYTES];
        System.arraycopy(hashes, tenant * Hash.BYTES, bytes, 0, Hash.BYTES);
        return new Hash(bytes);
    }

    private record Change(String action, String target, String detail) {}

    /** As long as the service's own rows: the details of the real ones are sealed, which makes them a third longer. */
    private Change change(int tenant, UUID id, long k, SplittableRandom random, UUID other) {
        if (k == 0) {
            return new Change("tenant.create", "tenant/" + id,
                    "{\"name\":\"" + population.name(tenant) + "\",\"plan\":\"" + population.plan(tenant)
                            + "\",\"planVersion\":1,\"slug\":\"" + population.slug(tenant) + "\"}");
        }
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> new Change("key.create", "key/" + other,
                    "{\"expiresAt\":null,\"name\":\"laptop of employee " + random.nextInt(1000)
                            + "\",\"role\":\"tenant-developer\",\"start\":\"pocket_tn_9aXk\"}");
            case 3, 4 -> new Change("key.revoke", "key/" + other,
                    "{\"expiresAt\":null,\"name\":\"laptop of employee " + random.nextInt(1000)
                            + "\",\"role\":\"tenant-developer\",\"start\":\"pocket_tn_4cQz\"}");
            case 5 -> new Change("tenant.suspend", "tenant/" + id,
                    "{\"reason\":\"invoice " + random.nextInt(100_000) + " is not paid since 30 days\"}");
            case 6 -> new Change("tenant.resume", "tenant/" + id,
                    "{\"reason\":\"invoice " + random.nextInt(100_000) + " was paid\"}");
            default -> new Change("tenant.update", "tenant/" + id,
                    "{\"plan\":{\"from\":\"starter@1\",\"to\":\"" + population.plan(tenant)
                            + "@1\"},\"externalIds\":{\"coolify_project_uuid\":\"" + other + "\"}}");
        };
    }
}
