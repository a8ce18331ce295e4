package dev.pocketagent.sync.source;

import java.net.URI;
import java.util.Objects;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.git.Remote;
import dev.pocketagent.sync.git.RemoteUrl;
import dev.pocketagent.sync.local.LocalRoots;
import dev.pocketagent.sync.revision.PathRules;

/**
 * What a request says of a source, judged without the database: what is wrong is a 400 that points at the field. A git remote's
 * name is looked up, which can take seconds.
 */
@ApplicationScoped
class SourceInput {

    private static final int LONGEST_FOLDER = 200;

    private final Remotes remotes;
    private final LocalRoots localRoots;
    private final SyncConfig config;
    private final Caller caller;

    @Inject
    SourceInput(Remotes remotes, LocalRoots localRoots, SyncConfig config, Caller caller) {
        this.remotes = remotes;
        this.localRoots = localRoots;
        this.config = config;
        this.caller = caller;
    }

    /**
     * Judges all of a new source.
     *
     * @return the address of its remote; null for a local one
     */
    @Nullable
    URI check(SourceRequest.Create request, UUID tenantId) {
        URI remote = null;
        if (request.kind().equals(Source.GIT)) {
            remote = remotes.check(needed(request.url(), "/url"), isOperator()).uri();
            onlyGit(request.path());
        } else {
            path(needed(request.path(), "/path"), tenantId);
            onlyLocal(request.url(), request.ref(), request.auth());
        }
        if (request.forge() != null) {
            forge(request.forge());
        }
        ref(request.ref());
        publishTo(request.publishTo());
        return remote;
    }

    /** Judges the new address of a remote, before which the source had another. */
    void moved(Source source, String address, SourceRequest.@Nullable Auth auth) {
        RemoteUrl url = remotes.check(address, isOperator());
        URI before = URI.create(String.valueOf(source.url));
        boolean sameHost = Objects.equals(before.getScheme(), url.uri().getScheme())
                && Objects.equals(before.getHost(), url.uri().getHost())
                && before.getPort() == url.uri().getPort();
        if (source.token != null && !sameHost && auth == null) {
            // Else whoever may change the URL could have the stored token sent to a host of theirs.
            throw ProblemException.invalid("/auth",
                    "is needed with a URL on another host: send the credentials again, or an empty token for none");
        }
    }

    void path(String text, UUID tenantId) {
        LocalRoots.Place place = localRoots.find(text)
                .orElseThrow(() -> ProblemException.invalid("/path", localRoots.isEmpty()
                        ? "local sources are off: the operator has opened no directory (pocket.sync.local-roots)"
                        : "must be an existing directory below one that the operator opened, written without links and '..'"));
        // The machine's directories are the operator's; a tenant's key reaches the part that is named after the tenant.
        if (caller.isTenantBound() && (place.inside().getNameCount() == 0
                || !place.inside().getName(0).toString().equals(tenantId.toString())
                        && !Objects.equals(place.inside().getName(0).toString(), caller.key().tenantSlug()))) {
            throw ProblemException.invalid("/path",
                    "must be below the directory that is named after the tenant; the operator can name others");
        }
    }

    /** A folder to publish to; null for none. */
    @Nullable
    String publishTo(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        if (config.publishRoot().isEmpty()) {
            throw ProblemException.invalid("/publishTo",
                    "publishing is off: the operator has set no pocket.sync.publish-root");
        }
        if (text.length() > LONGEST_FOLDER || PathRules.pathBrokenBy(text).isPresent()) {
            throw ProblemException.invalid("/publishTo",
                    "must be a relative path of plain names, at most " + LONGEST_FOLDER + " characters");
        }
        return text;
    }

    private boolean isOperator() {
        return caller.role().equals(Roles.OPERATOR);
    }

    int interval(SourceRequest.Create request) {
        if (request.intervalSeconds() != null) {
            return request.intervalSeconds();
        }
        return (int) (request.kind().equals(Source.GIT) ? config.jobs().gitInterval() : config.jobs().localInterval())
                .toSeconds();
    }

    static void onlyGit(@Nullable String path) {
        refuse(path, "/path", "a git source has a url, not a path");
    }

    static void onlyLocal(@Nullable String url, @Nullable String ref, SourceRequest.@Nullable Auth auth) {
        refuse(url, "/url", "a local source has a path, not a url");
        refuse(ref, "/ref", "a local source has no branches");
        refuse(auth, "/auth", "a local source needs no credentials");
    }

    /** A branch or tag; null for the remote's default branch. */
    static @Nullable String ref(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        if (!Remote.isRefName(text)) {
            throw ProblemException.invalid("/ref", "must be a branch or tag, such as main or refs/tags/v1");
        }
        return text;
    }

    static Forge forge(String code) {
        return Forge.of(code).orElseThrow(
                () -> ProblemException.invalid("/forge", "must be one of " + String.join(", ", Forge.codes())));
    }

    private static String needed(@Nullable String value, String pointer) {
        if (value == null || value.isBlank()) {
            throw ProblemException.invalid(pointer, "is needed for this kind of source");
        }
        return value;
    }

    private static void refuse(@Nullable Object value, String pointer, String detail) {
        if (value != null) {
            throw ProblemException.invalid(pointer, detail);
        }
    }
}
