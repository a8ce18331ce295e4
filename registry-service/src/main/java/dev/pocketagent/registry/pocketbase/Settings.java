package dev.pocketagent.registry.pocketbase;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.tenant.TenantState;

/**
 * The configuration, checked. The address is the operator's own, so it may be private and need not pass the guard for
 * tenants' addresses; but it is http or https, holds no credentials, and is never left by a redirect.
 *
 * @param base without a slash at its end
 * @param identity null when there is a token file
 */
record Settings(URI base, String collection, @Nullable String identity, @Nullable Path passwordFile,
        @Nullable Path tokenFile, String authPath, @Nullable Path caFile, Conflict conflict, boolean create,
        Mapping mapping, int pageSize, int maxRecords, Duration connectTimeout, Duration timeout) {

    static final String PREFIX = "pocket.registry.pocketbase.";
    private static final int LARGEST_PAGE = 1_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");
    private static final Pattern EXTERNAL_ID = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final Pattern AUTH_PATH = Pattern.compile("/[A-Za-z0-9_/.-]{1,200}");

    /**
     * The settings, when they can be used.
     *
     * @throws PocketBaseException {@link Trouble#MISCONFIGURED}, naming the key
     */
    static Settings of(PocketBaseConfig config) throws PocketBaseException {
        URI base = base(config.url().orElseThrow());
        must(NAME.matcher(config.collection()).matches(), "collection", "must be the name of a collection");
        must(AUTH_PATH.matcher(config.authPath()).matches(), "auth-path", "must be a path that begins with a slash");
        must(config.pageSize() >= 1 && config.pageSize() <= LARGEST_PAGE, "page-size", "must be from 1 to 1000");
        must(config.maxRecords() >= 1, "max-records", "must be 1 or more");
        must(positive(config.timeout()), "timeout", "must be longer than nothing");
        must(positive(config.connectTimeout()), "connect-timeout", "must be longer than nothing");
        boolean byToken = config.tokenFile().isPresent();
        must(byToken || config.identity().isPresent() && config.passwordFile().isPresent(), "token-file",
                "is needed, or identity and password-file");
        return new Settings(base, config.collection(), byToken ? null : config.identity().orElseThrow(),
                byToken ? null : config.passwordFile().orElseThrow(), config.tokenFile().orElse(null),
                config.authPath(), config.caFile().orElse(null), config.conflict(), config.create(), mapping(config),
                config.pageSize(), config.maxRecords(), config.connectTimeout(), config.timeout());
    }

    private static URI base(URI url) throws PocketBaseException {
        must("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()), "url",
                "must begin with http:// or https://");
        must(url.getHost() != null, "url", "must name a host");
        must(url.getRawUserInfo() == null, "url", "must not hold credentials; use identity and password-file");
        must(url.getRawQuery() == null && url.getRawFragment() == null, "url", "must have neither ? nor #");
        String text = url.toString();
        return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    }

    private static Mapping mapping(PocketBaseConfig config) throws PocketBaseException {
        PocketBaseConfig.Fields fields = config.fields();
        Mapping.Names names = new Mapping.Names(fields.slug(), fields.name(), fields.plan(), fields.state(),
                fields.tenantId(), fields.lastError());
        Map<String, String> externalIds = new LinkedHashMap<>(fields.externalIds());
        if (externalIds.isEmpty()) {
            for (String what : new String[]{"project", "service", "server", "environment"}) {
                externalIds.put("coolify_" + what + "_uuid", "coolify_" + what + "_uuid");
            }
        }
        Map<String, TenantState> states = new HashMap<>();
        for (Map.Entry<String, String> state : config.states().entrySet()) {
            TenantState meaning = TenantState.ofText(state.getValue()).orElse(null);
            if (meaning == null) {
                throw misconfigured("states." + state.getKey(), "must be active, suspended, deleting or deleted");
            }
            states.put(state.getKey(), meaning);
        }
        Mapping mapping = new Mapping(names, externalIds, states, config.plans(), config.defaultPlan().orElse(null),
                config.writeBack());
        Set<String> used = new HashSet<>();
        for (String field : new String[]{names.slug(), names.name(), names.plan(), names.state(), names.tenantId(),
                names.lastError()}) {
            check(field, used);
        }
        for (Map.Entry<String, String> id : externalIds.entrySet()) {
            must(EXTERNAL_ID.matcher(id.getKey()).matches(), "fields.external-ids." + id.getKey(),
                    "is no name of an external id: small letters, digits and underscores");
            check(id.getValue(), used);
        }
        return mapping;
    }

    private static void check(String field, Set<String> used) throws PocketBaseException {
        must(NAME.matcher(field).matches(), "fields", "'" + field + "' is no name of a field");
        must(used.add(field), "fields", "'" + field + "' is used twice");
    }

    private static boolean positive(Duration time) {
        return !time.isZero() && !time.isNegative();
    }

    private static void must(boolean isRight, String key, String cure) throws PocketBaseException {
        if (!isRight) {
            throw misconfigured(key, cure);
        }
    }

    private static PocketBaseException misconfigured(String key, String cure) {
        return new PocketBaseException(Trouble.MISCONFIGURED, PREFIX + key + " " + cure);
    }
}
