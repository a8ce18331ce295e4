package dev.pocketagent.registry;

import java.nio.file.Path;

/**
 * The keys that the registry under test was started with, and where their files are.
 *
 * @param service of a service that is none of ours: it may do all that the role may
 */
public record BootstrapKeys(String operator, String provisioner, String router, String sync, String service,
        Path serviceKeysDir) {}
