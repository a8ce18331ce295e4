package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.pocketbase.Http.Answer;

/**
 * PocketBase as the bridge uses it, checked against 0.39.11. Two habits of PocketBase decide its shape: an expired or
 * invalid token is no error but makes the caller a guest, who gets short lists with a 200; and there is no version to
 * compare when a record is written. So nothing that was listed is handed out before a call that only superusers may make
 * has succeeded before and after it, and callers write only what they own. For one thread at a time.
 */
final class PocketBaseClient implements AutoCloseable {

    private static final int ATTEMPTS = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(300);
    /** Being told to wait longer ends the run; the next one comes by itself. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);
    private static final int LONGEST_MESSAGE = 300;

    /** Waits; tests do not. */
    interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    private final Settings settings;
    private final ObjectMapper json;
    private final Clock clock;
    private final Sleeper sleeper;
    private final Http http;
    private @Nullable Token token;

    /**
     * Makes a client; asks nothing yet.
     *
     * @throws PocketBaseException {@link Trouble#MISCONFIGURED} when the file with certificates cannot be used
     */
    PocketBaseClient(Settings settings, ObjectMapper json, Clock clock, Sleeper sleeper) throws PocketBaseException {
        this.settings = settings;
        this.json = json;
        this.clock = clock;
        this.sleeper = sleeper;
        this.http = new Http(settings.base(), settings.caFile(), settings.connectTimeout(), settings.timeout());
    }

    /**
     * Proves that we are a superuser, by the collection's description, which PocketBase shows to nobody else.
     *
     * @return what the collection looks like
     */
    Collection prove() throws PocketBaseException, InterruptedException {
        JsonNode description = asSuperuser("GET", "/api/collections/" + settings.collection(), null,
                Trouble.COLLECTION_UNKNOWN, "There is no collection '" + settings.collection()
                        + "' in PocketBase; make it, or set " + Settings.PREFIX + "collection");
        Collection collection = Collection.of(description);
        if (collection.fields().isEmpty()) {
            throw new PocketBaseException(Trouble.NOT_POCKETBASE, "The description of collection '"
                    + settings.collection() + "' at " + settings.base() + " names no fields");
        }
        String slug = settings.mapping().names().slug();
        if (!collection.has(slug)) {
            throw new PocketBaseException(Trouble.FIELD_UNKNOWN, "Collection '" + settings.collection()
                    + "' has no field '" + slug + "'; add it, or set " + Settings.PREFIX + "fields.slug");
        }
        return collection;
    }

    /**
     * All records, with the mapped fields only; of each page only what is made of its records is kept. Read in the order of ids, each page from the last id on, so that no record
     * that is there all the time can be missed when others come and go.
     *
     * @param reader makes of a record what is kept; called again for the same one when the list is read again
     * @throws PocketBaseException {@link Trouble#LIST_CHANGED} when records vanish while it is read, twice;
     *         {@link Trouble#NOT_SUPERUSER} when PocketBase does not take us for a superuser any more at the end
     */
    <T> List<T> list(Collection collection, Function<JsonNode, T> reader)
            throws PocketBaseException, InterruptedException {
        List<T> records;
        try {
            records = onePass(collection, reader);
        } catch (PocketBaseException e) {
            if (e.trouble() != Trouble.LIST_CHANGED) {
                throw e;
            }
            records = onePass(collection, reader);
        }
        prove();
        return records;
    }

    private <T> List<T> onePass(Collection collection, Function<JsonNode, T> reader)
            throws PocketBaseException, InterruptedException {
        String fields = Stream.concat(Stream.of("id"), settings.mapping().fields().stream().filter(collection::has))
                .collect(Collectors.joining(","));
        String query = records() + "?page=1&perPage=" + settings.pageSize() + "&sort=id&fields=" + encode(fields);
        List<T> found = new ArrayList<>();
        String last = "";
        long left = -1;
        while (true) {
            JsonNode page = asSuperuser("GET",
                    last.isEmpty() ? query : query + "&filter=" + encode("(id>'" + last + "')"), null,
                    Trouble.COLLECTION_UNKNOWN, "The collection is gone");
            JsonNode items = page.path("items");
            long total = page.path("totalItems").asLong(-1);
            if (!items.isArray() || total < 0) {
                throw notPocketBase("a list of records");
            }
            if (total > settings.maxRecords()) {
                throw new PocketBaseException(Trouble.TOO_MANY_RECORDS, "The collection has " + total
                        + " records, more than " + Settings.PREFIX + "max-records, " + settings.maxRecords());
            }
            // New records may come behind the place where we are; none that we have not seen may go.
            if (total < left || items.size() < Math.min(total, settings.pageSize())) {
                throw new PocketBaseException(Trouble.LIST_CHANGED,
                        "Records vanished while the list was read: " + found.size() + " are read, " + left
                                + " more were promised, and PocketBase counts " + total + " now");
            }
            for (JsonNode item : items) {
                String id = item.path("id").asText();
                if (!Mapping.isRecordId(id) || id.compareTo(last) <= 0) {
                    throw notPocketBase("records in the order of their ids");
                }
                last = id;
                found.add(reader.apply(item));
            }
            if (found.size() > settings.maxRecords()) {
                throw new PocketBaseException(Trouble.TOO_MANY_RECORDS, "The collection grows beyond "
                        + Settings.PREFIX + "max-records, " + settings.maxRecords() + ", while it is read");
            }
            left = total - items.size();
            if (left <= 0 || items.isEmpty()) {
                return found;
            }
        }
    }

