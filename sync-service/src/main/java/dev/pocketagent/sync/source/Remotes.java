package dev.pocketagent.sync.source;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.net.NameLookup;
import dev.pocketagent.kit.net.OutboundGuard;
import dev.pocketagent.kit.net.OutboundHttp;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.git.Credentials;
import dev.pocketagent.sync.git.FetchLimits;
import dev.pocketagent.sync.git.Remote;
import dev.pocketagent.sync.git.RemoteUrl;

/** The remotes of git sources: which addresses a tenant may name, and the way to one with its credentials. */
@ApplicationScoped
public class Remotes {

    /** How long a request waits for a name server. */
    private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(2);

    private final OutboundGuard guard;
    private final OutboundHttp http;
    private final NameLookup names;
    private final Secrets secrets;
    private final FetchLimits limits;
    private final Set<String> schemes;
    private final FileUrls fileUrls;

    @Inject
    Remotes(OutboundGuard guard, OutboundHttp http, NameLookup names, Secrets secrets, FetchLimits limits,
            KitConfig kit, SyncConfig config) {
        this.guard = guard;
        this.http = http;
        this.names = names;
        this.secrets = secrets;
        this.limits = limits;
        this.fileUrls = new FileUrls(config.fileUrlRoot());
        // Fewer than the guard allows: what git could use besides (ftp, git, sftp) is never a remote here.
        Set<String> usable = new HashSet<>(Set.of("https"));
        if (kit.outbound().allowSchemes().contains("http")) {
            usable.add("http");
        }
        if (fileUrls.areOn()) {
            usable.add("file");
        }
        this.schemes = Set.copyOf(usable);
    }

    /**
     * Reads and judges the address that a tenant typed: a 400 problem for its form, 422 for where it leads. A name that is
     * not found out in time passes: each fetch looks it up and judges what it connects to.
     */
    RemoteUrl check(String text) {
        RemoteUrl url = parse(text);
        if (!url.isFile()) {
            http.check(url.uri(), LONGEST_LOOKUP);
        } else if (!fileUrls.allows(url.uri())) {
            throw ProblemException.invalid("/url",
                    "must be a repository below the directory that the operator opened for file URLs (pocket.sync.file-url-root)");
        }
        return url;
    }

    /** The remote of a source. Call it inside a transaction that sees the source's tenant. */
    public Remote of(Source source) {
        byte[] token = source.token;
        Credentials credentials = token == null
                ? null
                : new Credentials(source.username == null ? Credentials.DEFAULT_USERNAME : source.username,
                        new String(secrets.open(source.tenantId, source.tokenField(), token), StandardCharsets.UTF_8));
        String url = source.url;
        if (url == null) {
            throw new IllegalStateException("a local source has no remote");
        }
        return new Remote(usable(url), credentials, source.ref, this::addressesOf, guard.addresses()::allows, limits);
    }

    private InetAddress[] addressesOf(String host, Duration patience) throws IOException {
        try {
            return names.addressesOf(host, patience);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no name server answered");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** The root may be another one than when the source was made, or a link have been put in the way since. */
    private RemoteUrl usable(String text) {
        RemoteUrl url = parse(text);
        return url.isFile() ? check(text) : url;
    }

    private RemoteUrl parse(String text) {
        try {
            return RemoteUrl.parse(text, schemes);
        } catch (RemoteUrl.InvalidException wrong) {
            throw ProblemException.invalid("/url", text.startsWith("ssh:")
                    ? "SSH remotes are not supported yet; use https with a token."
                    : wrong.detail());
        }
    }
}
