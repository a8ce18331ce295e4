package dev.pocketagent.provisioner.policy;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Set;

import dev.pocketagent.provisioner.tree.Tree;

/** The allow-list: which keys of Compose a service may have at all. */
final class ServiceKeys {

    private static final Set<String> ALLOWED = Set.of("image", "command", "entrypoint", "environment", "healthcheck",
            "depends_on", "volumes", "networks", "ports", "restart", "user", "tmpfs", "labels", "stop_grace_period",
            "init", "deploy", "cpus", "mem_limit", "memswap_limit", "pids_limit", "read_only", "cap_drop",
            "security_opt", "x-pocket-probe");

    /** Keys that are refused with a rule of their own, so that the answer says why; all other unknown keys are refused too. */
    private static final Map<String, Rule> REFUSED = Map.ofEntries(
            entry("privileged", Rule.PRIVILEGED),
            entry("cap_add", Rule.CAPABILITIES),
            entry("devices", Rule.DEVICES),
            entry("gpus", Rule.DEVICES),
            entry("device_cgroup_rules", Rule.DEVICES),
            entry("network_mode", Rule.HOST_NAMESPACE),
            entry("pid", Rule.HOST_NAMESPACE),
            entry("ipc", Rule.HOST_NAMESPACE),
            entry("uts", Rule.HOST_NAMESPACE),
            entry("userns_mode", Rule.HOST_NAMESPACE),
            entry("cgroup", Rule.HOST_NAMESPACE),
            entry("cgroup_parent", Rule.HOST_NAMESPACE),
            entry("volumes_from", Rule.HOST_NAMESPACE),
            entry("sysctls", Rule.SYSCTLS),
            entry("env_file", Rule.FILE_OF_HOST),
            entry("label_file", Rule.FILE_OF_HOST),
            entry("credential_spec", Rule.FILE_OF_HOST),
            entry("secrets", Rule.FILE_OF_HOST),
            entry("configs", Rule.FILE_OF_HOST),
            entry("extends", Rule.OTHER_DOCUMENT),
            entry("build", Rule.BUILD),
            entry("container_name", Rule.NAME_FIXED),
            entry("hostname", Rule.NAME_FIXED),
            entry("domainname", Rule.NAME_FIXED),
            entry("links", Rule.EXTERNAL_RESOURCE),
            entry("external_links", Rule.EXTERNAL_RESOURCE),
            entry("use_api_socket", Rule.ENGINE_ACCESS),
            entry("provider", Rule.HOOKS),
            entry("post_start", Rule.HOOKS),
            entry("pre_stop", Rule.HOOKS),
            entry("extra_hosts", Rule.EXTRA_HOSTS));

    private ServiceKeys() {}

    static void check(Place service) {
        for (Map.Entry<String, Tree> entry : service.entries()) {
            if (!ALLOWED.contains(entry.getKey())) {
                service.refuse(REFUSED.getOrDefault(entry.getKey(), Rule.KEY_NOT_ALLOWED), entry.getKey(), "");
            }
        }
    }
}