    /**
     * One record as it is now.
     *
     * @throws PocketBaseException {@link Trouble#RECORD_UNKNOWN} when it is gone
     */
    JsonNode get(String recordId) throws PocketBaseException, InterruptedException {
        return asSuperuser("GET", records() + "/" + recordId, null, Trouble.RECORD_UNKNOWN,
                "The record " + recordId + " is gone");
    }

    /**
     * Writes fields of a record; others stay.
     *
     * @throws PocketBaseException {@link Trouble#REFUSED} with what PocketBase says about each field
     */
    void patch(String recordId, Map<String, String> fields) throws PocketBaseException, InterruptedException {
        asSuperuser("PATCH", records() + "/" + recordId, json.valueToTree(new TreeMap<>(fields)),
                Trouble.RECORD_UNKNOWN, "The record " + recordId + " is gone");
    }

    private String records() {
        return "/api/collections/" + settings.collection() + "/records";
    }

    /**
     * A call with our token. With a password, a refused token is replaced once: it may have been revoked.
     *
     * @param ifUnknown what a 404 means here
     */
    private JsonNode asSuperuser(String method, String path, @Nullable JsonNode body, Trouble ifUnknown,
            String unknown) throws PocketBaseException, InterruptedException {
        Answer answer = patiently(method, path, current().text(), body);
        if ((answer.status() == 401 || answer.status() == 403) && settings.tokenFile() == null) {
            token = null;
            answer = patiently(method, path, current().text(), body);
        }
        JsonNode node = parse(answer);
        return switch (answer.status()) {
            case 200, 204 -> node;
            case 401 -> throw new PocketBaseException(Trouble.NOT_SUPERUSER, "PocketBase takes us for a guest: the "
                    + (settings.tokenFile() == null ? "token of a fresh sign-in" : "token in " + settings.tokenFile())
                    + " is not valid there. Lists would be short without saying so, so nothing was read or changed");
            case 403 -> throw new PocketBaseException(Trouble.NOT_SUPERUSER,
                    "PocketBase knows us, but not as a superuser, or not from this address (settings, superuser IPs)."
                            + " Lists would be short without saying so, so nothing was read or changed");
            case 404 -> throw new PocketBaseException(ifUnknown, unknown);
            case 400 -> throw refused(node);
            default -> throw unexpected(answer.status());
        };
    }

    /** The token to use now; signs in when there is none that lasts. */
    private Token current() throws PocketBaseException, InterruptedException {
        Instant now = clock.instant();
        Path file = settings.tokenFile();
        if (file != null) {
            Token read = token(secret(file, "token-file"), "The file " + file + ": ");
            if (!read.goodAt(now)) {
                throw new PocketBaseException(Trouble.TOKEN_EXPIRED, "The token in " + file + " is over since "
                        + read.expiresAt() + " or in seconds; make a new one in PocketBase's dashboard"
                        + " (superusers, impersonate). With it PocketBase would answer as to a guest");
            }
            return read;
        }
        Token known = token;
        if (known == null || !known.goodAt(now)) {
            known = signIn(now);
            token = known;
        }
        return known;
    }

    private Token signIn(Instant now) throws PocketBaseException, InterruptedException {
        Path file = settings.passwordFile();
        String identity = settings.identity();
        if (file == null || identity == null) {
            throw new IllegalStateException("Settings have either a token or a password");
        }
        JsonNode body = json.createObjectNode().put("identity", identity).put("password",
                secret(file, "password-file"));
        Answer answer = patiently("POST", settings.authPath(), null, body);
        JsonNode node = parse(answer);
        switch (answer.status()) {
            case 200 -> {
                Token fresh = token(node.path("token").asText(), "The answer to the sign-in: ");
                if (!fresh.goodAt(now)) {
                    throw new PocketBaseException(Trouble.TOKEN_EXPIRED, "A token fresh from sign-in ends at "
                            + fresh.expiresAt() + ", and here it is " + now
                            + "; the clocks differ, or tokens of superusers live too short");
                }
                return fresh;
            }
            case 400, 403 -> throw new PocketBaseException(Trouble.SIGN_IN_REFUSED,
                    "PocketBase does not accept identity and password of " + Settings.PREFIX
                            + "identity and password-file");
            case 401 -> throw new PocketBaseException(Trouble.SIGN_IN_REFUSED,
                    "PocketBase asks for a second factor; use an impersonation token (" + Settings.PREFIX
                            + "token-file)");
            case 404 -> throw new PocketBaseException(Trouble.NOT_POCKETBASE, "There is no " + settings.authPath()
                    + " at " + settings.base() + "; PocketBase up to 0.22 has /api/admins/auth-with-password ("
                    + Settings.PREFIX + "auth-path)");
            default -> throw unexpected(answer.status());
        }
    }

