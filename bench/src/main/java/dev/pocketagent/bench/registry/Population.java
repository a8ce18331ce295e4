package dev.pocketagent.bench.registry;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Who is in the data set. Everything follows from a tenant's number, so that the same sizes give the same data, and what
 * asks for tenants need not remember any. Numbers rise with the time of creation, as ids do.
 *
 * @param tenants how many
 * @param auditRows of all tenants together; each has at least one
 */
record Population(int tenants, long auditRows) {

    /** How much of a tenant's chain can be one tenant's: the first one is a large customer with 1 % of all rows. */
    private static final long LARGEST_CHAIN = 100_000;
    private static final int MOST_EVENTS = 1_000_000;
    private static final Instant BEGIN = Instant.parse("2023-01-09T08:00:00Z");
    private static final Instant END = Instant.parse("2026-11-01T00:00:00Z");

    private static final List<String> FIRST = words("""
            acme alpine amber anchor apex arctic aspen atlas aurora azure bamboo beacon birch blue bold bravo bright bronze
            canyon cedar chrome citrus cobalt copper coral cosmic crystal cyan delta desert echo ember falcon fern forge
            frost garnet glacier golden granite harbor hazel indigo iron ivory jade juniper lunar maple meadow mint nova
            oak ocean onyx opal orchid pine polar prism quartz river silver zenith""");
    private static final List<String> SECOND = words("""
            analytics apps audio bakery bank bio books botanics care chemicals clinic clouds coffee commerce consulting
            dairy data dental design devices drones energy farms films finance fitness foods freight games gardens
            glass health homes hotels insurance labs law leather legal logistics media metals mobility motors music
            networks optics paper pharma press print robotics rocketry schools security software solar sports studio
            systems textiles tools toys travel works""");
    private static final List<String> LEGAL = List.of("Ltd", "GmbH", "Inc", "SAS", "AB", "Oy", "BV", "LLC");

    Population {
        if (tenants < 100 || auditRows < tenants) {
            throw new IllegalArgumentException(
                    "a data set has at least 100 tenants, and an audit row for each of them");
        }
    }

    private static List<String> words(String text) {
        return List.of(text.split("\\s+"));
    }

    /** Tenant number {@code i} alone decides: a mix of 64 bits. */
    private static long mix(long i, int purpose) {
        return new SplittableRandom(i * 31 + purpose).nextLong();
    }

    private static int percent(long i, int purpose) {
        return (int) Long.remainderUnsigned(mix(i, purpose), 100);
    }

    Instant createdAt(int i) {
        long span = END.getEpochSecond() - BEGIN.getEpochSecond();
        return BEGIN.plusMillis((long) (span * 1000.0 * i / tenants));
    }

    /** When row {@code k} of a chain of {@code rows} was written. */
    Instant rowAt(int i, long k, long rows) {
        Instant created = createdAt(i);
        double share = (double) k / rows;
        return created.plusMillis((long) ((END.toEpochMilli() - created.toEpochMilli()) * share));
    }

    UUID id(int i) {
        return uuid(createdAt(i).toEpochMilli(), mix(i, 1), mix(i, 2));
    }

    /** Version 7, as the service makes them. */
    static UUID uuid(long millis, long high, long low) {
        return new UUID(millis << 16 | 0x7000L | high & 0xfff, low & ~0L >>> 2 | 1L << 63);
    }

    /** Words and a number, in no order of creation; no two are the same. */
    String slug(int i) {
        int pair = i % (FIRST.size() * SECOND.size());
        String slug = FIRST.get(pair * 37 % FIRST.size()) + "-" + SECOND.get(pair / FIRST.size());
        int round = i / (FIRST.size() * SECOND.size());
        return round == 0 ? slug : slug + "-" + Integer.toString(round, 36);
    }

    /** Most are called as their slug says, some by other words. */
    String name(int i) {
        int of = percent(i, 3) < 80 ? i : (int) Long.remainderUnsigned(mix(i, 4), tenants);
        var name = new StringBuilder();
        for (String part : slug(of).split("-")) {
            name.append(Character.toUpperCase(part.charAt(0))).append(part, 1, part.length()).append(' ');
        }
        return name.append(LEGAL.get((int) Long.remainderUnsigned(mix(i, 5), LEGAL.size()))).toString();
    }

    String plan(int i) {
        int percent = percent(i, 6);
        return percent < 70 ? "starter" : percent < 92 ? "team" : percent < 99 ? "business" : "sovereign";
    }

    /** 90 % are active, 7 % suspended, 1 % are being deleted and 2 % are gone. The first is active. */
    String state(int i) {
        int percent = i == 0 ? 0 : percent(i, 7);
        return percent < 90 ? "active" : percent < 97 ? "suspended" : percent < 98 ? "deleting" : "deleted";
    }

    /** Three of ten tenants have one key. */
    boolean hasKey(int i) {
        return i % 10 < 3;
    }

    UUID keyId(int i) {
        return uuid(createdAt(i).toEpochMilli() + 60_000, mix(i, 9), mix(i, 10));
    }

    /** What the database keeps of the key of tenant {@code i}. Nobody knows the key. */
    byte[] keySha256(long i) {
        return sha256("key of tenant " + i);
    }

    /** Digest of a key that nobody has. */
    byte[] unknownSha256(long i) {
        return sha256("unknown key " + i);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Rows of the first tenant's chain, the longest. */
    long largestChain() {
        return Math.clamp(Math.min(LARGEST_CHAIN, auditRows / 100), 1, auditRows - tenants + 1);
    }

    /** Length of a tenant's chain. Around the mean, and together exactly {@link #auditRows}. */
    long rows(int i) {
        if (i == 0) {
            return largestChain();
        }
        long others = auditRows - largestChain();
        long mine = share(others, i) - share(others, i - 1);
        // What one of a pair has more, the other has less.
        int pair = (i - 1) / 2;
        boolean hasPartner = pair * 2 + 2 < tenants;
        long partner = !hasPartner
                ? mine
                : i % 2 == 1
                        ? share(others, i + 1) - share(others, i)
                        : share(others, i - 1) - share(others, i - 2);
        long shift = hasPartner && Math.min(mine, partner) > 1
                ? Long.remainderUnsigned(mix(pair, 11), Math.min(mine, partner))
                : 0;
        return i % 2 == 1 ? mine + shift : mine - shift;
    }

    private long share(long rows, int i) {
        return Math.floorDiv(rows * i, tenants - 1);
    }

    int keys() {
        return tenants / 10 * 3 + Math.min(3, tenants % 10);
    }

    int events() {
        return (int) Math.min(MOST_EVENTS, auditRows);
    }

    /** A tenant that has a key and may use it. */
    int withUsableKey(SplittableRandom random) {
        while (true) {
            int i = random.nextInt(tenants);
            if (hasKey(i) && state(i).equals("active")) {
                return i;
            }
        }
    }

    @Nullable
    String reason(int i) {
        return switch (state(i)) {
            case "suspended" -> "invoice " + (2000 + percent(i, 12)) + " is not paid";
            case "deleting", "deleted" -> "the customer asked for it";
            default -> null;
        };
    }
}
