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
import dev.pocketagent.sync.git.Credentials;
import dev.pocketagent.sync.git.DiskRepositories;
import dev.pocketagent.sync.git.FetchLimits;
import dev.pocketagent.sync.git.Remote;
import dev.pocketagent.sync.git.RemoteException;
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
    private final DiskRepositories disk;
    private final Set<String> schemes;
    private final Set<String> schemesAndFile;

    @Inject
    Remotes(OutboundGuard guard, OutboundHttp http, NameLookup names, Secrets secrets, FetchLimits limits,
            KitConfig kit, DiskRepositories disk) {
        this.guard = guard;
        this.http = http;
        this.names = names;
        this.secrets = secrets;
        this.limits = limits;
        this.disk = disk;
        // Fewer than the guard allows: what git could use besides (ftp, git, sftp) is never a remote here.
        Set<String> usable = new HashSet<>(Set.of("https"));
        if (kit.outbound().allowSchemes().contains("http")) {
            usable.add("http");
        }
        this.schemes = Set.copyOf(usable);
        usable.add("file");
        this.schemesAndFile = Set.copyOf(usable);
    }

    /**
     * Reads and judges the address that somebody typed: a 400 problem for its form, 422 for where it leads. A name that is
     * not found out in time passes: each fetch looks it up and judges what it connects to.
     *
     * @param operator whether an operator typed it: the disk of this machine is theirs
     */
    RemoteUrl check(String text, boolean operator) {
        RemoteUrl url = parse(text, operator && !disk.isEmpty() ? schemesAndFile : schemes);
        if (!url.isFile()) {
            http.check(url.uri(), LONGEST_LOOKUP);
            return url;
        }
        try {
            disk.find(url);
        } catch (RemoteException refused) {
            throw ProblemException.invalid("/url", refused.detail());
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
        // With a file URL in any case: when the operator closed its directory, the look at it says so.
        return new Remote(parse(url, schemesAndFile), credentials, source.ref, this::addressesOf,
                guard.addresses()::allows, limits, disk);
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

    private static RemoteUrl parse(String text, Set<String> schemes) {
        try {
            return RemoteUrl.parse(text, schemes);
        } catch (RemoteUrl.InvalidException wrong) {
            throw ProblemException.invalid("/url", text.startsWith("ssh:")
                    ? "SSH remotes are not supported yet; use https with a token."
                    : wrong.detail());
        }
    }
}
