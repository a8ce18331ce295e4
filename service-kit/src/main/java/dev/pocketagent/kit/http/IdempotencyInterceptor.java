package dev.pocketagent.kit.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import jakarta.persistence.EntityManager;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import io.vertx.ext.web.RoutingContext;

/** Runs inside the method's transaction (whose interceptor has priority 200). */
@Idempotent
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
class IdempotencyInterceptor {

    private static final String HEADER = "Idempotency-Key";
    private static final String REPLAYED = "Idempotency-Replayed";
    /** How long an answer is kept; {@link ExpiredAnswers} deletes it then. */
    static final Duration KEPT = Duration.ofHours(24);
    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final List<String> KEPT_HEADERS = List.of(HttpHeaders.LOCATION, HttpHeaders.ETAG);

    private final RoutingContext exchange;
    private final Caller caller;
    private final EntityManager database;
    private final Secrets secrets;
    private final ObjectMapper json;
    private final Clock clock;

    @Inject
    IdempotencyInterceptor(RoutingContext exchange, Caller caller, EntityManager database, Secrets secrets,
            ObjectMapper json, Clock clock) {
        this.exchange = exchange;
        this.caller = caller;
        this.database = database;
        this.secrets = secrets;
        this.json = json;
        this.clock = clock;
    }

    @AroundInvoke
    Object around(InvocationContext call) throws Exception {
        String key = exchange.request().getHeader(HEADER);
        if (key == null) {
            return call.proceed();
        }
        if (!key.matches("[\\x21-\\x7e]{1,255}")) {
            throw ProblemException.invalid(HEADER, "must be 1 to 255 visible ASCII characters without spaces");
        }
        UUID owner = caller.keyId();
        List<byte[]> request = request(call);
        byte[] hash = hash(request);
        if (!lock(owner + "/" + key)) {
            throw new ProblemException(CommonProblem.IDEMPOTENCY_IN_PROGRESS, "Wait for its answer, then retry.",
                    List.of(), Duration.ofSeconds(1));
        }
        Kept kept = find(owner, key);
        if (kept != null) {
            return replay(kept, hash, place(owner, key));
        }
        Object result = call.proceed();
        if (!(result instanceof Response response)) {
            throw new IllegalStateException(call.getMethod() + " is @Idempotent and must return Response");
        }
        if (response.getStatus() / 100 == 2) {
            store(owner, key, request, response);
        }
        return response;
    }

    /** An answer that was given before. */
    private record Kept(byte[] requestHash, int status, String headers, byte[] body) {}

    /** Plain JDBC, as every query here that has a result: {@link dev.pocketagent.kit.db.RowScope} says why. */
    private boolean lock(String place) {
        return database.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select pg_try_advisory_xact_lock(hashtextextended(?, 7))")) {
                query.setString(1, place);
                try (ResultSet row = query.executeQuery()) {
                    return row.next() && row.getBoolean(1);
                }
            }
        });
    }

    private @Nullable Kept find(UUID owner, String key) {
        OffsetDateTime oldest = clock.instant().minus(KEPT).atOffset(ZoneOffset.UTC);
        return database.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select request_hash, status, headers, body"
                    + " from idempotency_record where caller = ? and key = ? and created_at > ?")) {
                query.setObject(1, owner);
                query.setString(2, key);
                query.setObject(3, oldest);
                try (ResultSet row = query.executeQuery()) {
                    return row.next()
                            ? new Kept(row.getBytes(1), row.getInt(2), row.getString(3), row.getBytes(4))
                            : null;
                }
            }
        });
    }

    private Response replay(Kept kept, byte[] hash, String place) {
        if (!MessageDigest.isEqual(kept.requestHash, hash)) {
            throw new ProblemException(CommonProblem.IDEMPOTENCY_MISMATCH,
                    "Send the same request again, or use a new key for a new one.");
        }
        ResponseBuilder answer = Response.status(kept.status).header(REPLAYED, "true");
        for (String line : kept.headers.split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                answer.header(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        byte[] body = secrets.open(null, place, kept.body);
        if (body.length > 0) {
            answer.type(MediaType.APPLICATION_JSON_TYPE).entity(body);
        }
        return answer.build();
    }

    private void store(UUID owner, String key, List<byte[]> request, Response response) {
        Instant now = clock.instant();
        List<String> headers = new ArrayList<>();
        for (String name : KEPT_HEADERS) {
            String value = response.getHeaderString(name);
            if (value != null) {
                headers.add(name + ":" + value);
            }
        }
        byte[] body;
        try {
            body = response.getEntity() == null ? new byte[0] : json.writeValueAsBytes(response.getEntity());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] sealed = secrets.seal(null, place(owner, key), body);
        Object[] mentions = mentions(request, headers, body).toArray();
        database.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into idempotency_record (caller, key, request_hash, status, headers, body, mentions, created_at)
                    values (?, ?, ?, ?, ?, ?, ?, ?)
                    on conflict (caller, key) do update set request_hash = excluded.request_hash,
                        status = excluded.status, headers = excluded.headers, body = excluded.body,
                        mentions = excluded.mentions, created_at = excluded.created_at""")) {
                insert.setObject(1, owner);
                insert.setString(2, key);
                insert.setBytes(3, hash(request));
                insert.setInt(4, response.getStatus());
                insert.setString(5, String.join("\n", headers));
                insert.setBytes(6, sealed);
                insert.setArray(7, connection.createArrayOf("uuid", mentions));
                insert.setObject(8, now.atOffset(ZoneOffset.UTC));
                insert.executeUpdate();
            }
        });
    }

    /** Ids by which {@link ErasedAnswers} finds what is a tenant's, whoever asked and however the path names the tenant. */
    private Set<UUID> mentions(List<byte[]> request, List<String> headers, byte[] body) {
        Set<UUID> ids = new LinkedHashSet<>();
        UUID own = caller.tenantId();
        if (own != null) {
            ids.add(own);
        }
        StringBuilder text = new StringBuilder(String.join(" ", headers));
        request.forEach(part -> text.append(' ').append(new String(part, StandardCharsets.UTF_8)));
        Matcher matcher = ID.matcher(text.append(' ').append(new String(body, StandardCharsets.UTF_8)));
        while (matcher.find()) {
            ids.add(UUID.fromString(matcher.group()));
        }
        return ids;
    }

    /** Method, path and what the method was called with: two bodies that mean the same are the same request. */
    private List<byte[]> request(InvocationContext call) throws IOException {
        List<byte[]> parts = new ArrayList<>();
        parts.add((exchange.request().method() + " " + exchange.request().uri() + "\n")
                .getBytes(StandardCharsets.UTF_8));
        for (Object parameter : call.getParameters()) {
            if (parameter instanceof Record) {
                parts.add(json.writeValueAsBytes(parameter));
            }
        }
        return parts;
    }

    private static byte[] hash(List<byte[]> request) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            request.forEach(digest::update);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    private static String place(UUID owner, String key) {
        return "idempotency/" + owner + "/" + key;
    }
}
