package dev.pocketagent.provisioner.policy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.tree.Tree;

/**
 * The networks and volumes that a document declares for its services, without any options: drivers, subnets and names are the platform's.
 *
 * @param networks at least one; by name, whether it is internal
 * @param volumes names
 */
record DeclaredParts(Map<String, Boolean> networks, Set<String> volumes) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?");

    DeclaredParts {
        networks = Collections.unmodifiableMap(networks);
        volumes = Collections.unmodifiableSet(volumes);
    }

    static DeclaredParts read(Place root) {
        return new DeclaredParts(readNetworks(root), readVolumes(root));
    }

    /** Whether a part may be called so; refuses it if not. */
    static boolean named(Place all, String name) {
        boolean fits = NAME.matcher(name).matches();
        if (!fits) {
            all.refuse(Rule.VALUE_INVALID, name, "a name has up to 22 of a-z, 0-9 and -");
        }
        return fits;
    }

    private static Map<String, Boolean> readNetworks(Place root) {
        Map<String, Boolean> networks = new LinkedHashMap<>();
        root.place("networks").ifPresent(all -> {
            for (Map.Entry<String, Tree> entry : all.entries()) {
                named(all, entry.getKey());
                all.place(entry.getKey()).ifPresent(place -> {
                    for (Map.Entry<String, Tree> key : place.entries()) {
                        switch (key.getKey()) {
                            case "internal" -> {
                                // read below
                            }
                            case "external" -> place.refuse(Rule.EXTERNAL_RESOURCE, "external", "");
                            case "name" -> place.refuse(Rule.NAME_FIXED, "name", "");
                            default -> place.refuse(Rule.NETWORK_OPTIONS, key.getKey(), "");
                        }
                    }
                    networks.put(entry.getKey(), place.flag("internal").orElse(false));
                });
            }
        });
        if (networks.isEmpty()) {
            networks.put("default", false);
        }
        return networks;
    }

    private static Set<String> readVolumes(Place root) {
        Set<String> volumes = new LinkedHashSet<>();
        root.place("volumes").ifPresent(all -> {
            for (Map.Entry<String, Tree> entry : all.entries()) {
                named(all, entry.getKey());
                all.place(entry.getKey()).ifPresent(place -> {
                    for (Map.Entry<String, Tree> key : place.entries()) {
                        place.refuse(switch (key.getKey()) {
                            case "external" -> Rule.EXTERNAL_RESOURCE;
                            case "name" -> Rule.NAME_FIXED;
                            default -> Rule.VOLUME_DRIVER;
                        }, key.getKey(), "");
                    }
                });
                volumes.add(entry.getKey());
            }
        });
        return volumes;
    }
}
