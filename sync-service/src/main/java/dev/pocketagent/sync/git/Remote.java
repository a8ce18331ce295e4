package dev.pocketagent.sync.git;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TooLargeObjectInPackException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.git.RemoteException.Reason;

/**
 * A repository somewhere else, read with JGit. Nothing from the remote is trusted: the address is checked when it is connected to,
 * redirects are not followed, bytes and time are limited, and what was received is not looked at before {@link GitStore#inspect}.
 */
public final class Remote {

    private final RemoteUrl url;
    private final @Nullable Credentials credentials;
    private final @Nullable String ref;
    private final Lookup lookup;
    private final Predicate<InetAddress> allowed;
    private final FetchLimits limits;
    private final DiskRepositories disk;

    /**
     * @param ref branch or tag, short or full; null for the branch that the remote calls its default
     * @param allowed which addresses may be connected to
     * @param disk which repositories a file URL may name
     */
    public Remote(RemoteUrl url, @Nullable Credentials credentials, @Nullable String ref, Lookup lookup,
            Predicate<InetAddress> allowed, FetchLimits limits, DiskRepositories disk) {
        this.url = url;
        this.credentials = credentials;
        this.ref = ref;
        this.lookup = lookup;
        this.allowed = allowed;
        this.limits = limits;
        this.disk = disk;
    }

    /**
     * Where the remote's branch or tag points now.
     *
     * @param name full name of the ref, such as {@code refs/heads/main}
     * @param objectId commit, or annotated tag
     */
    public record Tip(String name, String objectId) {}

    /**
     * What a fetch brought.
     *
     * @param commit the new tip
     * @param forced whether the former tip is not part of the new history (a force push)
     * @param bytesReceived bytes on the wire; 0 for a file URL
     */
    public record Fetched(Commit commit, boolean forced, long bytesReceived) {}

    /** Whether a text may name a branch or tag. */
    public static boolean isRefName(String text) {
        return text.length() <= 200 && !text.startsWith("-")
                && Repository.isValidRefName(text.startsWith("refs/") ? text : Constants.R_HEADS + text)
                && (!text.startsWith("refs/") || text.startsWith(Constants.R_HEADS)
                        || text.startsWith(Constants.R_TAGS));
    }

    /** Asks the remote where its branch points, without fetching anything: about 10 ms on a LAN. */
    public Tip tip(GitStore store) throws RemoteException {
        Transfer transfer = new Transfer(lookup, allowed, limits);
        try (Transport transport = transport(store, transfer)) {
            List<RefSpec> wanted = candidates().stream().map(RefSpec::new).toList();
            try (FetchConnection connection = transport.openFetch(wanted)) {
                for (String name : candidates()) {
                    Ref found = connection.getRef(name);
                    if (found != null && found.getObjectId() != null) {
                        String target = found.getTarget().getName();
                        return new Tip(target.startsWith(Constants.R_HEADS) ? target : name,
                                found.getObjectId().name());
                    }
                }
            }
        } catch (IOException failure) {
            throw translate(failure, transfer);
        }
        throw new RemoteException(Reason.REF_NOT_FOUND,
                ref == null
                        ? "The repository is empty: it has no default branch."
                        : "The repository has no branch or tag of this name.",
                null);
    }

    /**
     * Fetches the tip of a branch into the store. The first time only its newest commit; later what came since, which also tells a
     * force push from a normal one. A branch that was rewritten beyond the limits is fetched anew without its history.
     */
    public Fetched fetch(GitStore store, Tip tip) throws RemoteException {
        try {
            Optional<Commit> before = store.tip();
            Transfer transfer = new Transfer(lookup, allowed, limits);
            if (before.isPresent()) {
                try {
                    fetch(store, tip, transfer, false);
                } catch (RemoteException failure) {
                    if (failure.reason() != Reason.TOO_LARGE) {
                        throw failure;
                    }
                    transfer = new Transfer(lookup, allowed, limits);
                    fetch(store, tip, transfer, true);
                }
            } else {
                fetch(store, tip, transfer, true);
            }
            Commit now = store.tip()
                    .orElseThrow(() -> new RemoteException(Reason.UNREACHABLE, "The remote sent no commit.", null));
            boolean forced = before.isPresent() && !store.isAncestor(before.get().id(), now.id());
            return new Fetched(now, forced, transfer.bytesReceived());
        } catch (RemoteException known) {
            throw known;
        } catch (IOException broken) {
            throw new RemoteException(Reason.UNREACHABLE, "What the remote sent cannot be read.", broken);
        }
    }

