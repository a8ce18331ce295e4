package dev.pocketagent.provisioner.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where stacks run and what they may be made of. */
@ConfigMapping(prefix = "pocket.provisioner")
public interface StackConfig {

    /** Where new stacks go: {@code engine}, {@code bundle}, or {@code auto} for the engine if one answers and the bundle otherwise. */
    @WithDefault("auto")
    String backend();

    /** Directory of the bundles, one below it for each stack. */
    @WithDefault("${user.home}/.pocketagent/bundles")
    Path bundleDir();

    /** Image repositories that stacks may use, with registry; an entry that ends in a slash allows everything below it. */
    @WithDefault("docker.io/library/,localhost/,ghcr.io/pocketagentnetwork/")
    List<String> images();

    /**
     * Parameters for callers who give none, by template and parameter, each value as YAML: for example
     * {@code pocket.provisioner.defaults.web.image=localhost/pocketagent/web:1} where no registry is reachable.
     */
    Map<String, Map<String, String>> defaults();
}
