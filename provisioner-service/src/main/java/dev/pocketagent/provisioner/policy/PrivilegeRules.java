package dev.pocketagent.provisioner.policy;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.ServiceSpec.User;

/** Whom a service runs as and what confines it: never root, no capabilities, an init in front and a root file system that stays as it is. */
final class PrivilegeRules {

    private static final Pattern USER = Pattern.compile("(\\d{1,9}):(\\d{1,9})");
    /** Below are the ids of the host's own services and people. */
    private static final int FIRST_FREE_ID = 10_000;
    private static final User DEFAULT_USER = new User(10_001, 10_001);

    private PrivilegeRules() {}

    static User user(Place service, Exemptions exemptions) {
        if (!service.has("user")) {
            return DEFAULT_USER;
        }
        String text = service.text("user").orElse("");
        Matcher matcher = USER.matcher(text);
        if (!matcher.matches()) {
            service.refuse(Rule.VALUE_INVALID, "user", "numeric user and group are expected, e.g. 10001:10001");
            return DEFAULT_USER;
        }
        User user = new User(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        if (user.uid() == 0 || user.gid() == 0) {
            // No exception reaches as far as root.
            service.refuse(Rule.USER_ID, "user", "root is never allowed");
        } else if (user.uid() < FIRST_FREE_ID || user.gid() < FIRST_FREE_ID) {
            exemptions.claim(Rule.USER_ID, service, "user");
        }
        return user;
    }

    static boolean init(Place service, Exemptions exemptions) {
        return onUnlessExempt("init", Rule.INIT_OFF, service, exemptions);
    }

    static boolean readOnly(Place service, Exemptions exemptions) {
        return onUnlessExempt("read_only", Rule.WRITABLE_ROOT, service, exemptions);
    }

    private static boolean onUnlessExempt(String key, Rule rule, Place service, Exemptions exemptions) {
        boolean on = service.flag(key).orElse(true);
        if (!on) {
            exemptions.claim(rule, service, key);
        }
        return on;
    }

    /** What every container has anyway may be said, and nothing else. */
    static void confinement(Place service) {
        for (String capability : service.texts("cap_drop", false)) {
            if (!capability.equalsIgnoreCase("ALL")) {
                service.refuse(Rule.CAPABILITIES, "cap_drop", "all are dropped already");
            }
        }
        for (String option : service.texts("security_opt", false)) {
            if (!Set.of("no-new-privileges", "no-new-privileges:true").contains(option)) {
                service.refuse(Rule.SECURITY_OPTIONS, "security_opt", "");
            }
        }
    }
}
