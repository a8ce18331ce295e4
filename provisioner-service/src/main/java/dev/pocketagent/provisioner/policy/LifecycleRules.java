package dev.pocketagent.provisioner.policy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.ServiceSpec.Condition;
import dev.pocketagent.provisioner.backend.ServiceSpec.Restart;
import dev.pocketagent.provisioner.tree.Tree;

/** When a service starts, whether it is started again, and how long it may take to stop. */
final class LifecycleRules {

    private static final Pattern RESTART = Pattern.compile("on-failure(?::(\\d{1,2}))?");
    private static final Restart DEFAULT_RESTART = new Restart(5);
    private static final int MAX_RETRIES = 10;
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);
    private static final Duration MAX_GRACE = Duration.ofSeconds(60);
    private static final Duration MAX_EXEMPT_GRACE = Duration.ofMinutes(10);

    private LifecycleRules() {}

    /** What has to be true of which other services first. Whether there are such services is seen with the whole stack. */
    static Map<String, Condition> dependsOn(Place service) {
        Map<String, Condition> result = new LinkedHashMap<>();
        if (service.get("depends_on").orElse(Tree.NOTHING) instanceof Tree.Items) {
            service.texts("depends_on", false).forEach(name -> result.put(name, Condition.STARTED));
            return result;
        }
        service.place("depends_on")
                .ifPresent(all -> all.entries().forEach(entry -> all.place(entry.getKey()).ifPresent(below -> {
                    below.only("condition");
                    switch (below.text("condition").orElse("service_started")) {
                        case "service_started" -> result.put(entry.getKey(), Condition.STARTED);
                        case "service_healthy" -> result.put(entry.getKey(), Condition.HEALTHY);
                        default -> below.refuse(Rule.VALUE_INVALID, "condition",
                                "service_started or service_healthy is expected");
                    }
                })));
        return result;
    }

    static Restart restart(Place service) {
        Optional<String> text = service.text("restart");
        if (text.isEmpty()) {
            return DEFAULT_RESTART;
        }
        if (text.get().equals("no")) {
            return new Restart(0);
        }
        Matcher matcher = RESTART.matcher(text.get());
        if (!matcher.matches() || matcher.group(1) != null && Integer.parseInt(matcher.group(1)) > MAX_RETRIES) {
            service.refuse(Rule.RESTART, "restart", "");
            return DEFAULT_RESTART;
        }
        return matcher.group(1) == null ? DEFAULT_RESTART : new Restart(Integer.parseInt(matcher.group(1)));
    }

    static Duration stopGrace(Place service, Exemptions exemptions) {
        Duration grace = service.duration("stop_grace_period").orElse(DEFAULT_GRACE);
        if (grace.compareTo(MAX_EXEMPT_GRACE) > 0) {
            service.refuse(Rule.STOP_GRACE, "stop_grace_period", "10 minutes are the most that any exception gives");
        } else if (grace.compareTo(MAX_GRACE) > 0) {
            exemptions.claim(Rule.STOP_GRACE, service, "stop_grace_period");
        }
        return grace;
    }
}