    private void fetch(GitStore store, Tip tip, Transfer transfer, boolean newestOnly) throws RemoteException {
        try (Transport transport = transport(store, transfer)) {
            if (newestOnly) {
                transport.setDepth(1);
            }
            transport.fetch(new EmptyProgressMonitor() {
                @Override
                public boolean isCancelled() {
                    return transfer.expired() || Thread.currentThread().isInterrupted();
                }
            }, List.of(new RefSpec().setSourceDestination(tip.name(), GitStore.TIP).setForceUpdate(true)));
        } catch (IOException failure) {
            throw translate(failure, transfer);
        }
    }

    private Collection<String> candidates() {
        if (ref == null) {
            return List.of(Constants.HEAD);
        }
        return ref.startsWith("refs/") ? List.of(ref) : List.of(Constants.R_HEADS + ref, Constants.R_TAGS + ref);
    }

    private Transport transport(GitStore store, Transfer transfer) throws IOException {
        try {
            URIish address = url.isFile()
                    ? new URIish().setScheme("file").setPath(disk.find(url).toString())
                    : new URIish(url.uri().toString());
            Transport transport = Transport.open(store.repository(), address);
            transport.setTagOpt(TagOpt.NO_TAGS);
            transport.setRemoveDeletedRefs(false);
            transport.setTimeout((int) Math.max(1, limits.idle().toSeconds()));
            if (transport instanceof TransportHttp http) {
                http.setHttpConnectionFactory(CheckedHttp.factory(transfer, url));
                if (credentials != null) {
                    http.setPreemptiveBasicAuthentication(credentials.username(), credentials.token());
                }
            } else if (!url.isFile()) {
                transport.close();
                throw new NotSupportedException("no transport for this scheme");
            }
            return transport;
        } catch (URISyntaxException malformed) {
            throw new RemoteException(Reason.NOT_FOUND, "The URL cannot be used by git.", malformed);
        }
    }

    private RemoteException translate(IOException failure, Transfer transfer) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RemoteException known) {
                return known;
            }
            if (cause instanceof TooLargeObjectInPackException) {
                return new RemoteException(Reason.TOO_LARGE, "The remote sent an object that is larger than allowed.",
                        failure);
            }
        }
        return switch (transfer.lastStatus()) {
            case 401, 403 -> new RemoteException(Reason.UNAUTHORIZED, credentials == null
                    ? "The remote wants credentials and the source has none, or there is no such repository."
                    : "The remote does not accept the credentials of the source.", failure);
            case 404, 410 -> new RemoteException(Reason.NOT_FOUND, "There is no repository at this address.", failure);
            case 301, 302, 303, 307, 308 -> new RemoteException(Reason.REDIRECTED,
                    "The remote redirects to another address; redirects are not followed. Use the final address.",
                    failure);
            default -> other(failure, transfer);
        };
    }

    private static RemoteException other(IOException failure, Transfer transfer) {
        if (failure instanceof NoRemoteRepositoryException || failure instanceof NotSupportedException) {
            return new RemoteException(Reason.NOT_FOUND, "There is no repository at this address.", failure);
        }
        if (transfer.expired()) {
            return new RemoteException(Reason.TIMEOUT, "The remote took longer than allowed.", failure);
        }
        if (failure instanceof TransportException
                && String.valueOf(failure.getMessage()).contains("available for fetch")) {
            return new RemoteException(Reason.REF_NOT_FOUND, "The branch went away while it was fetched.", failure);
        }
        return new RemoteException(Reason.UNREACHABLE, "The remote cannot be reached or does not answer as git.",
                failure);
    }
}
