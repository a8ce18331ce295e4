package dev.pocketagent.sync.source;

import java.net.URI;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Who sends the webhooks of a source. Chosen by the source and never guessed from headers: Gitea and Forgejo also send GitHub's headers,
 * and Bitbucket uses GitHub's old header name with another hash.
 */
public enum Forge {
    GITHUB("X-GitHub-Event", List.of("X-GitHub-Delivery")), GITLAB("X-Gitlab-Event", List.of("Idempotency-Key",
            "X-Gitlab-Event-UUID")), GITEA("X-Gitea-Event", List.of("X-Gitea-Delivery")), FORGEJO("X-Forgejo-Event",
                    List.of("X-Forgejo-Delivery")), BITBUCKET("X-Event-Key",
                            List.of("X-Request-UUID", "X-Request-Id")), STANDARD_WEBHOOKS(
                                    "webhook-event", List.of("webhook-id"));

    private final String eventHeader;
    private final List<String> idHeaders;

    Forge(String eventHeader, List<String> idHeaders) {
        this.eventHeader = eventHeader;
        this.idHeaders = idHeaders;
    }

    /** What a delivery is about. */
    public enum Kind {
        PING, PUSH, OTHER
    }

    /** The word of the API, such as {@code standard-webhooks}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Forge> of(String code) {
        return Arrays.stream(values()).filter(forge -> forge.code().equals(code)).findFirst();
    }

    public static List<String> codes() {
        return Arrays.stream(values()).map(Forge::code).toList();
    }

    /** What a source gets that names no forge: the well-known hosts by name, else GitHub's form, which most others can send too. */
    public static Forge guess(@Nullable URI remote) {
        String host = remote == null || remote.getHost() == null ? "" : remote.getHost().toLowerCase(Locale.ROOT);
        return switch (host) {
            case "gitlab.com" -> GITLAB;
            case "bitbucket.org" -> BITBUCKET;
            case "codeberg.org" -> FORGEJO;
            default -> GITHUB;
        };
    }

    /** The secret of a source in the form this forge expects it to be typed in. */
    public String present(byte[] random) {
        return this == STANDARD_WEBHOOKS
                ? "whsec_" + Base64.getEncoder().encodeToString(random)
                : Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** What the delivery is about; the headers say so, not the body. */
    public Kind kind(UnaryOperator<@Nullable String> header) {
        String event = header.apply(eventHeader);
        if (event == null) {
            // Standard Webhooks names no event header: the signed action is "go and look".
            return this == STANDARD_WEBHOOKS ? Kind.PUSH : Kind.OTHER;
        }
        return switch (event.toLowerCase(Locale.ROOT)) {
            case "ping", "diagnostics:ping" -> Kind.PING;
            case "push", "push hook", "repo:push", "repo:refs_changed", "create", "tag push hook" -> Kind.PUSH;
            default -> this == STANDARD_WEBHOOKS ? Kind.PUSH : Kind.OTHER;
        };
    }

    /** The id that stays the same when a delivery is sent again, if the forge gave one. */
    public Optional<String> deliveryId(UnaryOperator<@Nullable String> header) {
        for (String name : idHeaders) {
            String id = header.apply(name);
            if (id != null && !id.isBlank() && id.length() <= 200) {
                return Optional.of(id);
            }
        }
        return Optional.empty();
    }
}
