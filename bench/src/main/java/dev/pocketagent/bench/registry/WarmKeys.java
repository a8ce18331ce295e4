package dev.pocketagent.bench.registry;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.bench.load.Numbers;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.KeySource;
import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.auth.Verdict;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** What a caller's check of a key costs when it remembers the verdict: text in, checksum, SHA-256, memory; one thread. */
final class WarmKeys {

    private static final int KEYS = 10_000;

    private WarmKeys() {}

    private record Settings(Duration positiveTtl, Duration negativeTtl, Duration staleMax, int cacheSize,
            int failuresPerMinute, String service)
            implements
                KitConfig.Auth {}

    static ObjectNode measure(Duration time) {
        List<ApiKey> keys = Stream.generate(() -> ApiKey.generate(KeyKind.TENANT)).limit(KEYS).toList();
        Map<String, Verdict> known = new HashMap<>();
        for (ApiKey key : keys) {
            known.put(key.sha256Hex(), new Verdict.Valid(new KeyInfo(UUID.randomUUID(), KeyKind.TENANT,
                    "tenant-developer", Set.of(), UUID.randomUUID(), "acme", "active", null, null)));
        }
        KeySource source = digest -> CompletableFuture.completedFuture(known.getOrDefault(digest,
                new Verdict.Unavailable("not there")));
        // As services have it by default.
        var verifier = new KeyVerifier(source,
                new Settings(Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMinutes(15), 100_000, 60,
                        "bench"),
                Clock.systemUTC(), new SimpleMeterRegistry());
        String[] texts = keys.stream().map(ApiKey::secret).toArray(String[]::new);
        check(verifier, texts, Duration.ofSeconds(3));
        long begin = System.nanoTime();
        long checked = check(verifier, texts, time);
        double seconds = (System.nanoTime() - begin) / 1e9;
        return Json.object().put("keys", KEYS).put("threads", 1).put("perSecond", Math.round(checked / seconds))
                .put("microsEach", Numbers.rounded(seconds * 1e6 / checked, 3));
    }

    private static long check(KeyVerifier verifier, String[] texts, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        long checked = 0;
        while (System.nanoTime() < end) {
            for (int i = 0; i < 1000; i++) {
                Verdict verdict = verifier.verify(texts[(int) (checked++ % texts.length)], null).toCompletableFuture()
                        .join();
                if (!(verdict instanceof Verdict.Valid)) {
                    throw CliException.failed("a good key was refused: " + verdict, "this is a defect");
                }
            }
        }
        return checked;
    }
}
