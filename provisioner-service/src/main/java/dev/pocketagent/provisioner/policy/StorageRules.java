package dev.pocketagent.provisioner.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.ServiceSpec.Mount;
import dev.pocketagent.provisioner.backend.ServiceSpec.Tmpfs;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Where a service may write: the stack's own volumes and bounded memory file systems, never a path of the host. */
final class StorageRules {

    private static final Pattern CONTAINER_PATH = Pattern.compile("/[A-Za-z0-9._/-]{1,254}");
    private static final int MAX_TMPFS_MIB = 1024;
    private static final Tmpfs DEFAULT_TMP = new Tmpfs("/tmp", 64, false);

    private StorageRules() {}

    /** Always with {@code /tmp}. */
    static List<Tmpfs> tmpfs(Place service, Exemptions exemptions) {
        List<Tmpfs> result = new ArrayList<>();
        for (String text : service.texts("tmpfs", true)) {
            int colon = text.indexOf(':');
            String path = colon < 0 ? text : text.substring(0, colon);
            int size = DEFAULT_TMP.sizeMib();
            boolean exec = false;
            if (!CONTAINER_PATH.matcher(path).matches()) {
                service.refuse(Rule.VALUE_INVALID, "tmpfs", "an absolute path is expected");
                continue;
            }
            if (colon >= 0) {
                for (String option : text.substring(colon + 1).split(",", -1)) {
                    if (option.startsWith("size=")) {
                        size = service.mibAt(Tree.text(option.substring(5)), "tmpfs", 1, MAX_TMPFS_MIB).orElse(size);
                    } else if (option.equals("exec")) {
                        exec = true;
                        exemptions.claim(Rule.TMPFS_EXEC, service, "tmpfs");
                    } else if (!option.equals("mode=1777")) {
                        service.refuse(Rule.VALUE_INVALID, "tmpfs", "the options are size=, exec and mode=1777");
                    }
                }
            }
            result.add(new Tmpfs(path, size, exec));
        }
        if (result.stream().noneMatch(mount -> mount.path().equals(DEFAULT_TMP.path()))) {
            result.add(DEFAULT_TMP);
        }
        return result;
    }

    /** @param volumes that the document declares */
    static List<Mount> mounts(Place service, Set<String> volumes) {
        List<Mount> result = new ArrayList<>();
        if (service.get("volumes").orElse(Tree.NOTHING) instanceof Tree.Items items) {
            int index = 0;
            for (Tree item : items.items()) {
                String at = Trees.pointer(Trees.pointer(service.pointer(), "volumes"), index++);
                Optional<Mount> mount = item instanceof Tree.Fields fields
                        ? longForm(service.at(fields, at), volumes)
                        : service.textAt(item, at).flatMap(text -> shortForm(text, at, service, volumes));
                mount.ifPresent(result::add);
            }
        } else if (service.has("volumes")) {
            service.refuse(Rule.VALUE_INVALID, "volumes", "a list is expected");
        }
        return result;
    }

    private static Optional<Mount> longForm(Place mount, Set<String> volumes) {
        mount.only("type", "source", "target", "read_only");
        String type = mount.text("type").orElse("");
        if (!type.equals("volume")) {
            mount.refuse(type.equals("bind") ? Rule.BIND_MOUNT : Rule.VOLUME_DRIVER, "type", "");
            return Optional.empty();
        }
        return mount(mount.text("source").orElse(""), mount.text("target").orElse(""),
                mount.flag("read_only").orElse(false), mount.pointer(), mount, volumes);
    }

    private static Optional<Mount> shortForm(String text, String at, Place service, Set<String> volumes) {
        String[] parts = text.split(":", -1);
        boolean readOnly = parts.length == 3 && parts[2].equals("ro");
        if (parts.length < 2 || parts.length > 3 || parts.length == 3 && !readOnly && !parts[2].equals("rw")) {
            service.refuseAt(Rule.VALUE_INVALID, at, "name:/path or name:/path:ro is expected");
            return Optional.empty();
        }
        return mount(parts[0], parts[1], readOnly, at, service, volumes);
    }

    private static Optional<Mount> mount(String source, String target, boolean readOnly, String at, Place place,
            Set<String> volumes) {
        if (source.startsWith("/") || source.startsWith(".") || source.startsWith("~") || source.startsWith("\\")) {
            place.refuseAt(Rule.BIND_MOUNT, at, "");
            return Optional.empty();
        }
        if (!volumes.contains(source)) {
            place.refuseAt(Rule.EXTERNAL_RESOURCE, at, "the document declares no such volume");
            return Optional.empty();
        }
        if (!CONTAINER_PATH.matcher(target).matches() || List.of(target.split("/")).contains("..")) {
            place.refuseAt(Rule.VALUE_INVALID, at, "an absolute path in the container is expected");
            return Optional.empty();
        }
        return Optional.of(new Mount(source, target, readOnly));
    }
}
