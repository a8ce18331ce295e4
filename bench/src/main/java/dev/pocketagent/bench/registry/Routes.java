package dev.pocketagent.bench.registry;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

import dev.pocketagent.bench.load.Route;
import dev.pocketagent.kit.http.Cursor;

/** What is asked of the registry, each request about another tenant. */
final class Routes {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int TURNS = 1 << 14;

    private final URI base;
    private final String operatorKey;
    private final String serviceKey;
    private final Population population;
    /** Which tenants are asked for, in turn. */
    private final int[] tenants;
    private final int[] withKey;

    Routes(URI base, String operatorKey, String serviceKey, Population population) {
        this.base = base;
        this.operatorKey = operatorKey;
        this.serviceKey = serviceKey;
        this.population = population;
        var random = new SplittableRandom(42);
        this.tenants = random.ints(TURNS, 0, population.tenants()).toArray();
        this.withKey = new int[TURNS];
        for (int i = 0; i < TURNS; i++) {
            withKey[i] = population.withUsableKey(random);
        }
    }

    /** Those with a target, in the order of the output. */
    List<Route> paced() {
        return List.of(
                get("list first page", _ -> "/api/v1/tenants", "\"items\":[{"),
                get("list from a deep cursor",
                        n -> "/api/v1/tenants?cursor=" + encoded(Cursor.encode(population.slug(tenant(n)))),
                        "\"items\":["),
                get("list by state", n -> "/api/v1/tenants?state="
                        + List.of("active", "suspended", "deleting", "deleted").get((int) (n % 4)), "\"items\":[{"),
                get("list by plan", n -> "/api/v1/tenants?plan="
                        + List.of("starter", "team", "business", "sovereign").get((int) (n % 4)), "\"items\":[{"),
                get("list by state and plan", n -> "/api/v1/tenants?state="
                        + List.of("active", "suspended", "deleting").get((int) (n % 3)) + "&plan="
                        + List.of("starter", "team", "business", "sovereign").get((int) (n / 3 % 4)), "\"items\":["),
                get("list over quota", _ -> "/api/v1/tenants?overQuota=true", "\"items\":["),
                get("search, a few letters", n -> "/api/v1/tenants?q=" + encoded(beginning(n, 1 + (int) (n % 3))),
                        "\"items\":[{"),
                get("search, a whole word", n -> "/api/v1/tenants?q=" + encoded(beginning(n, 12)), "\"items\":[{"),
                get("search, nothing there", n -> "/api/v1/tenants?q=qq" + n, "\"items\":[]"),
                get("search within a state", n -> "/api/v1/tenants?state=suspended&q="
                        + encoded(beginning(n, 1 + (int) (n % 3))), "\"items\":["),
                get("get by id", n -> "/api/v1/tenants/" + population.id(tenant(n)), "\"slug\":"),
                get("get by slug", n -> "/api/v1/tenants/" + population.slug(tenant(n)), "\"slug\":"),
                get("get quota", n -> "/api/v1/tenants/" + population.id(tenant(n)) + "/quota", "\"resources\":"),
                verify("verify known key", n -> population.keySha256(withKey[(int) (n % TURNS)]), "\"code\":\"valid\""),
                verify("verify unknown key", population::unknownSha256, "\"code\":\"unknown\""),
                get("audit of a tenant", n -> "/api/v1/audit?tenant=" + population.id(tenant(n)), "\"items\":[{"),
                get("audit, newest rows", _ -> "/api/v1/audit", "\"items\":[{"),
                get("events", n -> "/api/v1/events?after=" + n * 7919 % population.events(), "\"items\":[{"));
    }

    /** @param run tells apart the tenants of several runs on one data set */
    Route create(String run) {
        return new Route("create", n -> HttpRequest.newBuilder(base.resolve("/api/v1/tenants")).timeout(PATIENCE)
                .header("Authorization", "Bearer " + operatorKey).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers
                        .ofString("{\"slug\":\"bench-" + run + "-" + n + "\",\"name\":\"Bench " + n
                                + "\",\"plan\":\"team\"}"))
                .build(), answer -> answer.statusCode() == 201);
    }

    HttpRequest request(String path, Duration patience) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(patience)
                .header("Authorization", "Bearer " + operatorKey).build();
    }

    private interface Path {
        String of(long n);
    }

    private interface Digest {
        byte[] of(long n);
    }

    private Route get(String name, Path path, String contains) {
        return new Route(name, n -> request(path.of(n), PATIENCE), is200With(contains));
    }

    private Route verify(String name, Digest digest, String contains) {
        return new Route(name, n -> HttpRequest.newBuilder(base.resolve("/api/v1/keys/verify")).timeout(PATIENCE)
                .header("Authorization", "Bearer " + serviceKey).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers
                        .ofString("{\"sha256\":\"" + HexFormat.of().formatHex(digest.of(n)) + "\"}"))
                .build(), is200With(contains));
    }

    /** The text is near the beginning, so that looking for it costs next to nothing. */
    private static Predicate<HttpResponse<byte[]>> is200With(String contains) {
        return answer -> {
            byte[] body = answer.body();
            return answer.statusCode() == 200
                    && new String(body, 0, Math.min(body.length, 200), StandardCharsets.UTF_8).contains(contains);
        };
    }

    private int tenant(long n) {
        return tenants[(int) (n % TURNS)];
    }

    private String beginning(long n, int letters) {
        String slug = population.slug(tenant(n));
        return slug.substring(0, Math.min(letters, slug.length()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
