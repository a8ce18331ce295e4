package dev.pocketagent.provisioner.policy;

import java.util.List;

/**
 * What the operator decides.
 *
 * @param images allowed image repositories with registry; an entry that ends in {@code /} allows everything below
 * @param maxServices most services in one stack
 * @param maxCpuMillis most for one service, in thousandths of a core
 * @param maxMemoryMib most for one service
 */
public record PolicySettings(List<String> images, int maxServices, int maxCpuMillis, int maxMemoryMib) {

    public static final List<String> DEFAULT_IMAGES = List.of("docker.io/library/", "localhost/",
            "ghcr.io/pocketagentnetwork/");
    public static final PolicySettings DEFAULT = new PolicySettings(DEFAULT_IMAGES, 16, 16_000, 65_536);

    public PolicySettings {
        images = List.copyOf(images);
    }

    boolean allows(ImageName image) {
        return images.stream().anyMatch(
                entry -> entry.endsWith("/") ? image.repository().startsWith(entry) : image.repository().equals(entry));
    }
}
