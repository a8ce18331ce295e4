package dev.pocketagent.provisioner.policy;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.tree.Tree;

/** Which networks a service joins and how it can be reached: by its name on the stack's own networks, and on the host's loopback only. */
final class NetworkRules {

    private static final Pattern LOOPBACK_PORT = Pattern.compile("127\\.0\\.0\\.1::(\\d{1,5})(?:/tcp)?");

    private NetworkRules() {}

    /**
     * Names of at least one network.
     *
     * @param networks that the document declares
     */
    static List<String> joined(Place service, Map<String, Boolean> networks) {
        Set<String> names = new LinkedHashSet<>();
        if (service.get("networks").orElse(Tree.NOTHING) instanceof Tree.Fields) {
            service.place("networks").ifPresent(all -> all.entries().forEach(entry -> {
                names.add(entry.getKey());
                // Fixed addresses and aliases: names are given by the platform.
                all.place(entry.getKey()).ifPresent(below -> below.entries()
                        .forEach(key -> below.refuse(Rule.NETWORK_OPTIONS, key.getKey(), "")));
            }));
        } else {
            names.addAll(service.texts("networks", false));
        }
        for (String name : names) {
            if (!networks.containsKey(name)) {
                service.refuse(Rule.EXTERNAL_RESOURCE, "networks", "the document declares no such network");
            }
        }
        if (names.isEmpty()) {
            names.add(networks.containsKey("default") ? "default" : networks.keySet().iterator().next());
        }
        return List.copyOf(names);
    }

    /** Ports of the container that are published on 127.0.0.1, where the engine picks the host's. */
    static List<Integer> ports(Place service) {
        Set<Integer> result = new LinkedHashSet<>();
        for (String text : portTexts(service)) {
            Matcher matcher = LOOPBACK_PORT.matcher(text);
            if (!matcher.matches()) {
                service.refuse(Rule.HOST_PORT, "ports", "");
                continue;
            }
            int port = Integer.parseInt(matcher.group(1));
            if (port < 1 || port > 65_535) {
                service.refuse(Rule.VALUE_INVALID, "ports", "a port is from 1 to 65535");
            } else {
                result.add(port);
            }
        }
        return List.copyOf(result);
    }

    private static List<String> portTexts(Place service) {
        if (service.get("ports").orElse(Tree.NOTHING) instanceof Tree.Items items
                && items.items().stream().anyMatch(item -> item instanceof Tree.Num || item instanceof Tree.Fields)) {
            // 8080 and the long form publish on all addresses unless told otherwise.
            service.refuse(Rule.HOST_PORT, "ports", "");
            return List.of();
        }
        return service.texts("ports", false);
    }
}
