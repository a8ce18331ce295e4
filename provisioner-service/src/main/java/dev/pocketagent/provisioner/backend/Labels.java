package dev.pocketagent.provisioner.backend;

/**
 * Names of the labels by which a stack is found again. The specification carries their values; a backend adds only the
 * {@code com.docker.compose.*} pair, which makes standard tools show the stack as a project.
 */
public final class Labels {

    public static final String PREFIX = "dev.pocketagent.";
    /** Tenant id. */
    public static final String TENANT = PREFIX + "tenant";
    /** Stack id: the label to search by. */
    public static final String STACK = PREFIX + "stack";
    /** Name of the stack within the tenant. */
    public static final String STACK_NAME = PREFIX + "stack-name";
    /** Logical name of the service, network or volume within the stack. */
    public static final String PART = PREFIX + "part";
    /** Name of the template. */
    public static final String TEMPLATE = PREFIX + "template";
    /** Revision of the stack that made this part; parts that did not change keep the older number. */
    public static final String REVISION = PREFIX + "revision";
    /** Hash of everything that shapes the part; a difference means that it has to be replaced. */
    public static final String SPEC_HASH = PREFIX + "spec-hash";

    public static final String COMPOSE_PROJECT = "com.docker.compose.project";
    public static final String COMPOSE_SERVICE = "com.docker.compose.service";

    private Labels() {}
}
