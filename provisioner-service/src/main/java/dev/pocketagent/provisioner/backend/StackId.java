package dev.pocketagent.provisioner.backend;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Which stack of which tenant.
 *
 * @param tenantSlug DNS label of the tenant
 * @param name DNS label, unique within the tenant
 */
public record StackId(UUID tenantId, String tenantSlug, UUID stackId, String name) {

    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public StackId {
        requireLabel(tenantSlug);
        requireLabel(name);
    }

    /**
     * Prefix of every name that the stack has in an engine. It ends in random digits of the stack's id, since {@code a-b} + {@code c} and
     * {@code a} + {@code b-c} would otherwise meet. At most 40 characters, which leaves 22 for a service in a host name.
     */
    public String project() {
        String id = stackId.toString();
        String readable = tenantSlug + "-" + name;
        if (readable.length() > 28) {
            readable = readable.substring(0, 28);
        }
        return "pa-" + readable + "-" + id.substring(id.length() - 8);
    }

    /** The engine's name of a service's container. */
    public String container(String service) {
        return project() + "-" + service;
    }

    private static void requireLabel(String text) {
        if (!DNS_LABEL.matcher(text).matches()) {
            throw new IllegalArgumentException("not a DNS label: " + text);
        }
    }
}
