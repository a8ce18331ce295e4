package dev.pocketagent.kit.auth;

import java.util.Set;

/** The roles a key can have, for {@code @RolesAllowed}. A route without a role is closed. */
public final class Roles {

    /** Runs the platform; may do everything. */
    public static final String OPERATOR = "operator";
    /** Reads everything, suspends and resumes. */
    public static final String SUPPORT = "support";
    /** Reads everything. */
    public static final String AUDITOR = "auditor";
    /** Everything inside one tenant. */
    public static final String TENANT_ADMIN = "tenant-admin";
    /** Uses what one tenant has; no keys, no plan. */
    public static final String TENANT_DEVELOPER = "tenant-developer";
    /** A running agent of one tenant: models and context. */
    public static final String AGENT = "agent";
    /** One of our own services. */
    public static final String SERVICE = "service";

    /** Roles whose keys belong to exactly one tenant. */
    public static final Set<String> OF_TENANTS = Set.of(TENANT_ADMIN, TENANT_DEVELOPER, AGENT);

    /** All roles. */
    public static final Set<String> ALL = Set.of(OPERATOR, SUPPORT, AUDITOR, TENANT_ADMIN, TENANT_DEVELOPER, AGENT,
            SERVICE);

    private Roles() {}
}