    private Token token(String text, String where) throws PocketBaseException {
        try {
            return Token.parse(text, json);
        } catch (IOException e) {
            throw new PocketBaseException(Trouble.MISCONFIGURED, where + "it is no token of PocketBase");
        }
    }

    private static String secret(Path file, String key) throws PocketBaseException {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new PocketBaseException(Trouble.MISCONFIGURED, Settings.PREFIX + key + ": " + file + " "
                    + (e instanceof NoSuchFileException ? "does not exist" : "cannot be read"));
        }
    }

    /** One call, again after a pause when what is wrong may pass: all our calls may be made twice. */
    private Answer patiently(String method, String path, @Nullable String withToken, @Nullable JsonNode body)
            throws PocketBaseException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1;; attempt++) {
            PocketBaseException failure;
            try {
                Answer answer = http.exchange(method, path, withToken,
                        body == null ? null : body.toString().getBytes(StandardCharsets.UTF_8));
                if (answer.status() == 429) {
                    failure = new PocketBaseException(Trouble.RATE_LIMITED, "PocketBase limits our requests",
                            Map.of(), answer.retryAfter());
                } else if (answer.status() / 100 == 5) {
                    failure = new PocketBaseException(Trouble.SERVER_ERROR,
                            "PocketBase, or a proxy before it, answers " + answer.status(), Map.of(),
                            answer.retryAfter());
                } else if (answer.status() / 100 == 3) {
                    throw new PocketBaseException(Trouble.REDIRECTED, settings.base()
                            + " redirects; redirects are not followed, set the address that it leads to");
                } else {
                    return answer;
                }
            } catch (PocketBaseException e) {
                failure = e;
            }
            Duration asked = failure.retryAfter() == null ? pause : failure.retryAfter();
            if (!failure.passing() || attempt >= ATTEMPTS || asked.compareTo(LONGEST_PAUSE) > 0) {
                throw failure;
            }
            sleeper.sleep(asked);
            pause = pause.multipliedBy(3);
        }
    }

    private JsonNode parse(Answer answer) throws PocketBaseException {
        if (answer.status() == 204) {
            return json.createObjectNode();
        }
        try {
            JsonNode node = json.readTree(answer.body());
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // Said below; the parser's message would quote the answer.
        } catch (IOException e) {
            throw new IllegalStateException("Reading bytes cannot fail", e);
        }
        throw notPocketBase("JSON (its status is " + answer.status() + ")");
    }

    private PocketBaseException notPocketBase(String expected) {
        return new PocketBaseException(Trouble.NOT_POCKETBASE, "What answers at " + settings.base()
                + " does not send " + expected + "; is it PocketBase, or a proxy's page?");
    }

    private PocketBaseException unexpected(int status) {
        return new PocketBaseException(Trouble.NOT_POCKETBASE,
                "PocketBase at " + settings.base() + " answers " + status + ", which it never does here");
    }

    private PocketBaseException refused(JsonNode answer) {
        Map<String, String> fields = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : Set.copyOf(answer.path("data").properties())) {
            fields.put(clean(field.getKey()), clean(field.getValue().path("message").asText("is refused")));
        }
        return new PocketBaseException(Trouble.REFUSED, "PocketBase refuses the values: " + (fields.isEmpty()
                ? clean(answer.path("message").asText("it does not say why"))
                : fields.entrySet().stream().map(field -> field.getKey() + ": " + field.getValue())
                        .collect(Collectors.joining("; "))),
                fields, null);
    }

    /** Text of the other side for our reports: one line, short, and never our own token sent back. */
    private String clean(String text) {
        Token known = token;
        String safe = known == null ? text : text.replace(known.text(), "***");
        safe = safe.replaceAll("eyJ[A-Za-z0-9_.-]{20,}", "***").replaceAll("\\p{Cntrl}+", " ");
        return safe.substring(0, Math.min(LONGEST_MESSAGE, safe.length()));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        http.close();
    }
}
