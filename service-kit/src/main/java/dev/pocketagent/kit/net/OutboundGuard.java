package dev.pocketagent.kit.net;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;

/**
 * Judges URLs that tenants give us, before anything is connected. It looks no name up: {@link OutboundHttp#check} does, with
 * a limit, to fail early with a clear text; the client that connects must check the connected address again with
 * {@link #addresses()} and follow no redirect.
 */
@ApplicationScoped
public class OutboundGuard {

    private final AddressPolicy addresses;
    private final Set<String> schemes;
    private final Set<Integer> ports;

    @Inject
    OutboundGuard(KitConfig config) {
        this(config.outbound().allowCidrs().orElse(List.of()), config.outbound().allowSchemes(),
                config.outbound().allowPorts());
    }

    OutboundGuard(List<String> allowCidrs, List<String> allowSchemes, List<Integer> allowPorts) {
        this.addresses = new AddressPolicy(allowCidrs);
        this.schemes = Set.copyOf(allowSchemes);
        this.ports = Set.copyOf(allowPorts);
    }

    /** For the check of connected addresses. */
    public AddressPolicy addresses() {
        return addresses;
    }

    /**
     * Refuses what a name resolved to unless every address of it is allowed.
     *
     * @throws ProblemException 422 {@code outbound_refused}, which does not say what it resolved to
     */
    void checkAddresses(InetAddress... found) {
        for (InetAddress address : found) {
            if (!addresses.allows(address)) {
                throw refused("Its host is in a private or reserved network. The operator can allow a network with"
                        + " pocket.outbound.allow-cidrs.");
            }
        }
    }

    /**
     * Refuses what is wrong in a URL itself, and asks nobody: scheme, host name, port, credentials.
     *
     * @throws ProblemException 422 {@code outbound_refused}, naming what is wrong
     */
    public void checkForm(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!schemes.contains(scheme)) {
            throw refused("Its scheme must be one of " + String.join(", ", schemes.stream().sorted().toList()) + ".");
        }
        String host = uri.getHost();
        if (host == null || host.isEmpty()) {
            throw refused("It has no valid host name.");
        }
        String userInfo = uri.getRawUserInfo();
        if (userInfo != null && (userInfo.contains(":") || !scheme.equals("ssh"))) {
            throw refused("It holds a user name or password; give credentials in their own field.");
        }
        if (!ports.contains(0) && !ports.contains(port(uri))) {
            throw refused("Port " + port(uri) + " is not allowed.");
        }
    }

    /** The host as it is looked up: an IPv6 literal without its brackets. */
    static String host(URI uri) {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The port, or the usual one of the scheme. */
    static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : defaultPort(uri.getScheme().toLowerCase(Locale.ROOT));
    }

    private static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "ssh" -> 22;
            default -> 443;
        };
    }

    static ProblemException unknown() {
        return refused("Its host name is not known.");
    }

    private static ProblemException refused(String why) {
        return new ProblemException(CommonProblem.OUTBOUND_REFUSED, "This address may not be used. " + why);
    }
}
