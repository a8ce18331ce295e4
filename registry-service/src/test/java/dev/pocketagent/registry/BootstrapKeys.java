package dev.pocketagent.registry;

import java.nio.file.Path;

/** The keys that the registry under test was started with, and where their files are. */
public record BootstrapKeys(String operator, String provisioner, Path serviceKeysDir) {}
