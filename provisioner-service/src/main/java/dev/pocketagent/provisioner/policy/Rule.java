package dev.pocketagent.provisioner.policy;

import java.util.Locale;

/** The rules, each with a stable id for answers, audit and templates' exceptions. */
public enum Rule {
    // @formatter:off: one a line; the formatter would fill lines.
    /** A key that is on no list of ours. Deny by default. */
    KEY_NOT_ALLOWED("is not among the keys that a stack may use"),
    /** A value of the wrong kind or form. */
    VALUE_INVALID("has a value that cannot be used"),
    /** Text with NUL or broken Unicode. */
    TEXT_INVALID("has characters that no container engine takes"),
    PRIVILEGED("would give the container the host"),
    CAPABILITIES("adds capabilities; none are granted"),
    DEVICES("asks for devices, which the plan does not grant"),
    HOST_NAMESPACE("shares a namespace with the host or another container"),
    SECURITY_OPTIONS("would loosen the engine's confinement"),
    SYSCTLS("changes kernel settings"),
    BIND_MOUNT("mounts a path of the host; only named volumes of the stack are allowed"),
    VOLUME_DRIVER("chooses a volume driver or its options, which can mount the host"),
    EXTERNAL_RESOURCE("uses a network or volume that is not the stack's own"),
    NETWORK_OPTIONS("sets network options; subnets and drivers are the platform's choice"),
    FILE_OF_HOST("reads a file of the host"),
    OTHER_DOCUMENT("takes in another document"),
    BUILD("builds an image; only ready images run here"),
    HOST_PORT("publishes on the host's addresses; use 127.0.0.1::<port>"),
    NAME_FIXED("fixes a name that the platform gives"),
    ENGINE_ACCESS("gives access to the container engine"),
    HOOKS("runs commands of the engine's side"),
    EXTRA_HOSTS("adds host names, which can point to the host"),
    LABEL("sets a label outside app.*"),
    INTERPOLATION("takes a value from the host's environment"),
    IMAGE_REGISTRY("comes from an image repository that the operator does not allow"),
    IMAGE_PIN("needs a tag other than latest, or a digest"),
    USER_ID("runs as a user or group below 10000"),
    INIT_OFF("runs without the reaping init process"),
    WRITABLE_ROOT("makes the root file system writable"),
    STOP_GRACE("asks for more than 60 s to stop"),
    TMPFS_EXEC("allows programs to be started from memory file systems"),
    RESTART("restarts without end; use on-failure:N with N up to 10"),
    LIMIT_MISSING("has no limit"),
    LIMIT_RANGE("is outside of what a service may have"),
    DEPENDENCY("waits for something that is not there, or in a circle"),
    SECRET_PLACE("puts a secret elsewhere than into the environment");
    // @formatter:on

    private final String sentence;

    Rule(String sentence) {
        this.sentence = sentence;
    }

    /** Stable, e.g. {@code bind-mount}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Continues a sentence that begins with the place. */
    public String sentence() {
        return sentence;
    }
}
