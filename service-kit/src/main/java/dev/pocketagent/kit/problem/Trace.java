package dev.pocketagent.kit.problem;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.vertx.ext.web.RoutingContext;

/** The trace id of a request: from W3C {@code traceparent} when the caller sent one, else made here. */
public final class Trace {

    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");
    private static final String KEY = "pocket.traceId";

    private Trace() {}

    /** The id in this {@code traceparent} header, 32 lower-case hex digits, or a new one when it has none. */
    public static String of(@Nullable String traceparent) {
        if (traceparent != null && traceparent.length() <= 256) {
            Matcher matcher = TRACEPARENT.matcher(traceparent);
            if (matcher.matches() && !matcher.group(1).equals("0".repeat(32))) {
                return matcher.group(1);
            }
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "%016x%016x".formatted(random.nextLong(), random.nextLong());
    }

    /** The id of this HTTP exchange, the same at every call. */
    public static String of(RoutingContext exchange) {
        String known = exchange.get(KEY);
        if (known == null) {
            known = of(exchange.request().getHeader("traceparent"));
            exchange.put(KEY, known);
        }
        return known;
    }
}
